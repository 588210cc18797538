/* What is going to happen, all names looked up and all conditions checked, while nothing has happened yet. */

#ifndef PLAN_H
#define PLAN_H

/* Needs path.h, cell.h, environment.h, identity.h, join.h and namespace.h before it. */

#include <stdbool.h>
#include <stddef.h>

struct options;

#define MOUNTS_MAX 64

struct plan {
	bool drop; /* become identity; else the command runs as who we are */
	struct identity identity;
	bool rootless; /* an ordinary user: it takes a user namespace */
	bool joining;  /* an instance that is there already; then there are no mounts and no cells */
	struct join join;
	struct object directories[CELLS_MAX]; /* that become private, as they are outside */
	size_t directory_count;
	struct object exposed[CELLS_MAX]; /* that stay visible below these */
	size_t exposed_count;
	struct cell cells[CELLS_MAX]; /* none with --tmpfs: then there is nothing to clean */
	size_t cell_count;
	bool keep;
	struct mount mounts[MOUNTS_MAX]; /* in the order in which they are made */
	size_t mount_count;
	unsigned long propagation;
	char *here;	   /* where the caller stands, or NULL when that has no path */
	const char *start; /* where the command starts when the caller's directory is covered; else NULL */
	const char *chdir; /* where it has been asked to start, or NULL */
	struct environment environment;
	bool no_new_privs;
	char **command;
	char *shell[2];	 /* the command when none was given */
	char limits[64]; /* of each tmpfs */
};

/*
 * Fill *plan, which is all zeros before, and keeps pointing into *options, into itself, and to memory that lives as long as the process. Returns 0,
 * or -1, which has been said; nothing but descriptors, which are closed on exec, is left behind either way.
 */
int plan_make(const struct options *options, struct plan *plan);

#endif
