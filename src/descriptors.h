/* The descriptors that the command inherits from the caller. */

#pragma once

#include <stdbool.h>

/*
 * Open /dev/null as a closed 0, 1 or 2. Refuse a directory as 0, 1 or 2, and close others. other:
 * the command runs as another user; close masters of terminals above 2, too. Call this before
 * opening files. Dies on failure.
 */
void descriptors_check(bool other);

/* Whether is() holds for an inherited descriptor. */
bool descriptors_any(bool (*is)(int fd));

/*
 * Close all descriptors opened since descriptors_check(), but keep, which has to be close-on-exec.
 * The exec would be too late: -C, and the #! line of a script, can name them in /proc/self/fd. Dies
 * on failure.
 */
void descriptors_close_ours(int keep);

/*
 * In the cleaner, close all inherited descriptors. 0 to 2 become copies of fd, so that no file
 * opened later becomes standard error.
 */
void descriptors_close_inherited(int fd);
