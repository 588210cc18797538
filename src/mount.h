/* One mount of the table: it is made detached, attached to its mount point, and verified there. */

#ifndef MOUNT_H
#define MOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "path.h"

struct mount {
	const char *option;	   /* the option behind it, for messages */
	const char *target;	   /* absolute, without symbolic links */
	const char *source;	   /* of a bind mount; of a tmpfs NULL */
	unsigned long flags;	   /* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC */
	int point;		   /* descriptor of the mount point */
	int tree;		   /* descriptor of the mount */
	struct facts root;	   /* what has to be there, with the id of the mount */
	const struct mount *again; /* the earlier mount that this one repeats, or NULL */
	bool exposed;		   /* it lies in a private directory */
	bool noswap;		   /* a tmpfs that is never swapped out */
	bool watched;		   /* the sentinel: its umount means that the namespace has ended */
};

/* What a tmpfs is made with. */
struct tmpfs {
	const char *name; /* its source in mountinfo */
	const char *size; /* limits */
	const char *inodes;
	gid_t gid;
	mode_t mode;
	bool noswap;
};

/*
 * Make the detached tree of a mount: a bind mount of the file open at source, or a tmpfs. Fill tree
 * and root of *mount. Die on failure.
 */
void mount_bind(struct mount *mount, int source, bool recursive);
void mount_tmpfs(struct mount *mount, const struct tmpfs *tmpfs);

/* Attach the tree to the open mount point, on top of all that is mounted there. Dies on failure. */
void mount_attach(const struct mount *mount, int point);

/*
 * Verify by its path that the mount is there, with its flags and limits and no others. Dies on
 * failure.
 */
void mount_verify(const struct mount *mount);

/* Unmount, in this namespace alone, all that is mounted at the path. Dies on failure. */
void mount_remove(const char *option, const char *path);

#endif
