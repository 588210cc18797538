#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cell.h"
#include "mount_facts.h"
#include "namespace.h"
#include "report.h"

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* What every private directory gets. */
#define ADDED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The flags of one mount, as statvfs reports them and as a remount has to repeat them. */
static const struct {
	unsigned long reported;
	unsigned long flag;
} mount_flags[] = {
	{ ST_RDONLY, MS_RDONLY },
	{ ST_NOSUID, MS_NOSUID },
	{ ST_NODEV, MS_NODEV },
	{ ST_NOEXEC, MS_NOEXEC },
	{ ST_NOATIME, MS_NOATIME },
	{ ST_NODIRATIME, MS_NODIRATIME },
	{ ST_RELATIME, MS_RELATIME },
	{ ST_NOSYMFOLLOW, MS_NOSYMFOLLOW },
};

static int
flags_at(const char *path, unsigned long *flags)
{
	struct statvfs st;

	if (statvfs(path, &st) == -1) {
		say_errno("%s", path);
		return -1;
	}
	*flags = 0;
	for (size_t i = 0; i < sizeof(mount_flags) / sizeof(mount_flags[0]); i++)
		if ((st.f_flag & mount_flags[i].reported) != 0)
			*flags |= mount_flags[i].flag;
	return 0;
}

static int
unshare_mounts(void)
{
	struct mount_facts outside, inside;

	if (mount_facts("/", &outside) == -1)
		return -1;
	if (unshare(CLONE_NEWNS) == -1) {
		say_errno(errno == EPERM ? "unshare: a mount namespace of its own, which this container forbids"
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
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) {
		say_errno(errno == EINVAL ? "make the mounts private: the root directory is no mount point (a chroot?)"
					  : "make the mounts private");
		return -1;
	}
	tell("unshared the mount namespace and made its mounts private");
	return 0;
}

static int
check_private(const char *path)
{
	unsigned long propagation;

	if (mount_propagation(path, &propagation) == -1)
		return -1;
	if (propagation != MS_PRIVATE) {
		say("%s: the mount there is not private", path);
		return -1;
	}
	return 0;
}

/*
 * The sentinel: a file system nobody can reach, since the first private directory comes to lie on it. It is unmounted when
 * the last process of the last namespace that has it is gone, and that is what the watch sees. Nothing here may keep a
 * descriptor of it.
 */
static int
post_sentinel(const char *target, int watch)
{
	struct mount_facts before, after;

	if (mount_facts(target, &before) == -1)
		return -1;
	if (mount("privtmp", target, "tmpfs", ADDED | MS_RDONLY, "size=4k,nr_inodes=2,mode=0") == -1) {
		say_errno("%s: sentinel", target);
		return -1;
	}
	if (mount_facts(target, &after) == -1)
		return -1;
	if (after.mount == before.mount) {
		say("%s: mounting the sentinel claimed success, but it is not there", target);
		return -1;
	}
	if (inotify_add_watch(watch, target, IN_UNMOUNT | IN_ONLYDIR) == -1) {
		say_errno("%s: watch on the sentinel", target);
		return -1;
	}
	return 0;
}

/* A descriptor of the cell's room, as this namespace has it: one from before unshare cannot be bound. */
static int
open_room(const struct cell *cell)
{
	char path[PATH_MAX];
	struct stat st;
	int room = -1;

	if (snprintf(path, sizeof(path), "%s/%s/%s", cell->base, cell->name, CELL_ROOM) < (int)sizeof(path))
		room = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (room == -1 || fstat(room, &st) == -1) {
		say_errno("%s/%s", cell->base, cell->name);
		return -1;
	}
	/* By path, because only a path leads into this namespace; what it led to shows whether anyone interfered. */
	if (st.st_dev != cell->dev || st.st_ino != cell->ino) {
		say("%s/%s: is not the directory that was made there", cell->base, cell->name);
		return -1;
	}
	return room;
}

static int
verify_room(const struct cell *cell, unsigned long wanted)
{
	struct mount_facts facts;
	unsigned long flags;

	if (mount_facts(cell->target, &facts) == -1 || flags_at(cell->target, &flags) == -1)
		return -1;
	if (facts.dev != cell->dev || facts.ino != cell->ino) {
		say("%s: mounting claimed success, but it is not the private directory", cell->target);
		return -1;
	}
	if ((flags & wanted) != wanted) {
		say("%s: remounting claimed success, but not all of nosuid, nodev, noexec hold", cell->target);
		return -1;
	}
	return check_private(cell->target);
}

static int
mount_room(const struct cell *cell, int room)
{
	unsigned long flags;

	if (fchdir(room) == -1 || mount(".", cell->target, NULL, MS_BIND, NULL) == -1 ||
	    flags_at(cell->target, &flags) == -1) {
		say_errno("%s: bind mount", cell->target);
		return -1;
	}
	/* A remount replaces all flags, so it repeats those the mount has. */
	flags |= ADDED;
	if (mount(NULL, cell->target, NULL, MS_REMOUNT | MS_BIND | flags, NULL) == -1) {
		say_errno("%s: remount with nosuid, nodev, noexec", cell->target);
		return -1;
	}
	if (verify_room(cell, flags) == -1)
		return -1;
	tell("mounted %s/%s/%s over %s with nosuid, nodev, noexec", cell->base, cell->name, CELL_ROOM, cell->target);
	return 0;
}

int
namespace_enter(const struct cell *cells, size_t count, int watch, const char *start)
{
	int home, rooms[CELLS_MAX] = { 0 };

	if (unshare_mounts() == -1)
		return -1;
	/* unshare has moved the working directory over. Mounting leaves it for the rooms, so keep the way back. */
	home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home == -1) {
		say_errno("working directory");
		return -1;
	}
	/* A target may cover the base of another: open all before anything is covered. */
	for (size_t i = 0; i < count; i++)
		if (check_private(cells[i].target) == -1 || (rooms[i] = open_room(&cells[i])) == -1)
			return -1;
	if (watch != -1 && post_sentinel(cells[0].target, watch) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (mount_room(&cells[i], rooms[i]) == -1)
			return -1;
	if ((start != NULL ? chdir(start) : fchdir(home)) == -1) {
		say_errno("working directory %s", start != NULL ? start : "");
		return -1;
	}
	return 0;
}
