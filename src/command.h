/* What the command starts with, and its exec. */

#pragma once

#include <stdbool.h>

struct locations;

/* Return the command, or if it is empty that of the caller's SHELL, or /bin/sh. */
char **command_or_shell(char **command);

/* Find the caller's working directory, unless there is a --chdir. Dies on failure. */
void command_find_directory(const char *dir);

/*
 * Go to the place of that directory inside, after all is mounted: never to one that a mount covers.
 * joined: this is the namespace of a running instance. Dies if it is another directory there.
 */
void command_enter_directory(
    bool joined, const struct locations *private, const struct locations *covered);

/* As the user, apply --no-new-privs and --chdir. Dies on failure. */
void command_prepare(bool no_new_privs, const struct locations *private);

/* Become the command. On failure, exits with 127 if it was not found, else with 126. */
_Noreturn void command_exec(char **command, const struct locations *private);
