/* Paths as texts, and paths that other users may be able to change. */

#pragma once

#include <limits.h>
#include <stddef.h>

#include "mounts.h"

/* The inode number of /proc/self/ns/user in the initial user namespace (linux/proc_ns.h). */
#define INITIAL_USER_NAMESPACE 0xeffffffdU

/* A normalized path, and what was there before anything was mounted. */
struct located {
	const char *path;
	dev_t dev;
	ino_t ino;
};

#define LOCATIONS_MAX 48

struct locations {
	struct located items[LOCATIONS_MAX];
	size_t count;
};

/* The result of a walk. */
struct place {
	int fd;		     /* O_PATH; the caller closes it; -1 after a failure */
	struct facts at;     /* of the file there, symbolic links resolved */
	char path[PATH_MAX]; /* its absolute path, without symbolic links */
	const char *why;     /* after a failure: the reason, in words */
};

/*
 * Copy the absolute path to clean, of PATH_MAX bytes, without "//", "." and "..". Looks at the text
 * alone. Returns false if it does not fit: then clean is what does.
 */
bool path_normalize(const char *path, char *clean);

/* The rest of path behind dir, "" or "/...", or NULL if outside. Both are normalized. */
const char *path_within(const char *path, const char *dir);

/* The first of the locations that the normalized path is at or below, or NULL. */
const struct located *path_enclosing(const char *path, const struct locations *locations);

/* The one of the locations that is the file at place, perhaps at another path, or NULL. */
const struct located *path_find(const struct place *place, const struct locations *locations);

/* Append a copy of the place to the list. Dies if there is no memory. Returns the new item. */
const struct located *path_append(const struct place *place, struct locations *locations);

/*
 * Walk the absolute path component by component, and resolve symbolic links. As root, refuse it if
 * anybody but root could change where it leads: each directory on the way has to be root's and
 * writable by root alone; a sticky one will do if the entry that the path takes is root's. Never
 * ask a FUSE server: refuse it. Returns whether it succeeded; if not, errno is set.
 */
bool path_walk(const char *path, struct place *place);

/* The same for the path of an option. Dies on failure. */
void path_walk_or_die(const char *option, const char *path, struct place *place);

/*
 * The same for a path at or below the directory private, to which the caller has walked before:
 * each component below private has to belong to root or to owner. A symbolic link has to be root's,
 * and path_walk() goes on behind it.
 */
bool path_walk_below(const char *path, const char *private, uid_t owner, struct place *place);

/*
 * Walk the path and let autofs mount what it has there. Do this outside of the namespace: what is
 * mounted later does not arrive inside. Ignores errors, which the real walk will have as well.
 */
void path_automount(const char *path);

/*
 * Whether a file of that owner is root's: uid 0, or, in a user namespace that the caller has made
 * and that does not map root, the overflow uid.
 */
bool path_owner_is_root(uid_t owner);
