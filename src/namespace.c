/*
 * First make the detached mounts of all rows: a target may cover the source of another row. Then
 * attach each to its target, and verify it there. Targets are opened inside the namespace,
 * component by component (path.c).
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cell.h"
#include "namespace.h"
#include "report.h"

/* MOVE_MOUNT_F_EMPTY_PATH and MOVE_MOUNT_T_EMPTY_PATH (linux/mount.h). */
#define MOVE_EMPTY_PATHS 0x44U

/* The flags of a row are those of mount(2), which mount_setattr(2) and statvfs(3) share. */
_Static_assert((int)MS_RDONLY == (int)ST_RDONLY && (int)MS_NOSUID == (int)ST_NOSUID &&
		   (int)MS_NODEV == (int)ST_NODEV && (int)MS_NOEXEC == (int)ST_NOEXEC,
    "flags of mounts");

/* The settings that can forbid an ordinary user a user namespace. */
static const struct {
	const char *path;
	char forbidding;
	const char *name;
} settings[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", '0',
	    "sysctl kernel.unprivileged_userns_clone" },
	{ "/proc/sys/user/max_user_namespaces", '0', "sysctl user.max_user_namespaces" },
	{ "/proc/sys/user/max_mnt_namespaces", '0', "sysctl user.max_mnt_namespaces" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1',
	    "sysctl kernel.apparmor_restrict_unprivileged_userns" },
};

static const char *
find_forbidding_setting(int error)
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
	return error == ENOSPC ? "sysctl user.max_user_namespaces"
			       : "the filter of a container, or a chroot";
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

	if (unshare(CLONE_NEWUSER) == -1) {
		int error = errno;
		const char *setting = find_forbidding_setting(error);

		errno = error;
		die("a user namespace, which is needed without root, is forbidden here; look at %s",
		    setting);
	}
	write_file("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
	verbose("entered a user namespace that maps uid %u and gid %u", uid, gid);
}

/* Make the sentinel first: launch_record() needs its device and inodes. */
static void
make_sentinel(struct mount_table *table)
{
	struct mount *row = &table->rows[0];
	struct statvfs fs;
	struct stat st;

	row->tree = detached_tmpfs(row);
	if (fstat(row->tree, &st) == -1 || fstatvfs(row->tree, &fs) == -1)
		row_die(row, "stat");
	table->sentinel = st.st_dev;
	table->sentinel_inodes = fs.f_ffree;
}

void
namespace_unshare(struct mount_table *table)
{
	struct facts outside, inside;

	if (table->rootless)
		enter_user_namespace();
	if (mounts_stat(AT_FDCWD, "/", &outside) == -1)
		die("root directory");
	if (unshare(CLONE_NEWNS) == -1)
		die(errno == EPERM ? "unshare: a mount namespace is forbidden here; look at the "
				     "filter of a container, or "
				     "kernel.apparmor_restrict_unprivileged_userns"
				   : "unshare: a mount namespace");
	/* Verify it: otherwise we would change the mounts of the system. */
	if (mounts_stat(AT_FDCWD, "/", &inside) == -1)
		die("root directory");
	if (inside.id == outside.id)
		diex("unshare: claimed success, but the mounts are still those of the system");
	if (mount("none", "/", "none", MS_REC | table->propagation, NULL) == -1)
		die(errno == EINVAL ? "make the mounts private: the root directory is no mount "
				      "point (a chroot?)"
				    : "make the mounts private");
	if (table->rows[0].watched)
		make_sentinel(table);
	verbose("unshared the mount namespace and made its mounts %s",
	    table->propagation == MS_SLAVE ? "slaves" : "private");
}

static int
make_nothing(struct mount *row)
{
	(void)row;
	return -1;
}

/*
 * Make the mount point of an exposed path, and the directories above it, in the private directory.
 * Nobody can interfere: no other process is in this namespace yet.
 */
static void
make_point(const struct mount *row)
{
	const char *rest = path_within(row->target, row->private);
	mode_t mask = umask(0);
	struct place place;
	struct stat st;
	char name[NAME_MAX + 1];
	int dir, next;

	row_walk(row, row->private, row->private, &place);
	dir = place.fd;
	if (fstat(row->tree, &st) == -1)
		row_die(row, "source");
	while (*rest != '\0') {
		bool file;

		rest += strspn(rest, "/");
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(rest, "/"), rest);
		rest += strlen(name);
		file = *rest == '\0' && !S_ISDIR(st.st_mode);
		if (!file && mkdirat(dir, name, 0755) == -1 && errno != EEXIST)
			row_die(row, "mount point");
		next = openat(dir, name,
		    file ? O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
			 : O_PATH | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		if (next == -1 || close(dir) == -1)
			row_die(row, "mount point");
		dir = next;
	}
	(void)close(dir);
	(void)umask(mask);
}

static void
open_target(const struct mount *row, struct place *place)
{
	/* In the new private directory, accept any owner and mode: nobody else uses it yet. */
	row_walk(row, row->target, row->kind == MOUNT_EXPOSED ? row->target : NULL, place);
}

static unsigned long
find_propagation(const struct mount *row, const struct place *place)
{
	unsigned long propagation;

	if (mount_propagation(place->fd, &place->at, &propagation) == -1)
		row_die(row, "its propagation cannot be told; without statmount (before Linux "
			     "6.8, or a filter forbids it) this needs /proc/self/mountinfo");
	return propagation;
}

/* Verify that the mount is there, private and with its flags. */
static void
verify(const struct mount *row, uint64_t before)
{
	const struct facts *at;
	struct place place;
	struct statvfs fs;
	bool tmpfs = row->kind == MOUNT_TMPFS;

	open_target(row, &place);
	at = &place.at;
	if (at->id == before || !at->root)
		row_diex(row, "mounting claimed success, but nothing is mounted there");
	if (find_propagation(row, &place) != MS_PRIVATE)
		row_diex(row, "the mount is not private");
	if (tmpfs ? at->uid != row->uid || at->gid != row->gid || at->mode != (S_IFDIR | row->mode)
		  : at->dev != row->source.dev || at->ino != row->source.ino)
		row_diex(row, "mounting claimed success, but something else is there");
	if (fstatvfs(place.fd, &fs) == -1)
		row_die(row, "statvfs");
	/* Without a limit, tmpfs reports 0. */
	if ((fs.f_flag & row->flags) != row->flags ||
	    (tmpfs && (fs.f_blocks == 0 || fs.f_files == 0)))
		row_diex(row, "mounting claimed success, but not all flags and limits hold");
	(void)close(place.fd);
}

static void
attach(struct mount_table *table, struct mount *row)
{
	struct place target;
	unsigned long propagation;

	if (row->kind == MOUNT_EXPOSED)
		make_point(row);
	if (row->kind == MOUNT_AGAIN)
		row->tree = detached_copy(row);
	open_target(row, &target);
	propagation = find_propagation(row, &target);
	if (table->propagation == MS_SLAVE ? (propagation & MS_SHARED) != 0
					   : propagation != MS_PRIVATE)
		row_diex(row, "the mount there still propagates to the rest of the system");
	if (syscall(SYS_move_mount, row->tree, "", target.fd, "", MOVE_EMPTY_PATHS) == -1)
		row_die(row, "mount");
	/* An open descriptor of the sentinel would keep it and the cell alive. */
	if (close(row->tree) == -1 || close(target.fd) == -1)
		row_die(row, "close");
	verify(row, target.at.id);
}

static void
detach(struct mount_table *table, struct mount *row)
{
	struct place target;
	uint64_t before;

	(void)table;
	open_target(row, &target);
	do {
		before = target.at.id;
		(void)close(target.fd);
		/* Lazily, with all mounts below it: other namespaces keep theirs. */
		if (umount2(row->target, MNT_DETACH | UMOUNT_NOFOLLOW) == -1)
			row_die(row, errno == EINVAL ? "only root can unmount this" : "umount");
		open_target(row, &target);
		if (target.at.id == before)
			row_diex(row, "umount claimed success, but it is still there");
	} while (target.at.root);
	(void)close(target.fd);
}

static const struct {
	int (*make)(struct mount *row); /* returns the detached mount */
	void (*finish)(struct mount_table *table, struct mount *row);
	const char *done;
} kinds[] = {
	[MOUNT_CELL] = { detached_copy, attach, "mounted" },
	[MOUNT_DIR] = { detached_copy, attach, "mounted" },
	[MOUNT_EXPOSED] = { detached_copy, attach, "mounted" },
	[MOUNT_AGAIN] = { make_nothing, attach, "mounted once more, at" },
	[MOUNT_TMPFS] = { detached_tmpfs, attach, "mounted a tmpfs at" },
	[MOUNT_NONE] = { make_nothing, detach, "unmounted" },
};

void
namespace_mount(struct mount_table *table, int watch)
{
	struct mount *end = table->rows + table->count;

	for (struct mount *row = table->rows; row < end; row++) {
		/* The private directory was made after the plan. */
		if (row->kind == MOUNT_CELL)
			row->source = (struct located){ row->target, row->cell->dev,
				row->cell->ino };
		if (!row->watched)
			row->tree = kinds[row->kind].make(row);
	}
	for (struct mount *row = table->rows; row < end; row++) {
		kinds[row->kind].finish(table, row);
		if (row->watched && watch > 0 &&
		    inotify_add_watch(watch, row->target, IN_UNMOUNT | IN_ONLYDIR) == -1)
			row_die(row, "watch");
		verbose("%s %s (%s)", kinds[row->kind].done, row->target, row->option);
	}
	if (table->start != NULL && chdir(table->start) == -1)
		die("working directory %s", table->start);
}
