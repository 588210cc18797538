/*
 * An instance is a mount namespace with private directories, and its processes. It is found by the
 * processes in /proc. No path is looked up in a namespace that may be another user's.
 */

#pragma once

#include "mounts.h"

/* The most private directories of one instance. */
#define DIRECTORIES_MAX 16

/* As root, whether our user namespace owns it; else, whether one that we have made does. */
bool instances_trust(int mount_namespace);

/* A private directory in a mount namespace. */
struct directory {
	const char *store;	/* "disk", "tmpfs", or for an existing directory "dir" */
	struct mountinfo mount; /* with the id of what is mounted on top */
};

/*
 * Read the private directories of a process, at most DIRECTORIES_MAX, from its mountinfo. Returns
 * their number. The texts last until the next call.
 */
size_t instances_read(int process, struct directory *directories);
