/*
 * Who we are here: root, or an ordinary user who gets all capabilities in a user namespace of his
 * own. Nobody else is in the new namespaces, until the command runs.
 */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mounts.h"
#include "namespace.h"
#include "report.h"

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* The settings that can forbid an ordinary user a user namespace. */
static const struct {
	const char *path;
	char forbidding;
	const char *name;
} settings[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", '0',
	    "sysctl kernel.unprivileged_userns_clone" },
	{ "/proc/sys/user/max_user_namespaces", '0', "sysctl user.max_user_namespaces" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1',
	    "sysctl kernel.apparmor_restrict_unprivileged_userns" },
};

/* What may have forbidden it. Leaves errno, the reason, as it is. */
static const char *
find_forbidding_setting(void)
{
	int error = errno;
	const char *found = error == ENOSPC ? "sysctl user.max_user_namespaces"
					    : "the filter of a container, or a chroot";

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		int fd = open(settings[i].path, O_RDONLY | O_CLOEXEC);
		char first = '\0';
		ssize_t size = fd == -1 ? -1 : read(fd, &first, 1);

		if (fd != -1)
			(void)close(fd);
		if (size == 1 && first == settings[i].forbidding)
			found = settings[i].name;
	}
	errno = error;
	return found;
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = (ssize_t)strlen(text);

	if (fd == -1 || write(fd, text, (size_t)length) != length || close(fd) == -1)
		die("%s", path);
}

/* Give an ordinary user's process all capabilities, in a user namespace of its own. */
static void
enter_user_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[32];

	if (unshare(CLONE_NEWUSER) == -1)
		die("a user namespace, which is needed without root, is forbidden here; look at %s",
		    find_forbidding_setting());
	write_file("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
	verbose("entered a user namespace that maps uid %u and gid %u", uid, gid);
}

void
namespace_check(void)
{
	/* The newest system call that we need (5.12). */
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) == -1 && errno == ENOSYS)
		diex("Linux 5.12 or later is needed (mount_setattr), and no filter that hides it");
}

void
namespace_unshare(bool slave)
{
	struct facts outside, inside;
	int shared;

	if (geteuid() != 0)
		enter_user_namespace();
	if (mounts_stat(AT_FDCWD, "/", &outside) == -1)
		die("root directory");
	if (unshare(CLONE_NEWNS) == -1)
		die("unshare: a mount namespace%s",
		    errno == EPERM    ? " is forbidden here; look at the filter of a container, or "
					"kernel.apparmor_restrict_unprivileged_userns"
		    : errno == ENOSPC ? "; see sysctl user.max_mnt_namespaces"
				      : "");
	/* Verify it: otherwise we would change the mounts of the system. */
	if (mounts_stat(AT_FDCWD, "/", &inside) == -1)
		die("root directory");
	if (inside.id == outside.id)
		diex("unshare: claimed success, but the mounts are still those of the system");
	if (mount("none", "/", "none", MS_REC | (slave ? MS_SLAVE : MS_PRIVATE), NULL) == -1)
		die(errno == EINVAL ? "make the mounts private: the root directory is no mount "
				      "point (a chroot?)"
				    : "make the mounts private");
	shared = mounts_count_shared();
	if (shared == -1)
		die("make the mounts private: it cannot be verified; before Linux 6.8, or where a "
		    "filter forbids statmount, this needs /proc");
	if (shared > 0)
		diex("make the mounts private: claimed success, but some still propagate to the "
		     "rest of the system");
	verbose(
	    "unshared the mount namespace and made its mounts %s", slave ? "slaves" : "private");
}
