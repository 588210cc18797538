/* The descriptors that the command inherits. */

#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/*
 * Open /dev/null as a closed 0, 1 or 2. A directory could lead out of the private one: refuse it
 * as 0, 1 or 2, else close it. Call this before opening files. Dies on failure.
 */
void descriptors_check(void);

/* Set close-on-exec for all descriptors opened since descriptors_check(). */
void descriptors_set_cloexec(void);

/*
 * In the cleaner, close all descriptors that the caller has left open. 0 to 2 become copies of fd,
 * so that no file opened later becomes standard error.
 */
void descriptors_close(int fd);

#endif
