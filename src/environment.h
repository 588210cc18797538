/* What changes in the environment of the command. */

#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stddef.h>

struct identity;
struct object;

struct variable {
	const char *name;
	const char *value;
};

struct environment {
	struct variable variables[8];
	size_t count;
};

/* Add HOME, USER, LOGNAME and SHELL. The values stay those of *identity. */
void environment_add_identity(struct environment *environment, const struct identity *identity);

/* Add those of TMPDIR, TMP, TEMP and TEMPDIR that lead to one of the directories or below, with that directory as value. */
void environment_add_temporary(struct environment *environment, const struct object *directories, size_t count);

/* Tell which other variables lead to what will not be there: below one of the directories, and not exposed. */
void environment_tell_lost(const struct object *directories, size_t count, const struct object *exposed,
    size_t exposed_count);

/* Make the changes. Returns 0, or -1, which has been said. */
int environment_set(const struct environment *environment);

#endif
