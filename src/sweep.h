/* --sweep: the cells whose cleaner was killed. */

#pragma once

#include <stdbool.h>

/*
 * Remove the dead cells in base, or, if it is NULL, in /tmp, /var/tmp and /dev/shm. Prints a line
 * for each cell that it removes or leaves. Returns false if a removal failed.
 */
bool sweep_run(const char *base);
