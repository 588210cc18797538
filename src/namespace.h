/* The mount namespace of the command, and for an ordinary user the user namespace that it takes. */

#pragma once

#include <stdbool.h>

/* Die if the kernel is too old. Call this before all that would fail for that reason. */
void namespace_check(void);

/*
 * Move this process into a new mount namespace, whose mounts do not propagate to the rest of the
 * system. slave: mounts of the rest of the system still arrive. Dies on failure.
 */
void namespace_unshare(bool slave);
