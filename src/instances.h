/*
 * An instance is a mount namespace with private directories, and its processes. It is found by the
 * processes in /proc. No path is looked up in a namespace that may be another user's.
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

struct objects;

/* A process (processes.c). */
struct process {
	pid_t pid;
	int dir;	    /* its directory in /proc */
	uint64_t namespace; /* the inode of its mount namespace */
};

/*
 * Open the process of that id in /proc, and fill *process. Returns false with errno set if its
 * mount namespace cannot be read. In both cases the caller closes process->dir if it is not -1.
 */
bool instances_open(int directory, const char *id, struct process *process);

typedef void visitor(const struct process *process, void *context);

/*
 * Call visit for each process whose mount namespace we can read. Returns 0 if all processes that
 * could use our private directories were visited, or else an errno: EACCES if only permissions are
 * missing.
 */
int instances_visit(visitor *visit, void *context);

/* As root, whether our user namespace owns it; else, whether one that we have made does. */
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
	char root[PATH_MAX]; /* field of mountinfo; ends in /privtmp.XXXXXX/tmp if on disk */
	dev_t dev;
	uint64_t mount; /* the mount id, in mountinfo, of the topmost mount */
};

/*
 * Read the private directories of a process, at most OBJECTS_MAX, from its mountinfo. Returns their
 * number. quick: skip lines without "privtmp", and so other mounts on top.
 */
size_t instances_read(int process, bool quick, struct directory *directories);

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
 * Find the instance of the process, and fill *directories with its private directories. Dies if
 * there is none that we may enter.
 */
void join_find(pid_t pid, struct join *join, struct objects *directories);

/*
 * Enter the instance and restore our root directory. Go to start, or, if it is NULL, to here, which
 * must be the same directory inside. Dies on failure.
 */
void join_enter(const struct join *join, const char *here, const char *start);

#endif
