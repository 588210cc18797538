/* What is going to happen. All names are looked up, and all conditions checked, before. */

#ifndef PLAN_H
#define PLAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cleaner.h"
#include "identity.h"
#include "instances.h"
#include "namespace.h"
#include "path.h"

struct options;

struct plan {
	struct identity identity;
	bool joining; /* enter a running instance, rather than make a namespace */
	struct join join;
	struct mount_table table;
	struct cleaner cleaner;	    /* no cells with --tmpfs */
	struct objects directories; /* that become private, as they are outside */
	struct objects exposed;	    /* that stay visible below these */
	char here[PATH_MAX]; /* the working directory of the caller; "" if it does not matter */
	const char *chdir;   /* where the command is to start, or NULL */
	bool terminal;	     /* there may be a terminal that the command must not type into */
	bool no_new_privs;
	char **environment;
	char **command;
	char *shell[2];	     /* the command if none was given */
	unsigned long flags; /* of the private directories, and the mode */
	mode_t mode;
	char size[32]; /* limits of each tmpfs */
	char inodes[32];
};

/* The directory that becomes private. */
#define TARGET "/tmp"

/*
 * Fill *plan, which is all zeros before, and keeps pointing into *options, into itself, and to
 * memory that lives as long as the process. Dies if something is missing or refused; nothing but
 * descriptors is left behind.
 */
void plan_make(const struct options *options, struct plan *plan);

/* Fill the parts of *plan that are about mounts and cells (table.c). Dies like plan_make(). */
void plan_mounts(const struct options *options, struct plan *plan);

#endif
