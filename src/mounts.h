/* Information on mounts, from statx, statmount and /proc/PID/mountinfo. */

#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* System call numbers that older headers lack. Each is the same on all machines of terminal.c. */
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
struct facts {
	dev_t dev;
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t id; /* of the mount; its copy in another namespace has another one */
	bool unique; /* whether id is for statmount (6.8); else it is that of mountinfo */
	bool root;   /* whether the file is the root of the mount: a mount point */
};

/* Fill *facts for path below dir, or dir if path is "". Returns 0, or -1 with errno set. */
int mounts_stat(int dir, const char *path, struct facts *facts);

/* Fill *number with fd's mount id, as in mountinfo. Returns 0, or -1 with errno set. */
int mount_number(int fd, uint64_t *number);

/*
 * Fill *propagation for the mount of the open file: MS_PRIVATE, or a set of MS_SHARED, MS_SLAVE and
 * MS_UNBINDABLE. Before Linux 6.8 this needs /proc. Returns 0, or -1 with errno set.
 */
int mount_propagation(int fd, const struct facts *facts, unsigned long *propagation);

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

/* Parse a line in place. Returns false if it is malformed. */
bool mounts_parse(char *line, struct mountinfo *info);

/*
 * Open mountinfo below the directory of a process in /proc, or that of this process where process
 * is -1. Returns NULL with errno set on failure.
 */
FILE *mounts_open(int process);

/*
 * Find the mount with that number in our own namespace. *info points into *line, which the caller
 * frees. Returns whether it was found; if not, errno is set, to ENOENT if there is none.
 */
bool mounts_find(uint64_t number, char **line, struct mountinfo *info);

#endif
