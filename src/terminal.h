/* The caller's terminal, which the command shares and must not type into. */

#ifndef TERMINAL_H
#define TERMINAL_H

/*
 * Where there is a terminal, make sure that this process and all it starts can push no input into it: TIOCSTI and
 * TIOCLINUX fail with EPERM. Job control stays. To be called as root: it does without no_new_privs.
 * Returns 0, or -1, which has been said.
 */
int terminal_protect(void);

#endif
