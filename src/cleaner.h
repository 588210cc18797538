/*
 * The cleaner: a process that makes the cells, stays outside, and removes them once: when the
 * command's mount namespace and all derived from it have ended, or at once if the start fails.
 *
 * The order of calls is that of this header. From cleaner_start on, the exit of privtmp removes the
 * cells before it returns. Without cells, none of the calls does anything.
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
	struct cell cells[OBJECTS_MAX];
	size_t count;
	int watch; /* an inotify descriptor, for the watch on the sentinel */
};

/*
 * Make the cells, and start their cleaner. argv is that of main: the cleaner overwrites its copy
 * with a title. Dies on failure.
 */
void cleaner_start(struct cleaner *cleaner, char **argv);

/* Record in the cells the sentinel: its device and number of free inodes. Dies on failure. */
void cleaner_record(const struct cleaner *cleaner, dev_t sentinel, uint64_t inodes);

/*
 * The sentinel is watched: from now on the cells live as long as it. The cleaner holds nothing of
 * the caller's, and this process nothing of the cells. Dies on failure.
 */
void cleaner_commit(const struct cleaner *cleaner);

/*
 * What follows is between helper.c, which has all of the above, and cleaner.c.
 */

/* What privtmp sends, and what the cleaner sends: it is ready, the cells are removed. */
#define COMMIT 'c'
#define ABORT 'a'
#define READY 'r'
#define DONE 'd'

/* Be the cleaner, with its end of the socket. */
_Noreturn void cleaner_run(struct cleaner *cleaner, char **argv, int control);

/* Remove the cells. hurry: somebody waits, so do not wait for what may pass. */
void cleaner_remove_cells(struct cleaner *cleaner, bool hurry);

#endif
