/*
 * The cleaner is a process outside the command's mount namespace. It removes the cells when that
 * namespace and all unshared from it have ended, or at once if the start fails.
 *
 * Call these functions in the order of this header. After cleaner_start(), exit() waits until the
 * cells have been removed. Without cells, the functions do nothing.
 */

#ifndef CLEANER_H
#define CLEANER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cell.h"
#include "path.h"

struct cleaner {
	struct cell cells[LOCATIONS_MAX];
	size_t count;
	int watch; /* the inotify descriptor that watches the sentinel */
};

/*
 * Make the cells and start the cleaner, which overwrites its copy of main's argv with a process
 * title. Dies on failure.
 */
void cleaner_start(struct cleaner *cleaner, char **argv);

/* Write the sentinel's device and free inodes to each cell's record. Dies on failure. */
void cleaner_record(const struct cleaner *cleaner, dev_t sentinel, uint64_t inodes);

/*
 * Call this once the sentinel is watched: tell the cleaner, when it has closed the caller's
 * descriptors, to wait for the sentinel's end, and close ours of the cells. Dies on failure.
 */
void cleaner_commit(const struct cleaner *cleaner);

/* The rest is used by helper.c, which implements the functions above, and cleaner.c only. */

/* Messages on the socket: COMMIT and ABORT of privtmp, READY and DONE of the cleaner. */
#define COMMIT 'c'
#define ABORT 'a'
#define READY 'r'
#define DONE 'd'

/* Run as the cleaner. control is its end of the socket. */
_Noreturn void cleaner_run(struct cleaner *cleaner, char **argv, int control);

/* Remove the cells. hurry: privtmp waits, so give up after a few attempts. */
void cleaner_remove_cells(struct cleaner *cleaner, bool hurry);

#endif
