/* The environment of the command. */

#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stddef.h>

struct identity;
struct object;

/*
 * Make the environment from that of the caller: with HOME, USER, LOGNAME and SHELL of the identity,
 * if that is another user, and with TMPDIR, TMP, TEMP and TEMPDIR, where they lead to one of the
 * private directories or below, set to that directory. Prints as a step which other variables name
 * a path that is not there inside: below a private directory, and not exposed. The array and its
 * new texts live as long as the process. Dies if there is no memory.
 */
char **environment_make(const struct identity *identity, const struct object *directories,
    size_t count, const struct object *exposed, size_t exposed_count);

#endif
