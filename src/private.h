/* The private directories inside, and the sentinel below the first. */

#pragma once

#include "mount.h"

struct cleaner;
struct options;

/* What they are made from. */
struct wanted {
	const struct options *options;
	const struct cleaner *cleaner;
	unsigned long flags; /* of the mounts */
	struct tmpfs tmpfs;  /* group and mode count for cells as well */
};

/* Add a row for each, the sentinel first, and fill table->private. Dies on failure. */
void private_add(const struct wanted *wanted, struct mount_table *table);

/* The row of a directory in table->private. */
struct mount *private_row(struct mount_table *table, const struct located *directory);
