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
	MOUNT_DIR,     /* a bind mount of source, which root alone can change */
	MOUNT_EXPOSED, /* a bind mount of source, with what is mounted below it, at a new mount
			  point */
	MOUNT_AGAIN,   /* a second mount of what an earlier row has mounted at source */
	MOUNT_TMPFS,   /* a new tmpfs */
	MOUNT_NONE,    /* no mount: unmount all that is mounted there */
};

/* A row of the table. */
struct mount {
	enum mount_kind kind;
	const char *option;  /* what asked for it, for messages */
	const char *target;  /* absolute, without symbolic links */
	unsigned long flags; /* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC */
	const struct cell *cell;
	struct object source;
	const char *private; /* MOUNT_EXPOSED: the private directory above it, ... */
	uid_t uid;	     /* ... and who may own it. MOUNT_TMPFS: its owner, ... */
	gid_t gid;	     /* ... group ... */
	mode_t mode;	     /* ... and mode */
	const char *name;    /* its source in mountinfo */
	const char *size;    /* its limits */
	const char *inodes;
	const char *label; /* its security.selinux, or "" */
	bool watched;	   /* the end of this mount shows that the namespace has ended */
	int tree;	   /* the detached mount, while namespace_mount works */
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
 * Move this process into a mount namespace of its own, from which nothing gets out to the rest of
 * the system, and make the sentinel if the first row is watched. Dies on failure.
 */
void namespace_unshare(struct mount_table *table);

/*
 * Make the mounts in it, and verify them. watch is an inotify descriptor: it gets IN_UNMOUNT when
 * this namespace, and all derived from it, have ended. Dies on failure.
 */
void namespace_mount(struct mount_table *table, int watch);

/* End with a message about a row. */
#define row_die(row, what) die("%s %s: %s", (row)->option, (row)->target, what)
#define row_diex(row, what) diex("%s %s: %s", (row)->option, (row)->target, what)

/*
 * Walk to a path of the row, or, if private is not NULL, below that directory. Returns a
 * descriptor. Dies on failure (detached.c).
 */
int row_walk(const struct mount *row, const char *path, const char *private);

/*
 * Make a detached mount with the flags of the row: a copy of the mount that its source is on, or a
 * tmpfs (detached.c). Returns a descriptor. Dies on failure.
 */
int detached_copy(struct mount *row);
int detached_tmpfs(struct mount *row);

#endif
