/* The table of mounts: which there are to be in the command's mount namespace. */

#ifndef TABLE_H
#define TABLE_H

#include "mount.h"
#include "path.h"

struct cleaner;
struct identity;
struct options;

#define MOUNTS_MAX 64

struct table {
	struct mount rows[MOUNTS_MAX]; /* in the order in which they are attached */
	size_t count;
	struct locations private; /* the private directories */
	struct locations exposed; /* what stays visible in them */
	struct locations covered; /* what is hidden or unmounted */
	dev_t sentinel;		  /* without --tmpfs: its device and free inodes */
	uint64_t sentinel_inodes;
};

/*
 * Outside, let autofs mount what it has at paths of the options, as a shell does that goes there.
 */
void table_automount(const struct options *options);

/*
 * Walk to all paths of the options, inside the namespace, and make the detached mounts: *table must
 * be all zeros. It points into *options and to memory that is never freed. Unmounts what is to be
 * unmounted, but mounts nothing. Dies if something is missing or refused.
 */
void table_make(const struct options *options, const struct identity *identity,
    const struct cleaner *cleaner, struct table *table);

/*
 * Attach and verify the mounts. The inotify descriptor watch, if it is above 0, gets IN_UNMOUNT
 * when this namespace and all unshared from it have ended. Dies on failure.
 */
void table_mount(struct table *table, int watch);

#endif
