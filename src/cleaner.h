/*
 * The cleaner is a process outside the command's mount namespace. It removes the cells when that
 * namespace and all unshared from it have ended, or at once if the start fails.
 */

#pragma once

#include "cell.h"

struct cleaner {
	struct cell cells[CELLS_MAX];
	size_t count;
	int watch; /* the inotify descriptor that watches the sentinel */
};

/* Messages on the socket: COMMIT and ABORT of privtmp, READY and DONE of the cleaner. */
#define COMMIT 'c'
#define ABORT 'a'
#define READY 'r'
#define DONE 'd'

/*
 * Run as the cleaner, whose end of the socket is control. Overwrites main's argv with a title.
 * READY means that the caller's descriptors are closed. Ends with the cells.
 */
_Noreturn void cleaner_run(struct cleaner *cleaner, char **argv, int control);

/* Remove the cells. hurry: privtmp waits, so give up after a few attempts. */
void cleaner_remove_cells(struct cleaner *cleaner, bool hurry);
