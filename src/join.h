/* The way into a running instance. Nothing that is readable inside is believed: only what the kernel says of it. */

#ifndef JOIN_H
#define JOIN_H

#include <stddef.h>
#include <sys/types.h>

struct object;

struct join {
	pid_t pid;
	int user_namespace; /* for ordinary users, whose instances have one of their own; else -1 */
	int mount_namespace;
	const char *here;  /* the working directory, which is to be the same inside, ... */
	const char *start; /* ... or this one, where it is not NULL; the root directory where both are NULL */
};

/*
 * Find the instance that the process belongs to, and its private directories, at most room of them, with paths that live
 * as long as the process. Returns 0, or -1 when it is none that we may enter, which has been said.
 */
int join_find(pid_t pid, struct join *join, struct object *directories, size_t room, size_t *count);

/* Enter it. Returns 0, or -1, which has been said. */
int join_enter(const struct join *join);

#endif
