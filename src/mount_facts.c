#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mount_facts.h"
#include "mountinfo.h"
#include "report.h"
#include "statmount.h"

/* The kernel's own layouts: libc headers have parts of them at best. */
#define STATX_WHAT_BITS 0x11bU		/* type, mode, uid, gid, ino */
#define STATX_MNT_ID_BIT 0x1000U	/* 5.8: the number that mountinfo shows, reused after umount */
#define STATX_MNT_ID_UNIQUE_BIT 0x4000U /* 6.8: another number for the same mount, never reused; statmount wants it */
#define STATX_ATTR_MOUNT_ROOT_BIT 0x2000U
#define WANTED (STATX_WHAT_BITS | STATX_MNT_ID_BIT | STATX_MNT_ID_UNIQUE_BIT)

struct statx_answer {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	uint32_t links;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t unused;
	uint64_t ino;
	uint64_t passed_over[11];
	uint32_t rdev_major;
	uint32_t rdev_minor;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t mount;
	uint64_t rest[13];
};

_Static_assert(sizeof(struct statx_answer) == 256, "struct statx is 256 bytes");

static int
ask_statx(const char *path, unsigned int wanted, struct statx_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, wanted, answer) == -1) {
		say_errno("%s", path);
		return -1;
	}
	if ((answer->mask & wanted & (STATX_MNT_ID_BIT | STATX_MNT_ID_UNIQUE_BIT)) == 0) {
		say("%s: the kernel does not tell mounts apart; Linux 5.12 or later is needed", path);
		return -1;
	}
	return 0;
}

static void
fill(struct mount_facts *facts, const struct statx_answer *answer)
{
	facts->dev = makedev(answer->dev_major, answer->dev_minor);
	facts->ino = answer->ino;
	facts->mode = answer->mode;
	facts->uid = answer->uid;
	facts->gid = answer->gid;
	facts->mount = answer->mount;
	facts->root = (answer->attributes & STATX_ATTR_MOUNT_ROOT_BIT) != 0;
	facts->unique = (answer->mask & STATX_MNT_ID_UNIQUE_BIT) != 0;
}

int
mount_facts(const char *path, struct mount_facts *facts)
{
	struct statx_answer answer;

	if (ask_statx(path, WANTED, &answer) == -1)
		return -1;
	fill(facts, &answer);
	return 0;
}

int
mount_facts_of(int fd, struct mount_facts *facts)
{
	struct statx_answer answer = { 0 };

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, WANTED, &answer) == -1)
		return -1;
	fill(facts, &answer);
	return 0;
}

static int
ask_mountinfo(const char *path, unsigned long *propagation)
{
	struct statx_answer answer;
	struct mountinfo info;
	size_t size = 0;
	char *line = NULL;
	FILE *table;
	int result = -1;

	if (ask_statx(path, STATX_MNT_ID_BIT, &answer) == -1)
		return -1;
	table = fopen("/proc/self/mountinfo", "re");
	if (table == NULL) {
		say_errno("propagation of %s: /proc/self/mountinfo", path);
		return -1;
	}
	while (result == -1 && getline(&line, &size, table) != -1) {
		if (mountinfo_parse(line, &info) == 0 && info.id == answer.mount) {
			*propagation = info.propagation;
			result = 0;
		}
	}
	if (result == -1)
		say("propagation of %s: /proc/self/mountinfo does not list its mount", path);
	free(line);
	(void)fclose(table);
	return result;
}

int
mount_propagation(const char *path, const struct mount_facts *facts, unsigned long *propagation)
{
	struct statmount_request request = {
		.size = sizeof(request),
		.mount = facts->mount,
		.wanted = STATMOUNT_WANT_MNT_BASIC,
	};
	struct statmount_answer answer;

	if (!facts->unique || syscall(SYS_statmount, &request, &answer, sizeof(answer), 0) == -1 ||
	    (answer.mask & STATMOUNT_WANT_MNT_BASIC) == 0)
		return ask_mountinfo(path, propagation);
	*propagation = (unsigned long)answer.propagation;
	return 0;
}
