/*
 * All sources are opened before anything is mounted, since a target may cover the source of another row. What gets mounted
 * is a detached copy of the mount that the source is on; it gets its flags before it is put in its place. Its
 * descriptor is left to the exec to close.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount_facts.h"
#include "namespace.h"
#include "path.h"
#include "report.h"

/* The kernel's interface to detached mounts (5.12), which not every libc knows. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define TREE_CLONE 1U
#define TREE_CLOEXEC ((unsigned int)O_CLOEXEC)
#define TREE_RECURSIVE 0x8000U
#define FROM_EMPTY_PATH 0x4U

struct mount_attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns;
};

/* mount(2), mount_setattr(2) and statvfs(3) have the same numbers for what is in a row's flags. */
_Static_assert((int)MS_RDONLY == (int)ST_RDONLY && (int)MS_NOSUID == (int)ST_NOSUID &&
	(int)MS_NODEV == (int)ST_NODEV && (int)MS_NOEXEC == (int)ST_NOEXEC,
    "flags of mounts");

/* Where the kernel forbids what an ordinary user needs: which setting does. */
static const struct {
	const char *path;
	char forbidding;
	const char *name;
} settings[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", '0', "sysctl kernel.unprivileged_userns_clone" },
	{ "/proc/sys/user/max_user_namespaces", '0', "sysctl user.max_user_namespaces" },
	{ "/proc/sys/user/max_mnt_namespaces", '0', "sysctl user.max_mnt_namespaces" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1',
	    "sysctl kernel.apparmor_restrict_unprivileged_userns" },
};

static const char *
forbidding_setting(int error)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		int fd = open(settings[i].path, O_RDONLY | O_CLOEXEC);
		char first = '\0';
		ssize_t size = fd == -1 ? -1 : read(fd, &first, 1);

		if (fd != -1)
			(void)close(fd);
		if (size == 1 && first == settings[i].forbidding)
			return settings[i].name;
	}
	return error == ENOSPC ? "sysctl user.max_user_namespaces" : "the filter of a container, or a chroot";
}

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = (ssize_t)strlen(text);

	if (fd == -1 || write(fd, text, (size_t)length) != length || close(fd) == -1) {
		say_errno("%s", path);
		return -1;
	}
	return 0;
}

/* Have an ordinary user's process become as root in a user namespace of its own, so that the rest works. */
static int
enter_user_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char uid_map[32], gid_map[32];

	if (unshare(CLONE_NEWUSER) == -1) {
		int error = errno;
		const char *setting = forbidding_setting(error);

		errno = error;
		say_errno("a user namespace, which it takes without root, is forbidden here; look at %s", setting);
		return -1;
	}
	(void)snprintf(uid_map, sizeof(uid_map), "%u %u 1", uid, uid);
	(void)snprintf(gid_map, sizeof(gid_map), "%u %u 1", gid, gid);
	/* The kernel lets an ordinary user map a group only where that cannot be used to give up others. */
	if (write_file("/proc/self/setgroups", "deny") == -1 || write_file("/proc/self/uid_map", uid_map) == -1 ||
	    write_file("/proc/self/gid_map", gid_map) == -1)
		return -1;
	tell("entered a user namespace that maps uid %u and gid %u", uid, gid);
	return 0;
}

static int
unshare_mounts(unsigned long propagation)
{
	struct mount_facts outside, inside;

	if (mount_facts("/", &outside) == -1)
		return -1;
	if (unshare(CLONE_NEWNS) == -1) {
		say_errno(errno == EPERM ? "unshare: a mount namespace of its own, forbidden here (look at the filter of a "
					   "container, or kernel.apparmor_restrict_unprivileged_userns)"
					 : "unshare: a mount namespace of its own");
		return -1;
	}
	/* All that follows would happen to the whole system. */
	if (mount_facts("/", &inside) == -1)
		return -1;
	if (inside.mount == outside.mount) {
		say("unshare: claimed success, but the mounts are still those of the system");
		return -1;
	}
	if (mount("none", "/", "none", MS_REC | propagation, NULL) == -1) {
		say_errno(errno == EINVAL ? "make the mounts private: the root directory is no mount point (a chroot?)"
					  : "make the mounts private");
		return -1;
	}
	tell("unshared the mount namespace and made its mounts %s", propagation == MS_SLAVE ? "slaves" : "private");
	return 0;
}

/* What stands at the target now, and that mounting there does not reach the rest of the system. */
static int
look(const struct mount *row, unsigned long wanted, struct mount_facts *facts)
{
	unsigned long propagation;

	if (mount_facts(row->target, facts) == -1 || mount_propagation(row->target, facts, &propagation) == -1)
		return -1;
	if (wanted == MS_SLAVE ? (propagation & MS_SHARED) != 0 : propagation != MS_PRIVATE) {
		say("%s %s: the mount there is not cut off from the rest of the system", row->option, row->target);
		return -1;
	}
	return 0;
}

/* Returns a descriptor of the source as this namespace has it, or -1, which has been said. */
static int
open_source(const struct mount *row)
{
	/* By path, because only a path leads into this namespace. */
	int source = open(row->source->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (source == -1)
		say_errno("%s %s", row->option, row->source->path);
	return source;
}

/* A detached copy of the mount that the opened source is on, with the flags of the row. Returns a descriptor, or -1. */
static int
copy_mount(const struct mount *row)
{
	/* Private whatever the copied mount is: what happens inside the private directory is nobody's. */
	struct mount_attributes attributes = { .set = row->flags, .propagation = MS_PRIVATE };
	unsigned int recursive = row->makes_point ? TREE_RECURSIVE : 0;
	int tree;

	tree = (int)syscall(SYS_open_tree, row->opened, "", TREE_CLONE | TREE_CLOEXEC | AT_EMPTY_PATH | recursive);
	/* What the bare source leads to lacks the flags: -C must not find it in /proc. */
	if (tree == -1 || close(row->opened) == -1 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | recursive, &attributes, sizeof(attributes)) == -1) {
		say_errno("%s %s: copy of the mount", row->option, row->target);
		return -1;
	}
	return tree;
}

/*
 * Make the mount point of something that stays visible in a private directory, and the directories above it. Only we can
 * enter this namespace yet, so that no one can be in the way.
 */
static int
make_point(const char *target, bool directory)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s", target);
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = '\0';
		else if (!directory)
			break;
		/* The modes of what we make do not depend on the umask. */
		if (mkdir(path, 0755) == 0 ? chmod(path, 0755) == -1 : errno != EEXIST)
			return -1;
		if (slash == NULL)
			return 0;
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd == -1 ? -1 : close(fd);
}

static int
mount_source(const struct mount *row)
{
	struct mount_facts facts;
	struct stat st;
	int tree;

	if (fstat(row->opened, &st) == -1) {
		say_errno("%s %s", row->option, row->target);
		return -1;
	}
	/* What the path led to shows whether anyone interfered. */
	if (row->kind == MOUNT_TREE && (st.st_dev != row->source->dev || st.st_ino != row->source->ino)) {
		say("%s %s: is not what was there at the start", row->option, row->source->path);
		return -1;
	}
	if (row->makes_point && make_point(row->target, S_ISDIR(st.st_mode)) == -1) {
		say_errno("%s %s: mount point", row->option, row->target);
		return -1;
	}
	tree = copy_mount(row);
	if (tree == -1)
		return -1;
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, row->target, FROM_EMPTY_PATH) == -1) {
		say_errno("%s %s: mount", row->option, row->target);
		return -1;
	}
	if (look(row, MS_PRIVATE, &facts) == -1)
		return -1;
	if (facts.dev != st.st_dev || facts.ino != st.st_ino) {
		say("%s %s: mounting claimed success, but something else is there", row->option, row->target);
		return -1;
	}
	return 0;
}

/* The source is there only now, and what it is has just been verified. */
static int
mount_twin(const struct mount *row)
{
	struct mount again = *row;

	again.opened = open_source(row);
	return again.opened == -1 ? -1 : mount_source(&again);
}

static int
mount_tmpfs(const struct mount *row)
{
	struct mount_facts before, after;
	char data[128];

	(void)snprintf(data, sizeof(data), "uid=%u,gid=%u,mode=%o,%s", row->uid, row->gid, row->mode,
	    row->data);
	if (mount_facts(row->target, &before) == -1)
		return -1;
	if (mount((row->flags & MS_RDONLY) != 0 ? NAMESPACE_COVER : NAMESPACE_PRIVATE, row->target, "tmpfs", row->flags,
		data) == -1) {
		say_errno("%s %s: tmpfs with %s", row->option, row->target, data);
		return -1;
	}
	/* Into a slave the mount comes as a private one all the same: it has no peers. */
	if (look(row, MS_PRIVATE, &after) == -1)
		return -1;
	if (after.mount == before.mount || after.uid != row->uid || after.gid != row->gid ||
	    after.mode != (S_IFDIR | row->mode)) {
		say("%s %s: mounting claimed success, but it is not as asked for", row->option, row->target);
		return -1;
	}
	return 0;
}

/* All that is mounted there, one on the other. */
static int
unmount(const struct mount *row)
{
	struct mount_facts before, after;

	if (mount_facts(row->target, &after) == -1)
		return -1;
	do {
		before = after;
		/* With all that is mounted below it, and whoever may be using it: here it is ours alone. */
		if (umount2(row->target, MNT_DETACH | UMOUNT_NOFOLLOW) == -1) {
			say_errno(errno == EINVAL ? "%s %s: what root has mounted stays, without root" : "%s %s", row->option,
			    row->target);
			return -1;
		}
		if (mount_facts(row->target, &after) == -1)
			return -1;
		if (after.mount == before.mount) {
			say("%s %s: claimed success, but it is still there", row->option, row->target);
			return -1;
		}
	} while (after.root);
	return 0;
}

static const struct {
	int (*open)(const struct mount *row); /* NULL: nothing to open beforehand */
	int (*mount)(const struct mount *row);
	const char *done;
} kinds[] = {
	[MOUNT_TREE] = { open_source, mount_source, "mounted" },
	[MOUNT_TMPFS] = { NULL, mount_tmpfs, "mounted a tmpfs at" },
	[MOUNT_TWIN] = { NULL, mount_twin, "mounted once more, at" },
	[MOUNT_REMOVED] = { NULL, unmount, "unmounted" },
};

/* What holds for each mount that we have made: its flags, and the limits of a tmpfs, which shows none if it has none. */
static int
verify(const struct mount *row)
{
	struct statvfs st;

	if (statvfs(row->target, &st) == -1) {
		say_errno("%s %s", row->option, row->target);
		return -1;
	}
	if ((st.f_flag & row->flags) != row->flags || (row->kind == MOUNT_TMPFS && (st.f_blocks == 0 || st.f_files == 0))) {
		say("%s %s: mounting claimed success, but not all of its flags and limits hold", row->option, row->target);
		return -1;
	}
	return 0;
}

int
namespace_enter(struct namespace *namespace, int watch)
{
	struct mount *end = namespace->mounts + namespace->count;
	struct mount_facts facts;

	if (namespace->rootless && enter_user_namespace() == -1)
		return -1;
	if (unshare_mounts(namespace->propagation) == -1)
		return -1;
	for (struct mount *row = namespace->mounts; row < end; row++) {
		/* What the sentinel gets covered with at once is looked at for that. */
		if (!row->makes_point && !row->watched && look(row, namespace->propagation, &facts) == -1)
			return -1;
		if (kinds[row->kind].open != NULL && (row->opened = kinds[row->kind].open(row)) == -1)
			return -1;
	}
	for (const struct mount *row = namespace->mounts; row < end; row++) {
		if (kinds[row->kind].mount(row) == -1 || verify(row) == -1)
			return -1;
		/* By path: a descriptor of it would keep it, and with it the namespace, alive. */
		if (row->watched && inotify_add_watch(watch, row->target, IN_UNMOUNT | IN_ONLYDIR) == -1) {
			say_errno("%s %s: watch", row->option, row->target);
			return -1;
		}
		tell("%s %s (%s)", kinds[row->kind].done, row->target, row->option);
	}
	if (namespace->start != NULL && chdir(namespace->start) == -1) {
		say_errno("working directory %s", namespace->start);
		return -1;
	}
	return 0;
}
