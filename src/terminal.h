/* Protection of terminals that the command shares with its caller. */

#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

/*
 * Whether the command may have a terminal: a controlling one, or on an inherited descriptor. One
 * that a socket brings later is not seen.
 */
bool terminal_exists(void);

/*
 * Make TIOCSTI and TIOCLINUX, which push input into a terminal, fail with EPERM in this process and
 * its descendants. Job control still works. Call this as root: it does not set no_new_privs.
 * Dies on failure.
 */
void terminal_protect(void);

#endif
