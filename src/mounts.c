#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/stat.h>
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
/*
 * A mount id that is never reused (6.8). STATX_MNT_ID (5.8) is the id in mountinfo, which is reused
 * after an umount.
 */
#define MOUNT_UNIQUE 0x4000U /* STATX_MNT_ID_UNIQUE */
#define FILE_FACTS (STATX_TYPE | STATX_MODE | STATX_UID | STATX_GID | STATX_INO)

/* The interface of statmount (linux/mount.h): the request, and words of the answer. */
struct statmount_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t wanted;
};

enum { STATMOUNT_MASK = 1, STATMOUNT_PROPAGATION = 9, STATMOUNT_WORDS = 64 };

#define MOUNT_BASIC 2U /* STATMOUNT_MNT_BASIC */

static int
ask(int dir, const char *path, unsigned int wanted, struct statx *answer)
{
	int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

	/* For the mount id alone, do not ask a FUSE server: it may never answer. */
	if ((wanted & FILE_FACTS) == 0)
		flags |= AT_STATX_DONT_SYNC;
	memset(answer, 0, sizeof(*answer));
	if (syscall(SYS_statx, dir, path, flags, wanted, answer) == -1)
		return -1;
	if ((answer->stx_mask & wanted & (STATX_MNT_ID | MOUNT_UNIQUE)) != 0)
		return 0;
	errno = EOPNOTSUPP;
	return -1;
}

int
mounts_stat(int dir, const char *path, struct facts *facts)
{
	struct statx answer;

	if (ask(dir, path, FILE_FACTS | STATX_MNT_ID | MOUNT_UNIQUE, &answer) == -1)
		return -1;
	*facts = (struct facts){
		.dev = makedev(answer.stx_dev_major, answer.stx_dev_minor),
		.ino = answer.stx_ino,
		.mode = answer.stx_mode,
		.uid = answer.stx_uid,
		.gid = answer.stx_gid,
		.id = answer.stx_mnt_id,
		.unique = (answer.stx_mask & MOUNT_UNIQUE) != 0,
		.root = (answer.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
	};
	return 0;
}

int
mount_number(int fd, uint64_t *number)
{
	struct statx answer;

	if (ask(fd, "", STATX_MNT_ID, &answer) == -1)
		return -1;
	*number = answer.stx_mnt_id;
	return 0;
}

int
mount_propagation(int fd, const struct facts *facts, unsigned long *propagation)
{
	struct statmount_request request = { sizeof(request), 0, facts->id, MOUNT_BASIC };
	uint64_t answer[STATMOUNT_WORDS], number;
	struct mountinfo info;
	char *line = NULL;
	bool found;

	/* A filter of a container may refuse statmount. */
	if (facts->unique && syscall(SYS_statmount, &request, answer, sizeof(answer), 0) == 0 &&
	    (answer[STATMOUNT_MASK] & MOUNT_BASIC) != 0) {
		*propagation = (unsigned long)answer[STATMOUNT_PROPAGATION];
		return 0;
	}
	if (mount_number(fd, &number) == -1)
		return -1;
	found = mounts_find(number, &line, &info);
	if (found)
		*propagation = info.propagation;
	free(line);
	return found ? 0 : -1;
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes blanks and backslashes as \ and three octal digits. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) &&
		    is_octal(text[3])) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		}
	}
	*to = '\0';
}

bool
mounts_parse(char *line, struct mountinfo *info)
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
	/* Skip the options. Read the optional fields, up to "-". */
	while ((field = strsep(&line, " ")) != NULL && strcmp(field, "-") != 0) {
		if (strncmp(field, "shared:", 7) == 0)
			info->propagation |= MS_SHARED;
		else if (strncmp(field, "master:", 7) == 0)
			info->propagation |= MS_SLAVE;
		else if (strcmp(field, "unbindable") == 0)
			info->propagation |= MS_UNBINDABLE;
	}
	if (info->propagation == 0)
		info->propagation = MS_PRIVATE;
	info->type = strsep(&line, " ");
	info->source = strsep(&line, " \n");
	if (info->source == NULL)
		return false;
	unescape(info->root);
	unescape(info->point);
	unescape(info->source);
	return true;
}

FILE *
mounts_open(int process)
{
	int fd = process == -1 ? open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
			       : openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);

	return fd == -1 ? NULL : fdopen(fd, "r");
}

bool
mounts_find(uint64_t number, char **line, struct mountinfo *info)
{
	FILE *table = mounts_open(-1);
	bool found = false;
	size_t size = 0;

	*line = NULL;
	if (table == NULL)
		return false;
	while (!found && (errno = 0, getline(line, &size, table) != -1))
		found = mounts_parse(*line, info) && info->id == number;
	if (errno == 0)
		errno = ENOENT;
	(void)fclose(table);
	return found;
}
