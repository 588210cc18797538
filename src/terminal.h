/* The caller's terminal, which the command shares and must not type into. */

#ifndef TERMINAL_H
#define TERMINAL_H

struct identity;

/*
 * Where there is a terminal, and the command is to become another user, make sure that this process and all it starts can push no input into it: TIOCSTI and
 * TIOCLINUX fail with EPERM. Job control stays. To be called as root: it does without no_new_privs.
 * Returns 0, or -1, which has been said.
 */
int terminal_protect(const struct identity *identity);

#endif
