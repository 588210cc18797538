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

/* Set close-on-exec for all descriptors opened since descriptors_check(). */
void descriptors_set_cloexec(void);

/*
 * In the cleaner, close all inherited descriptors. 0 to 2 become copies of fd, so that no file
 * opened later becomes standard error.
 */
void descriptors_close(int fd);
