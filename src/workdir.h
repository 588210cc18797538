/* The working directory of the command: never one that a mount covers. */

#ifndef WORKDIR_H
#define WORKDIR_H

#include <limits.h>

#include "path.h"

struct workdir {
	const char *chdir; /* --chdir, or NULL */
	/* That of the caller, or the last part above it that a path can name. "" if unreachable. */
	char here[PATH_MAX];
	bool whole;	 /* whether here is all of it */
	struct facts at; /* of the directory */
};

/* Find the caller's working directory, unless there is a --chdir. Dies on failure. */
void workdir_find(const char *chdir, struct workdir *workdir);

/*
 * Go to the place of the caller's working directory inside, after all is mounted. joined: this is
 * the namespace of a running instance. Dies if it is another directory there.
 */
void workdir_enter(const struct workdir *workdir, bool joined, const struct locations *private,
    const struct locations *covered);

#endif
