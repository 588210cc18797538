/*
 * The cleaner: a process that makes the cells, stays outside, and removes them once: when the command's mount namespace
 * and all derived from it have ended, or at once if the start fails or is killed.
 *
 * The order of calls is cleaner_start, then cleaner_release when everything but the exec is done, then, if privtmp is
 * still there, cleaner_abandon. Without cells, none of them does anything.
 */

#ifndef CLEANER_H
#define CLEANER_H

#include <stdbool.h>
#include <stddef.h>

#include "cell.h"

/* What a cleaner has to make and to remove. */
struct charge {
	struct cell cells[CELLS_MAX];
	size_t count;
	bool keep;     /* remove them only if the start fails */
	bool rootless; /* the caller goes on to a user namespace */
};

struct cleaner {
	int control; /* our end; closed by the exec, which tells the cleaner that the command runs */
	int watch;   /* an inotify descriptor for namespace_enter, or -1 */
};

/*
 * Make the cells and start their cleaner. *charge stays where it is, and is not on the stack: the cleaner uses it to the end.
 * Returns 0, or -1, which has been said; then nothing is left.
 */
int cleaner_start(struct charge *charge, struct cleaner *cleaner);

/*
 * Leave the cells to the last process of the namespace, or, if they are to be kept, say where they are. Returns 0, or -1, which has been
 * said.
 */
int cleaner_release(const struct cleaner *cleaner, const struct charge *charge);

/* There will be no command after all: have the cells removed, and return when they are. */
void cleaner_abandon(const struct cleaner *cleaner);

#endif
