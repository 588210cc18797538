/* The descriptors that the caller left open: which of them the command gets. */

#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdbool.h>

/*
 * Make sure that 0, 1 and 2 are open, and close all others but those that LISTEN_FDS addresses to this process. A
 * directory among what stays is refused: it leads out of the private /tmp. With preserve, what is above 2 stays as it is.
 * To be called before anything is opened.
 * Returns 0, or -1, which has been said.
 */
int descriptors_settle(bool preserve);

#endif
