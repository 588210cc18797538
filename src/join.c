#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "instances.h"
#include "join.h"
#include "mount_facts.h"
#include "path.h"
#include "report.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

/* Requests to the descriptor of a namespace (linux/nsfs.h): the user namespace that owns it, and the user of that. */
#define NAMESPACE_OWNER _IO(0xb7, 1)
#define NAMESPACE_OWNER_UID _IO(0xb7, 4)

#define NOT_YOURS "it is in no instance of yours; to join one of root's takes root"

/* More directories than an instance can have. */
#define POINTS 16

struct search {
	uint64_t namespace;
	struct object *directories;
	size_t room;
	size_t count;
};

static int
see(const struct sighting *sighting, void *context)
{
	static char points[POINTS][PATH_MAX];
	struct search *search = context;

	if (sighting->namespace != search->namespace || search->count == search->room || search->count == POINTS)
		return 0;
	(void)snprintf(points[search->count], PATH_MAX, "%s", sighting->point);
	search->directories[search->count].path = points[search->count];
	search->count++;
	return 0;
}

static int
open_namespace(pid_t pid, const char *name)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Whether both descriptors are of one namespace. */
static bool
same(int a, int b)
{
	struct stat of_a, of_b;

	return a != -1 && b != -1 && fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
	    of_a.st_ino == of_b.st_ino;
}

/*
 * Whoever owns the user namespace decides what is in the mount namespace. As root, that has to be the one we are in. An
 * ordinary user's instances have one of their own, which has to be of that user's making.
 */
static int
check_owner(struct join *join)
{
	int ours = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC), owner = ioctl(join->mount_namespace, NAMESPACE_OWNER);
	bool trusted;
	uid_t uid;

	if (geteuid() == 0) {
		trusted = same(ours, owner);
	} else {
		join->user_namespace = open_namespace(join->pid, "user");
		trusted = same(join->user_namespace, owner) && !same(ours, owner) &&
		    ioctl(owner, NAMESPACE_OWNER_UID, &uid) == 0 && uid == geteuid();
	}
	if (ours != -1)
		(void)close(ours);
	if (owner != -1)
		(void)close(owner);
	if (trusted)
		return 0;
	say("--join=%d: %s", (int)join->pid,
	    geteuid() == 0 ? "its mount namespace belongs to another user namespace: no instance of root's"
			   : NOT_YOURS);
	return -1;
}

int
join_find(pid_t pid, struct join *join, struct object *directories, size_t room, size_t *count)
{
	struct search search = { .directories = directories, .room = room };
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), ours;
	struct stat st;
	bool complete, own;

	*join = (struct join){ .pid = pid, .user_namespace = -1, .mount_namespace = -1 };
	if (pidfd != -1)
		join->mount_namespace = open_namespace(pid, "mnt");
	if (join->mount_namespace == -1 || fstat(join->mount_namespace, &st) == -1) {
		if (errno == ESRCH || errno == ENOENT)
			say("--join=%d: no such process", (int)pid);
		else if (errno == EACCES && geteuid() != 0)
			say("--join=%d: " NOT_YOURS, (int)pid);
		else
			say_errno("--join=%d", (int)pid);
		return -1;
	}
	ours = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	own = same(ours, join->mount_namespace);
	if (ours != -1)
		(void)close(ours);
	if (own) {
		say("--join=%d: is in no other mount namespace than we are", (int)pid);
		return -1;
	}
	if (check_owner(join) == -1)
		return -1;
	search.namespace = st.st_ino;
	if (instances_look(see, &search, &complete) == -1)
		return -1;
	if (search.count == 0) {
		say("--join=%d: is in no instance of privtmp", (int)pid);
		return -1;
	}
	/* As long as the process has not ended, no other has had its number: what was opened by it is its own. */
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == -1 && errno != EPERM) {
		say("--join=%d: the process has just ended", (int)pid);
		return -1;
	}
	(void)close(pidfd);
	*count = search.count;
	return 0;
}

/* Go to where we stood outside, if that is the same directory inside. */
static int
go_back(const char *here, const struct mount_facts *outside)
{
	struct mount_facts inside;

	if (chdir(here) == -1) {
		say_errno("working directory %s, inside; use --chdir", here);
		return -1;
	}
	if (mount_facts(".", &inside) == -1)
		return -1;
	if (inside.dev != outside->dev || inside.ino != outside->ino) {
		say("working directory %s: is another one inside; use --chdir", here);
		return -1;
	}
	return 0;
}

int
join_enter(const struct join *join)
{
	struct mount_facts stood, outside, inside;

	if (mount_facts("/", &outside) == -1 || mount_facts(".", &stood) == -1)
		return -1;
	if ((join->user_namespace != -1 && setns(join->user_namespace, CLONE_NEWUSER) == -1) ||
	    setns(join->mount_namespace, CLONE_NEWNS) == -1) {
		say_errno("--join=%d: setns", (int)join->pid);
		return -1;
	}
	if (mount_facts("/", &inside) == -1)
		return -1;
	if (inside.mount == outside.mount) {
		say("--join=%d: setns claimed success, but we are where we were", (int)join->pid);
		return -1;
	}
	tell("entered the mount namespace of process %d", (int)join->pid);
	if (join->start == NULL)
		return join->here != NULL ? go_back(join->here, &stood) : 0;
	if (chdir(join->start) == -1) {
		say_errno("working directory %s, inside", join->start);
		return -1;
	}
	return 0;
}
