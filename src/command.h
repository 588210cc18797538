/* The command's descriptors, environment, terminal, working directory; and the exec. */

#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

struct plan;

/*
 * Open /dev/null as a closed 0, 1 or 2. A directory could lead out of the private one: refuse it
 * as 0, 1 or 2, else close it (descriptors.c). Call this before opening files. Dies on failure.
 */
void descriptors_check(void);

/*
 * Make the command's environment from the caller's (environment.c). With --user, set HOME, USER,
 * LOGNAME and SHELL. If TMPDIR, TMP, TEMP or TEMPDIR leads into a private directory, set it to that
 * directory. With --verbose, print the other variables whose path is missing inside. The result is
 * never freed. Dies if there is no memory.
 */
char **environment_make(const struct plan *plan);

/* Set close-on-exec for all descriptors opened since descriptors_check(). */
void descriptors_seal(void);

/*
 * In the cleaner, close all descriptors that the caller has left open. 0 to 2 become copies of fd,
 * so that no file opened later becomes standard error.
 */
void descriptors_close(int fd);

/* Whether the command may have a terminal to push input into (terminal.c). */
bool terminal_exists(void);

/*
 * Make TIOCSTI and TIOCLINUX, which push input into a terminal, fail with EPERM in this process and
 * its descendants. Job control still works. Call this as root: it does not set no_new_privs.
 * Dies on failure.
 */
void terminal_protect(void);

/* Apply --no-new-privs and --chdir, as the user. Dies on failure. */
void command_prepare(const struct plan *plan);

/* Become the command. On failure, exits with 127 if it was not found, else with 126. */
_Noreturn void command_exec(const struct plan *plan);

#endif
