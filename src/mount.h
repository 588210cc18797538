/* A mount: it is made detached, attached to its mount point, and verified there. */

#pragma once

#include <sys/mount.h>

#include "path.h"

struct mount {
	const char *option;  /* the option behind it, for messages */
	const char *target;  /* absolute, without symbolic links */
	const char *source;  /* of a bind mount; of a tmpfs NULL */
	unsigned long flags; /* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC */
	int point;	     /* descriptor of the mount point; the sentinel takes the next row's */
	int tree;	     /* descriptor of the mount */
	struct facts root;   /* what has to be there, with the id of the mount */
	bool noswap;	     /* a tmpfs that is never swapped out */
	bool watched;	     /* the sentinel: its umount means that the namespace has ended */
};

#define MOUNTS_MAX 64

struct mount_table {
	struct mount rows[MOUNTS_MAX]; /* in the order in which they are attached */
	size_t count;
	struct locations private; /* the private directories */
	struct locations exposed; /* what stays visible in them */
	struct locations covered; /* what is hidden or unmounted */
	struct locations trusted; /* see table_look_outside() */
	dev_t sentinel;		  /* without --tmpfs: its device and free inodes */
	uint64_t sentinel_inodes;
};

/* Mount flags of every row, but for those that --exec is about. */
#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* What a tmpfs is made with. */
struct tmpfs {
	const char *name; /* its source in mountinfo */
	const char *size; /* limits */
	const char *inodes;
	gid_t gid;
	mode_t mode;
	bool noswap;
};

/* Add a row. Takes over the descriptor of the mount point. */
struct mount *mount_add(
    struct mount_table *table, const char *option, const char *target, int point);

/*
 * Make the detached tree of a mount: a bind mount of the place, which is closed, or a tmpfs. Fill
 * tree and root of *mount. Die on failure.
 */
void mount_bind(struct mount *mount, const struct place *source, bool recursive);
void mount_tmpfs(struct mount *mount, const struct tmpfs *tmpfs);

/* Make the row a tmpfs that stays empty. */
void mount_empty(struct mount *mount, const char *name, const char *inodes, gid_t gid);

/* Attach the tree to the open mount point, on top of all that is mounted there. Dies on failure. */
void mount_attach(const struct mount *mount, int point);

/*
 * Verify by its path that the mount is there, with its flags and limits and no others. Dies on
 * failure.
 */
void mount_verify(const struct mount *mount);

/* Unmount, in this namespace alone, all that is mounted at the path. Dies on failure. */
void mount_remove(const char *option, const char *path);
