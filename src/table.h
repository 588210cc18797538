/* The table of mounts: which there are to be in the command's mount namespace. */

#pragma once

struct cleaner;
struct identity;
struct mount_table;
struct options;

/*
 * Call this before namespace_unshare(). Let autofs mount what it has at paths of the options, since
 * mounts of the host do not arrive inside. In the user namespace of an ordinary user, root's files
 * look like those of others: find what of --expose and --dir is root's or the user's, who may name
 * nothing else then.
 */
void table_look_outside(const struct options *options, struct mount_table *table);

/*
 * Walk to all paths of the options, inside the namespace, and make the detached mounts. *table, all
 * zeros before table_look_outside(), points into *options and to memory that is never freed.
 * Unmounts what is to be unmounted, but mounts nothing. Dies if something is missing or refused.
 */
void table_make(const struct options *options, const struct identity *identity,
    const struct cleaner *cleaner, struct mount_table *table);

/*
 * Attach and verify the mounts. The watch of the cleaner, if it has cells, gets IN_UNMOUNT when
 * this namespace and all unshared from it have ended. Dies on failure.
 */
void table_mount(struct mount_table *table, const struct cleaner *cleaner);
