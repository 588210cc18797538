/* Protection of terminals that the command shares with its caller. */

#pragma once

/*
 * Find out, outside, whether the command may have a terminal: a controlling one, or on an inherited
 * descriptor. One that a socket brings later is not seen.
 */
void terminal_find(void);

/*
 * If it may, make TIOCSTI and TIOCLINUX, which push input into a terminal, fail with EPERM in this
 * process and its descendants. Job control still works. Call this as root: it does not set
 * no_new_privs. Dies on failure.
 */
void terminal_protect(void);
