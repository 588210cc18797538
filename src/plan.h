/* The plan: look up all names and check all conditions before changing anything. */

#ifndef PLAN_H
#define PLAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cleaner.h"
#include "identity.h"
#include "join.h"
#include "namespace.h"
#include "path.h"

struct options;

struct plan {
	struct identity identity;
	bool joining; /* enter a running instance, rather than make a namespace */
	struct join join;
	struct mount_table table;
	struct cleaner cleaner;	      /* no cells with --tmpfs */
	struct locations directories; /* the private ones, as they are outside */
	struct locations exposed;     /* paths in them that stay visible */
	char here[PATH_MAX]; /* the caller's working directory; "" if removed, or with --chdir */
	const char *chdir;   /* where the command is to start, or NULL */
	bool terminal;	     /* the command may have a terminal: refuse TIOCSTI */
	bool no_new_privs;
	char **command;
	char *shell[2];	     /* the command if none was given */
	unsigned long flags; /* mount flags of the private directories */
	mode_t mode;
	char size[32]; /* limits of each tmpfs */
	char inodes[32];
};

/* This directory always becomes private. */
#define TARGET "/tmp"

/*
 * Fill *plan, which must be all zeros. It points into *options, into itself, and to memory that is
 * never freed. Changes nothing, but opens descriptors. Dies if something is missing or refused.
 */
void plan_make(const struct options *options, struct plan *plan);

/* Fill the parts of *plan that are about mounts and cells (table.c). Dies like plan_make(). */
void plan_mounts(const struct options *options, struct plan *plan);

#endif
