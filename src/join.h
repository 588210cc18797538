/* --join: a running instance to enter. */

#ifndef JOIN_H
#define JOIN_H

#include <stddef.h>
#include <sys/types.h>

struct directory;
struct locations;

struct join {
	pid_t pid;
	int user_namespace; /* for an ordinary user; else -1 */
	int mount_namespace;
	int root; /* the root directory of its process */
	struct directory *privates;
	size_t count;
};

/*
 * Find the instance of the process, and fill *directories with its private directories. Dies if
 * there is none that we may enter.
 */
void join_find(pid_t pid, struct join *join, struct locations *directories);

/* Enter the instance and restore our root directory. Dies on failure. */
void join_enter(const struct join *join);

#endif
