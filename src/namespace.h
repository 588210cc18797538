/* The mount namespace of the command: what is mounted where, and that it really is. */

#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <stddef.h>

struct cell;

/*
 * Move this process into a mount namespace of its own, private towards the rest of the system, and mount the room of each
 * cell over its target with nosuid, nodev and noexec; verify all of it. watch is an inotify descriptor that will see
 * IN_UNMOUNT when the namespace, and all derived from it, have ended; or -1.
 * The working directory is the same afterwards, or start where that is not NULL: the caller stood below a target.
 * Returns 0, or -1, which has been said; then this process must not go on to run anything.
 */
int namespace_enter(const struct cell *cells, size_t count, int watch, const char *start);

#endif
