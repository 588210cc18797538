/* The start of the cleaner. Without cells, these functions do nothing. */

#pragma once

#include <stdint.h>
#include <sys/types.h>

struct cleaner;
struct options;

/*
 * Make the cells that the options need, and start the cleaner, which overwrites its copy of main's
 * argv. Call this before names are looked up: the cleaner is a copy of this process, and a module
 * of a name service may open descriptors and start threads that hold locks. From now on exit()
 * waits until the cells have been removed. Returns the cleaner, with its cells. Dies on failure.
 */
const struct cleaner *launch_cleaner(const struct options *options, char **argv);

/*
 * Call this once the sentinel is watched: write its device and free inodes to each cell's record,
 * and tell the cleaner, when it has closed the caller's descriptors, to wait for the sentinel's
 * end. Returns our end of its socket, which the exec has to close, or 0. Dies on failure.
 */
int launch_commit(dev_t sentinel, uint64_t inodes);
