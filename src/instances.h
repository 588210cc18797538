/*
 * Which private directories are mounted, where, and in which mount namespaces: asked of the kernel each time, by one
 * module for all. No registry is kept.
 */

#ifndef INSTANCES_H
#define INSTANCES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A private directory in a mount namespace. */
struct sighting {
	uint64_t namespace; /* the inode of /proc/PID/ns/mnt */
	uint64_t mount;	    /* later mounts of one namespace have higher numbers */
	dev_t dev;
	const char *root;  /* of a disk: the path of the room in its file system, which ends in CELL/tmp; of a tmpfs: "/" */
	const char *point; /* what it covers */
};

/* Returns 0 to go on, or -1 with errno set to stop. */
typedef int (*see_function)(const struct sighting *sighting, void *context);

/*
 * Show all private directories of all mount namespaces to see(). *complete says whether that were all namespaces: without
 * a kernel that lists them (6.13), those that no process is in, but that a descriptor keeps, can only be suspected.
 * Returns 0, or -1, which has been said.
 */
int instances_look(see_function see, void *context, bool *complete);

#endif
