/* What the command finds: descriptors, terminal, working directory; and the exec. */

#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

struct plan;

/*
 * Make sure that 0, 1 and 2 are open. Directories lead out of the private one: refuse them there,
 * and close them above (descriptors.c). To be called before anything is opened. Dies on failure.
 */
void descriptors_check(void);

/*
 * Make the environment of the command from that of the caller (environment.c): with HOME, USER,
 * LOGNAME and SHELL of another user, and with TMPDIR, TMP, TEMP and TEMPDIR, where they lead to a
 * private directory or below, set to that directory. Prints as a step which other variables name a
 * path that is not there inside. It lives as long as the process. Dies if there is no memory.
 */
char **environment_make(const struct plan *plan);

/* Have all descriptors that were not there at descriptors_check() closed by the exec. */
void descriptors_seal(void);

/*
 * In a process that goes on beside the command: close what was there at descriptors_check(). 0 to 2
 * become copies of fd, so that nothing that is opened later becomes standard error.
 */
void descriptors_close(int fd);

/* Whether there may be a terminal that the command could type into (terminal.c). */
bool terminal_exists(void);

/*
 * Make sure that this process and all that it starts can push no input into a terminal: TIOCSTI and
 * TIOCLINUX fail with EPERM. Job control stays. To be called as root: it does without no_new_privs.
 * Dies on failure.
 */
void terminal_protect(void);

/* Go to the working directory, inside and as the user. Dies on failure. */
void command_prepare(const struct plan *plan);

/* Become the command. On failure, exits with 127 if it was not found, else with 126. */
_Noreturn void command_exec(const struct plan *plan);

#endif
