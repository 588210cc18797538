/*
 * An instance is a mount namespace with private directories, and its processes. It is found by the
 * processes in /proc. No path is looked up in a namespace that may be another user's.
 */

#ifndef INSTANCES_H
#define INSTANCES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The most private directories of one instance. */
#define DIRECTORIES_MAX 16

/* As root, whether our user namespace owns it; else, whether one that we have made does. */
bool instances_trust(int mount_namespace);

enum store {
	STORE_DIR, /* an existing directory */
	STORE_DISK,
	STORE_TMPFS,
};

/* A private directory in a mount namespace. */
struct directory {
	enum store store;
	char point[PATH_MAX];
	char root[PATH_MAX]; /* field of mountinfo; ends in /privtmp.XXXXXX/tmp if on disk */
	dev_t dev;
	uint64_t mount; /* the mount id, in mountinfo, of the topmost mount */
};

/*
 * Read the private directories of a process, at most DIRECTORIES_MAX, from its mountinfo. Returns their
 * number.
 */
size_t instances_read(int process, struct directory *directories);

#endif
