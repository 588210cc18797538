/* What the kernel says of the mount at a path: by statx and statmount, or by /proc where it is older than these (6.8). */

#ifndef MOUNT_FACTS_H
#define MOUNT_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mount_facts {
	dev_t dev; /* what stands at the path, symbolic links not followed */
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t mount; /* the mount it is on: differs between all mounts, the copies in another namespace included */
	bool root;	/* whether it is the root of that mount: a mount point */
	bool unique;	/* whether that number is one that statmount takes */
};

/* Returns 0, or -1, which has been said. */
int mount_facts(const char *path, struct mount_facts *facts);

/* The same of what is open. Returns 0, or -1 with errno set; says nothing. */
int mount_facts_of(int fd, struct mount_facts *facts);

/*
 * MS_PRIVATE, or MS_SHARED, MS_SLAVE and MS_UNBINDABLE as they apply to the mount that facts, just got for path, are about.
 * Returns 0, or -1, which has been said.
 */
int mount_propagation(const char *path, const struct mount_facts *facts, unsigned long *propagation);

#endif
