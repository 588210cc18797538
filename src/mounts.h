/* What the kernel says of mounts: by statx and statmount, and in /proc/PID/mountinfo. */

#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Numbers that older headers lack; each is the same on all machines but alpha. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#endif

/* A file, and the mount that it is on. */
struct mount_facts {
	dev_t dev;
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t id; /* differs between all mounts, their copies in another namespace included */
	bool unique; /* whether id is one that statmount accepts (6.8), rather than that of
			mountinfo */
	bool root;   /* whether the file is the root of the mount: a mount point */
};

/* Ask about path below dir, or about dir where path is "". Returns 0, or -1 with errno set. */
int mount_facts(int dir, const char *path, struct mount_facts *facts);

/* Fill in what mountinfo shows as the number of the mount. Returns 0, or -1 with errno set. */
int mount_number(int fd, uint64_t *number);

/*
 * Fill *propagation with MS_PRIVATE, or MS_SHARED, MS_SLAVE and MS_UNBINDABLE as they apply to the
 * mount of the open file. Before Linux 6.8 this takes /proc. Returns 0, or -1 with errno set.
 */
int mount_propagation(int fd, const struct mount_facts *facts, unsigned long *propagation);

/* A line of mountinfo. The texts point into the line. */
struct mountinfo {
	uint64_t id;
	uint64_t parent;
	dev_t dev;
	char *root; /* the part of the file system that is mounted */
	char *point;
	char *type;
	char *source;
	unsigned long propagation; /* as in mount_propagation() */
};

/* Parse a line, in place. Returns whether it is one of mountinfo. */
bool mountinfo_parse(char *line, struct mountinfo *info);

/*
 * Open mountinfo below the directory of a process in /proc, or that of this process where process
 * is -1. Returns NULL with errno set on failure.
 */
FILE *mountinfo_open(int process);

/*
 * Find the mount with that number in our own namespace. *info points into *line, which the caller
 * frees. Returns whether it was found; if not, errno is set, to ENOENT if there is none.
 */
bool mountinfo_find(uint64_t number, char **line, struct mountinfo *info);

#endif
