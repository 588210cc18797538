/*
 * Entering a running instance. Trust nothing that a process inside can change: namespaces, their
 * owners and the mounts come from the kernel, and each private directory is verified after the
 * entry. A pidfd guards against reuse of the pid.
 */

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "instances.h"
#include "join.h"
#include "path.h"
#include "report.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* The instance. */
static struct {
	pid_t pid;
	int user_namespace;
	int mount_namespace;
	int root; /* the root directory of its process */
	struct directory privates[DIRECTORIES_MAX];
	size_t count;
} join;

/* Whether path below dir, or dir itself if path is "", is the same file as link. */
static bool
is_same(int dir, const char *path, const char *link)
{
	struct stat theirs, ours;

	return fstatat(dir, path, &theirs, AT_EMPTY_PATH) == 0 && stat(link, &ours) == 0 &&
	       theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/* Die because of errno. process is its directory in /proc, or -1. */
_Noreturn static void
die_of_access(int process)
{
	int error = errno;
	struct stat st;

	if (error == ESRCH || error == ENOENT)
		diex("--join=%d: no such process in /proc, or its main thread has ended", join.pid);
	if (error != EACCES && error != EPERM)
		die("--join=%d", join.pid);
	if (geteuid() != 0 && (fstat(process, &st) == -1 || st.st_uid != geteuid()))
		diex("--join=%d: is in no instance of yours; to join one of root's takes root",
		    join.pid);
	if (geteuid() == 0 && (identity_capabilities() >> CAP_SYS_PTRACE & 1) == 0)
		diex("--join=%d: needs CAP_SYS_PTRACE, which root does not have here", join.pid);
	diex("--join=%d: access to it is denied: by a security module (AppArmor, SELinux, "
	     "Landlock), or since it belongs to an outer user namespace",
	    join.pid);
}

/* Return NULL if the process's instance may be entered, else the reason. */
static const char *
refuse(int process)
{
	if (!is_same(process, "ns/pid", "/proc/self/ns/pid"))
		return "it is in another pid namespace; join from inside that container";
	/* Not ns/mnt: the process may have moved to another one meanwhile. */
	if (is_same(join.mount_namespace, "", "/proc/self/ns/mnt"))
		return "it is in no instance, or its instance is still starting";
	if (!instances_trust(join.mount_namespace))
		return geteuid() == 0
			   ? "its mount namespace belongs to another user namespace: no instance "
			     "of root's"
			   : "it is in no instance of yours; to join one of root's takes root";
	if (is_same(process, "exe", "/proc/self/exe"))
		return "its instance is still starting; try again";
	return is_same(process, "root", "/") ? NULL : "its root directory is not ours";
}

void
join_find(pid_t pid, struct locations *directories)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), process;
	const char *why;
	char path[32];

	join.pid = pid;
	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	process = pidfd == -1 ? -1 : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process == -1)
		die_of_access(process);
	join.mount_namespace = openat(process, "ns/mnt", O_RDONLY | O_CLOEXEC);
	join.user_namespace = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
	if (join.mount_namespace == -1 || join.user_namespace == -1)
		die_of_access(process);
	join.root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	why = refuse(process);
	/* Read the mounts only after the check of exe: once it is the command, all are there. */
	if (why == NULL && (join.count = instances_read(process, join.privates)) == 0)
		why = "it is in no instance of privtmp";
	if (why != NULL)
		diex("--join=%d: %s", join.pid, why);
	/* If the process still exists, its pid was not reused meanwhile. */
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == -1 && errno != EPERM)
		diex("--join=%d: the process has just ended", join.pid);
	(void)close(process);
	(void)close(pidfd);
	for (size_t i = 0; i < join.count; i++)
		directories->items[directories->count++].path = join.privates[i].mount.point;
}

/* setns has changed the root directory to the namespace's. Go back to the caller's chroot. */
static void
restore_root(const struct facts *outside)
{
	struct facts inside;

	if (mounts_stat(AT_FDCWD, "/", &inside) == -1)
		die("--join=%d: root directory", join.pid);
	if (inside.id == outside->id)
		diex("--join=%d: setns claimed success, but we are where we were", join.pid);
	if (inside.dev == outside->dev && inside.ino == outside->ino)
		return;
	if (fchdir(join.root) == -1 || chroot(".") == -1 ||
	    mounts_stat(AT_FDCWD, "/", &inside) == -1)
		die("--join=%d: root directory", join.pid);
	if (inside.dev != outside->dev || inside.ino != outside->ino)
		diex("--join=%d: its root directory is not ours", join.pid);
}

/* Verify that the mount is the one in mountinfo, and that root or we own the directory. */
static void
verify(const struct mountinfo *private)
{
	struct place place;

	if (!path_walk(private->point, &place))
		diex("--join=%d: %s: %s", join.pid, private->point, place.why);
	if (place.at.id != private->id)
		diex("--join=%d: %s: is not the private directory that is mounted there", join.pid,
		    private->point);
	if (!path_owner_is_root(place.at.uid) && place.at.uid != geteuid())
		diex(
		    "--join=%d: %s: the private directory is not root's", join.pid, private->point);
	(void)close(place.fd);
}

void
join_enter(void)
{
	struct facts root;

	if (mounts_stat(AT_FDCWD, "/", &root) == -1)
		die("--join=%d", join.pid);
	/* A name service module may have left a thread: setns refuses if it shares our root. */
	if ((geteuid() != 0 && setns(join.user_namespace, CLONE_NEWUSER) == -1) ||
	    unshare(CLONE_FS) == -1 || setns(join.mount_namespace, CLONE_NEWNS) == -1)
		die("--join=%d: setns", join.pid);
	restore_root(&root);
	for (size_t i = 0; i < join.count; i++)
		verify(&join.privates[i].mount);
	verbose("entered the mount namespace of process %d", join.pid);
}
