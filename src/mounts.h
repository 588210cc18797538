/* What the kernel says of files and mounts: statx, statmount and /proc/PID/mountinfo. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A file, and the mount that it is on. */
struct facts {
	dev_t dev;
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t id; /* of the mount, as in mountinfo; its copy in a namespace has another one */
	bool root;   /* whether the file is the root of the mount: a mount point */
};

/*
 * Fill *facts for path below dir, or dir if path is "". Does not ask a FUSE server, which may never
 * answer. Returns 0, or -1 with errno set.
 */
int mounts_stat(int dir, const char *path, struct facts *facts);

/* Whether the open file is on FUSE, or its file system cannot be told. */
bool mounts_is_fuse(int fd);

/*
 * Count the mounts of this namespace that propagate to others. Before Linux 6.8 this needs /proc.
 * Returns -1 with errno set on failure.
 */
int mounts_count_shared(void);

/* The sources that tmpfs mounts of privtmp show in mountinfo. */
#define SOURCE_PRIVATE "privtmp"
#define SOURCE_SENTINEL "privtmp-sentinel"
#define SOURCE_COVER "privtmp-cover"

/* A line of mountinfo. The texts point into it. */
struct mountinfo {
	uint64_t id;
	uint64_t parent;
	dev_t dev;
	char *root; /* the part of the file system that is mounted */
	char *point;
	char *type;
	char *source;
	char *options; /* of the file system */
	bool shared;   /* whether mounts in it propagate to others */
};

/*
 * Read mountinfo below the directory of a process in /proc, or that of this process where process
 * is -1. Returns the text, which the caller frees, or NULL with errno set.
 */
char *mounts_read(int process);

/* Parse the next line of the text in place, and skip it. Returns false at the end. */
bool mounts_next(char **text, struct mountinfo *info);

/* Find the mount with that number in our own namespace. The texts last until the next call. */
bool mounts_find(uint64_t number, struct mountinfo *info);
