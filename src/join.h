/* --join: a running instance to enter. */

#pragma once

#include <sys/types.h>

struct locations;

/*
 * Find the instance of the process, and fill *directories with its private directories. Dies if
 * there is none that we may enter.
 */
void join_find(pid_t pid, struct locations *directories);

/* Enter the instance and restore our root directory. Dies on failure. */
void join_enter(void);
