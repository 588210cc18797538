/* The environment of the command. */

#pragma once

struct identity;
struct locations;

/*
 * Change our environment, which the command inherits. For another user, set HOME, USER, LOGNAME and
 * SHELL. If TMPDIR, TMP, TEMP or TEMPDIR leads into a private directory, set it to that directory.
 * With --verbose, print the variables that name something private which is not exposed. Call this
 * outside: it resolves symbolic links. Dies if there is no memory.
 */
void environment_set(const struct identity *identity, const struct locations *private,
    const struct locations *exposed);
