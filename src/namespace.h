/* The mount namespace of the command: a table of mounts, their making and verification. */

#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "path.h"

struct cell;

enum mount_kind {
	MOUNT_CELL,    /* a bind mount of the private directory of a cell */
	MOUNT_DIR,     /* a bind mount of source, which path_walk() accepts */
	MOUNT_EXPOSED, /* a recursive bind mount of source, at a mount point that we make */
	MOUNT_AGAIN,   /* a bind mount of the mount that an earlier row made at source */
	MOUNT_TMPFS,   /* a new tmpfs */
	MOUNT_NONE,    /* no mount: unmount all that is mounted there */
};

/* A row of the table. */
struct mount {
	enum mount_kind kind;
	const char *option;  /* the option behind it, for messages */
	const char *target;  /* absolute, without symbolic links */
	unsigned long flags; /* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC */
	const struct cell *cell;
	struct located source;
	const char *private; /* MOUNT_EXPOSED: the private directory above target */
	uid_t uid;	     /* MOUNT_TMPFS: owner. MOUNT_EXPOSED: allowed owner */
	gid_t gid;	     /* MOUNT_TMPFS: group */
	mode_t mode;	     /* MOUNT_TMPFS: mode */
	const char *name;    /* its source in mountinfo */
	const char *size;    /* limits of the tmpfs */
	const char *inodes;
	const char *label; /* its SELinux label, or "" */
	bool watched;	   /* the sentinel: its umount means that the namespace has ended */
	int tree;	   /* descriptor of the detached mount, until attached */
};

#define MOUNTS_MAX 80

struct mount_table {
	bool rootless; /* for an ordinary user: in a user namespace that maps this user alone */
	unsigned long propagation; /* MS_PRIVATE, or MS_SLAVE to let later mounts of the host in */
	struct mount rows[MOUNTS_MAX]; /* in the order in which they are made */
	size_t count;
	const char *start; /* the working directory afterwards; NULL: where we are */
	/* Filled by namespace_unshare if the first row is watched: */
	dev_t sentinel;
	uint64_t sentinel_inodes; /* free ones */
};

/*
 * Move this process into a new mount namespace, whose mounts do not propagate to the rest of the
 * system. Make the sentinel if the first row is watched. Dies on failure.
 */
void namespace_unshare(struct mount_table *table);

/*
 * Make and verify the mounts of the table. The inotify descriptor watch gets IN_UNMOUNT when this
 * namespace and all unshared from it have ended. Dies on failure.
 */
void namespace_mount(struct mount_table *table, int watch);

/* Die with a message about a row. */
#define row_die(row, what) die("%s %s: %s", (row)->option, (row)->target, what)
#define row_diex(row, what) diex("%s %s: %s", (row)->option, (row)->target, what)

/*
 * Go to a path of the row by path_walk(), or path_walk_below() if private is not NULL. Dies on
 * failure (detached.c).
 */
void row_walk(const struct mount *row, const char *path, const char *private, struct place *place);

/*
 * Make a detached mount with the flags of the row: a bind mount of its source, or a tmpfs
 * (detached.c). Returns a descriptor. Dies on failure.
 */
int detached_copy(struct mount *row);
int detached_tmpfs(struct mount *row);

#endif
