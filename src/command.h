/* The last steps, inside and as the user: the working directory, and the exec. */

#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

struct locations;

/* Return the command, or if it is empty that of the caller's SHELL, or /bin/sh. */
char **command_or_shell(char **command);

/* Apply --no-new-privs, and --chdir unless dir is NULL. Dies on failure. */
void command_prepare(bool no_new_privs, const char *dir, const struct locations *private);

/* Become the command. On failure, exits with 127 if it was not found, else with 126. */
_Noreturn void command_exec(char **command, const struct locations *private);

#endif
