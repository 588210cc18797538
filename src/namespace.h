/* The mount namespace of the command: what comes to lie where, and that it really does. */

#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct object;

enum mount_kind {
	MOUNT_TREE,    /* a bind mount of source */
	MOUNT_TMPFS,   /* a new tmpfs */
	MOUNT_TWIN,    /* a second mount of what an earlier row has put at source->path */
	MOUNT_REMOVED, /* no mount, but the unmounting of what is there */
};

/* What a tmpfs of ours names as its source in the table of mounts: one for private files, and one that covers something. */
#define NAMESPACE_PRIVATE "privtmp"
#define NAMESPACE_COVER "privtmp-cover"

/* One step in the making of the namespace. */
struct mount {
	enum mount_kind kind;
	const char *option; /* what asked for it, as messages name it */
	const char *target; /* absolute, without symbolic links */
	const struct object *source;
	const char *data;    /* of a tmpfs, its limits; also ... */
	uid_t uid;	     /* ... its owner, ... */
	gid_t gid;	     /* ... group, ... */
	mode_t mode;	     /* ... and mode */
	unsigned long flags; /* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC: added to what is there, and verified */
	bool makes_point;    /* the mount point does not exist: it lies in an earlier row's directory */
	int opened;	     /* the source, as namespace_enter has opened it */
	bool watched;	     /* this is the mount whose end tells that the namespace has ended */
};

#define MOUNTS_MAX 64

struct namespace {
	bool rootless;		   /* for an ordinary user: within a user namespace that knows this user alone */
	unsigned long propagation; /* MS_PRIVATE, or MS_SLAVE to let the host's later mounts in */
	struct mount mounts[MOUNTS_MAX]; /* in the order in which they are made */
	size_t count;
	const char *start; /* the working directory afterwards; NULL: where we are */
};

/*
 * Move this process into a mount namespace of its own, from which nothing gets out to the rest of the system, and make the
 * mounts; verify all of it. watch is an inotify descriptor, which gets IN_UNMOUNT from the watched row when the namespace,
 * and all derived from it, have ended.
 * Returns 0, or -1, which has been said; then this process must not go on to run anything.
 */
int namespace_enter(struct namespace *namespace, int watch);

#endif
