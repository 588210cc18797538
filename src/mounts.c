#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mounts.h"

#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif
/* The mount id that statmount takes (6.8). STATX_MNT_ID (5.8) is that of mountinfo. */
#define UNIQUE_ID 0x4000U /* STATX_MNT_ID_UNIQUE */

/* Interfaces of the kernel (linux/mount.h) that not every libc declares. */
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif
#define LIST_ROOT UINT64_MAX /* LSMT_ROOT */
#define SUPER_BLOCK 1U	     /* STATMOUNT_SB_BASIC */
#define MOUNT_BASIC 2U	     /* STATMOUNT_MNT_BASIC */

struct mount_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t parameter; /* statmount: what is wanted; listmount: the last id before */
};

/* Words of the answer of statmount. */
enum { ANSWER_MASK = 1, ANSWER_MAGIC = 3, ANSWER_PROPAGATION = 9, ANSWER_WORDS = 64 };

/* Fill *answer for a mount. Returns false if statmount is missing, or a filter refuses it. */
static bool
ask(uint64_t mount, uint64_t wanted, uint64_t *answer)
{
	struct mount_request request = { sizeof(request), 0, mount, wanted };

	return syscall(SYS_statmount, &request, answer, ANSWER_WORDS * sizeof(*answer), 0) == 0 &&
	       (answer[ANSWER_MASK] & wanted) != 0;
}

/* Returns 0, or -1 with errno set. */
static int
ask_file(int dir, const char *path, unsigned int wanted, struct statx *answer)
{
	int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;

	memset(answer, 0, sizeof(*answer));
	if (syscall(SYS_statx, dir, path, flags, wanted, answer) == -1)
		return -1;
	if ((answer->stx_mask & (STATX_MNT_ID | UNIQUE_ID)) != 0)
		return 0;
	errno = EOPNOTSUPP;
	return -1;
}

int
mounts_stat(int dir, const char *path, struct facts *facts)
{
	struct statx answer;

	if (ask_file(dir, path, STATX_BASIC_STATS | STATX_MNT_ID, &answer) == -1)
		return -1;
	*facts = (struct facts){
		.dev = makedev(answer.stx_dev_major, answer.stx_dev_minor),
		.ino = answer.stx_ino,
		.mode = answer.stx_mode,
		.uid = answer.stx_uid,
		.gid = answer.stx_gid,
		.id = answer.stx_mnt_id,
		.root = (answer.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
	};
	return 0;
}

bool
mounts_is_fuse(int fd)
{
	uint64_t words[ANSWER_WORDS];
	struct mountinfo info;
	struct statx answer;

	if (ask_file(fd, "", STATX_MNT_ID | UNIQUE_ID, &answer) == -1)
		return true;
	if ((answer.stx_mask & UNIQUE_ID) != 0 && ask(answer.stx_mnt_id, SUPER_BLOCK, words))
		return (uint32_t)words[ANSWER_MAGIC] == FUSE_SUPER_MAGIC;
	return ask_file(fd, "", STATX_MNT_ID, &answer) == -1 ||
	       !mounts_find(answer.stx_mnt_id, &info) || strncmp(info.type, "fuse", 4) == 0 ||
	       strcmp(info.type, "virtiofs") == 0;
}

/* Count them in mountinfo. */
static int
count_in_proc(void)
{
	char *text = mounts_read(-1), *rest = text;
	struct mountinfo info;
	int count = 0;

	while (mounts_next(&rest, &info))
		count += info.shared;
	free(text);
	return text != NULL ? count : -1;
}

int
mounts_count_shared(void)
{
	struct mount_request request = { .size = sizeof(request), .mount = LIST_ROOT };
	uint64_t ids[256], words[ANSWER_WORDS];
	long listed;
	int count = 0;

	do {
		listed = syscall(SYS_listmount, &request, ids, sizeof(ids) / sizeof(ids[0]), 0);
		for (long i = 0; i < listed; i++) {
			if (!ask(ids[i], MOUNT_BASIC, words))
				return count_in_proc();
			count += (words[ANSWER_PROPAGATION] & MS_SHARED) != 0;
			request.parameter = ids[i];
		}
	} while (listed > 0);
	return listed == 0 ? count : count_in_proc();
}

/* The kernel writes blanks and backslashes as \ and three octal digits. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		}
	}
	*to = '\0';
}

/* Parse a line in place. Returns false if it is malformed. */
static bool
parse(char *line, struct mountinfo *info)
{
	unsigned int major, minor;
	char *field;
	int length = 0;

	*info = (struct mountinfo){ 0 };
	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %u:%u %n", &info->id, &info->parent, &major,
		&minor, &length) != 4 ||
	    length == 0)
		return false;
	line += length;
	info->dev = makedev(major, minor);
	info->root = strsep(&line, " ");
	info->point = strsep(&line, " ");
	/* Skip the options and the optional fields, up to "-". */
	while ((field = strsep(&line, " ")) != NULL && strcmp(field, "-") != 0)
		info->shared = info->shared || strncmp(field, "shared:", 7) == 0;
	info->type = strsep(&line, " ");
	info->source = strsep(&line, " ");
	info->options = line;
	if (info->options == NULL)
		return false;
	unescape(info->root);
	unescape(info->point);
	unescape(info->source);
	return true;
}

char *
mounts_read(int process)
{
	const char *path = process == -1 ? "/proc/self/mountinfo" : "mountinfo";
	int fd = openat(process, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "r");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL)
		return NULL;
	/* All of it: there is no NUL. */
	if (getdelim(&text, &size, '\0', file) == -1 || ferror(file)) {
		free(text);
		text = NULL;
	}
	(void)fclose(file);
	return text;
}

bool
mounts_next(char **text, struct mountinfo *info)
{
	char *line;

	while ((line = strsep(text, "\n")) != NULL)
		if (parse(line, info))
			return true;
	return false;
}

bool
mounts_find(uint64_t number, struct mountinfo *info)
{
	static char *text;
	char *rest;

	free(text);
	rest = text = mounts_read(-1);
	while (mounts_next(&rest, info))
		if (info->id == number)
			return true;
	return false;
}
