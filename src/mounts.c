#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mounts.h"

/*
 * The kernel's own interface of statx (linux/stat.h), of which libc headers have parts at best. The
 * mount is the number that mountinfo shows (5.8), which is used again after an umount; or another
 * one for the same mount, which is never used again (6.8).
 */
#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif
#define STATX_FILE_BITS 0x11bU /* type, mode, uid, gid, ino */
#define STATX_MOUNT_BIT 0x1000U
#define STATX_MOUNT_UNIQUE_BIT 0x4000U
#define STATX_ATTRIBUTE_ROOT_BIT 0x2000U /* 5.8 */

struct statx_answer {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	uint32_t links;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t spare;
	uint64_t ino;
	uint64_t sizes_and_times[11];
	uint32_t rdev_major;
	uint32_t rdev_minor;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t mount;
	uint64_t rest[13];
};

_Static_assert(sizeof(struct statx_answer) == 256, "struct statx has 256 bytes");

/* The kernel's interface of statmount (linux/mount.h). */
#define STATMOUNT_MOUNT_BASIC_BIT 0x2U

struct statmount_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t wanted;
};

struct statmount_answer {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint32_t file_system[6];
	uint64_t mount;
	uint64_t parent;
	uint32_t numbers[2];
	uint64_t attributes;
	uint64_t propagation;
	uint64_t rest[54];
};

_Static_assert(sizeof(struct statmount_answer) == 512, "struct statmount has 512 bytes");

static int
ask(int dir, const char *path, unsigned int wanted, struct statx_answer *answer)
{
	int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

	/* The kernel itself knows of mounts; the server of a user's FUSE may never answer. */
	if ((wanted & STATX_FILE_BITS) == 0)
		flags |= AT_STATX_DONT_SYNC;
	memset(answer, 0, sizeof(*answer));
	if (syscall(SYS_statx, dir, path, flags, wanted, answer) == -1)
		return -1;
	if ((answer->mask & wanted & (STATX_MOUNT_BIT | STATX_MOUNT_UNIQUE_BIT)) != 0)
		return 0;
	errno = EOPNOTSUPP;
	return -1;
}

int
mount_facts(int dir, const char *path, struct mount_facts *facts)
{
	struct statx_answer answer;

	if (ask(dir, path, STATX_FILE_BITS | STATX_MOUNT_BIT | STATX_MOUNT_UNIQUE_BIT, &answer) ==
	    -1)
		return -1;
	*facts = (struct mount_facts){
		.dev = makedev(answer.dev_major, answer.dev_minor),
		.ino = answer.ino,
		.mode = answer.mode,
		.uid = answer.uid,
		.gid = answer.gid,
		.id = answer.mount,
		.unique = (answer.mask & STATX_MOUNT_UNIQUE_BIT) != 0,
		.root = (answer.attributes & STATX_ATTRIBUTE_ROOT_BIT) != 0,
	};
	return 0;
}

int
mount_number(int fd, uint64_t *number)
{
	struct statx_answer answer;

	if (ask(fd, "", STATX_MOUNT_BIT, &answer) == -1)
		return -1;
	*number = answer.mount;
	return 0;
}

int
mount_propagation(int fd, const struct mount_facts *facts, unsigned long *propagation)
{
	struct statmount_request request = {
		.size = sizeof(request),
		.mount = facts->id,
		.wanted = STATMOUNT_MOUNT_BASIC_BIT,
	};
	struct statmount_answer answer;
	struct mountinfo info;
	char *line = NULL;
	uint64_t number;
	bool found;

	/* A filter of a container may refuse statmount. */
	if (facts->unique && syscall(SYS_statmount, &request, &answer, sizeof(answer), 0) == 0 &&
	    (answer.mask & STATMOUNT_MOUNT_BASIC_BIT) != 0) {
		*propagation = (unsigned long)answer.propagation;
		return 0;
	}
	if (mount_number(fd, &number) == -1)
		return -1;
	found = mountinfo_find(number, &line, &info);
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

/* The next field of a line, or NULL at its end. */
static char *
field(char **line)
{
	char *text;

	do
		text = strsep(line, " \n");
	while (text != NULL && *text == '\0');
	return text;
}

/* Parse the number at the start of text, up to the character end. Returns what follows, or NULL. */
static const char *
parse(const char *text, char end, uint64_t *number)
{
	char *stop;

	*number = strtoull(text, &stop, 10);
	return stop == text || *stop != end ? NULL : stop + 1;
}

bool
mountinfo_parse(char *line, struct mountinfo *info)
{
	char *id = field(&line), *parent = field(&line), *dev = field(&line), *tag;
	const char *rest;
	uint64_t major, minor;

	*info = (struct mountinfo){ .root = field(&line), .point = field(&line) };
	/* Skip the options. */
	if (id == NULL || parent == NULL || dev == NULL || field(&line) == NULL ||
	    parse(id, '\0', &info->id) == NULL || parse(parent, '\0', &info->parent) == NULL ||
	    (rest = parse(dev, ':', &major)) == NULL || parse(rest, '\0', &minor) == NULL)
		return false;
	info->dev = makedev((unsigned int)major, (unsigned int)minor);
	/* Any number of tags up to a lone "-". */
	while ((tag = field(&line)) != NULL && strcmp(tag, "-") != 0) {
		if (strncmp(tag, "shared:", 7) == 0)
			info->propagation |= MS_SHARED;
		else if (strncmp(tag, "master:", 7) == 0)
			info->propagation |= MS_SLAVE;
		else if (strcmp(tag, "unbindable") == 0)
			info->propagation |= MS_UNBINDABLE;
	}
	if (info->propagation == 0)
		info->propagation = MS_PRIVATE;
	info->type = field(&line);
	info->source = field(&line);
	if (info->source == NULL)
		return false;
	unescape(info->root);
	unescape(info->point);
	unescape(info->source);
	return true;
}

FILE *
mountinfo_open(int process)
{
	int fd = process == -1 ? open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
			       : openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);

	return fd == -1 ? NULL : fdopen(fd, "r");
}

bool
mountinfo_find(uint64_t number, char **line, struct mountinfo *info)
{
	FILE *table = mountinfo_open(-1);
	bool found = false;
	size_t size = 0;

	*line = NULL;
	if (table == NULL)
		return false;
	while (!found && (errno = 0, getline(line, &size, table) != -1))
		found = mountinfo_parse(*line, info) && info->id == number;
	if (errno == 0)
		errno = ENOENT;
	(void)fclose(table);
	return found;
}
