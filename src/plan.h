/* What is going to happen, all names looked up and all conditions checked, while nothing has happened yet. */

#ifndef PLAN_H
#define PLAN_H

/* Needs identity.h and cell.h before it. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct options;

struct variable {
	const char *name;
	const char *value;
};

#define VARIABLES_MAX 8

struct plan {
	bool drop; /* become identity; else the command runs as who we are */
	struct identity identity;
	struct cell cells[CELLS_MAX];
	size_t cell_count;
	bool keep;
	const char *start; /* where the command starts when the caller's directory is covered; else NULL */
	const char *chdir; /* where it has been asked to start, or NULL */
	struct variable environment[VARIABLES_MAX]; /* what changes in the environment */
	size_t variable_count;
	char **command;
	char *shell[2];	     /* the command when none was given */
	char base[PATH_MAX]; /* texts that the above point to */
};

/*
 * Fill *plan, which keeps pointing into *options and into itself. Returns 0, or -1, which has been said; nothing but
 * descriptors, which are closed on exec, is left behind either way.
 */
int plan_make(const struct options *options, struct plan *plan);

#endif
