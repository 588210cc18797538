/* What is going to happen, all names looked up and all conditions checked, while nothing has happened yet. */

#ifndef PLAN_H
#define PLAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cleaner.h"
#include "environment.h"
#include "identity.h"
#include "join.h"
#include "namespace.h"
#include "path.h"

struct options;

struct plan {
	struct identity identity;
	uid_t owner;  /* who privtmp runs as, and whose all is that it makes */
	bool joining; /* an instance that is there already, rather than making a namespace */
	struct join join;
	struct namespace namespace;
	struct charge charge; /* no cells with --tmpfs: then there is nothing to clean */
	struct object directories[CELLS_MAX]; /* that become private, as they are outside */
	size_t directory_count;
	struct object exposed[CELLS_MAX]; /* that stay visible below these */
	size_t exposed_count;
	const char *chdir; /* where the command has been asked to start, or NULL */
	struct environment environment;
	bool no_new_privs;
	char **command;
	char *shell[2];	 /* the command when none was given */
	char limits[64]; /* of each tmpfs */
	char here[PATH_MAX]; /* where the caller stands */
};

/*
 * Fill *plan, which is all zeros before, and keeps pointing into *options, into itself, and to memory that lives as long
 * as the process. Returns 0, or -1, which has been said; nothing but descriptors, which are closed on exec, is left behind
 * either way.
 */
int plan_make(const struct options *options, struct plan *plan);

#endif
