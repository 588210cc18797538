/*
 * Running instances: the processes in /proc, their mount namespaces, and the private directories
 * that they have mounted. No path is looked up in a namespace that may be another user's.
 */

#ifndef INSTANCES_H
#define INSTANCES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The sources that tmpfs mounts of privtmp show in mountinfo. */
#define SOURCE_PRIVATE "privtmp"
#define SOURCE_SENTINEL "privtmp-sentinel"
#define SOURCE_COVER "privtmp-cover"

struct cell;
struct objects;

/* A process, or one of its threads (processes.c). */
struct process {
	pid_t pid;	    /* of the process */
	pid_t id;	    /* of the thread */
	int dir;	    /* its directory in /proc */
	uint64_t namespace; /* the inode of its mount namespace */
};

/*
 * Open the process or thread of that id in /proc or a task directory; pid is left to the caller.
 * Returns whether its mount namespace could be told; if not, errno is set. Either way the caller
 * closes dir where it is not -1.
 */
bool instances_open(int directory, const char *id, struct process *process);

typedef void visitor(const struct process *process, void *context);

/*
 * Call visit for each process, and each thread in another mount namespace than its process, whose
 * mount namespace we may know. Returns 0 if these are all that could have one of our private
 * directories, or else an errno: EACCES if nothing but the rights to see them was missing.
 */
int instances_visit(visitor *visit, void *context);

/* Whether that mount namespace is one of root's, or, without root, of our own making. */
bool instances_trust(int mount_namespace);

enum store {
	STORE_DIR, /* an existing directory */
	STORE_DISK,
	STORE_TMPFS,
};

/* A private directory in a mount namespace. */
struct directory {
	enum store store;
	char point[PATH_MAX];
	char root[PATH_MAX]; /* of the mount in its file system; ends in CELL/tmp if on disk */
	dev_t dev;
	uint64_t mount; /* the number of the mount on top, as mountinfo shows it */
};

/*
 * Read the private directories of a process, at most OBJECTS_MAX, from its mountinfo. Returns their
 * number. quick: leave out mounts on top, and do not look at each line.
 */
size_t instances_read(int process, bool quick, struct directory *privates);

/* The private directory of a cell, as mountinfo of any namespace shows it. */
struct location {
	dev_t dev;
	char *root;
	pid_t pid; /* a process that has it mounted, or 0 */
};

/* Fill *location. Returns whether it could be told; if not, errno is set. The caller frees root. */
bool instances_locate(const struct cell *cell, struct location *location);

/*
 * Sort the locations, and find the processes that have them, or something below them, mounted.
 * Returns as instances_visit() does.
 */
int instances_find(struct location *locations, size_t count);

/* Print the live instances (list.c). Dies on failure. */
void instances_list(void);

/* An instance to enter (join.c). */
struct join {
	pid_t pid;
	int user_namespace; /* for an ordinary user; else -1 */
	int mount_namespace;
	int root; /* the root directory of its process */
	struct directory *privates;
	size_t count;
};

/*
 * Find the instance that the process belongs to, and its private directories. Dies if it is none
 * that we may enter.
 */
void join_find(pid_t pid, struct join *join, struct objects *directories);

/*
 * Enter it, keep the root directory, and go to start if it is not NULL, else to the directory where
 * we stood if it is the same inside. Dies on failure.
 */
void join_enter(const struct join *join, const char *here, const char *start);

#endif
