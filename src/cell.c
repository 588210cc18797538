#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "cell.h"
#include "mount_facts.h"
#include "path.h"
#include "report.h"
#include "rmtree.h"

#define SECOND INT64_C(1000000000)

bool
cell_is_name(const char *name)
{
	static const char random[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t fixed = sizeof(CELL_TEMPLATE) - sizeof("XXXXXX");

	return strncmp(name, CELL_TEMPLATE, fixed) == 0 && strlen(name) == sizeof(CELL_TEMPLATE) - 1 &&
	    strspn(name + fixed, random) == sizeof("XXXXXX") - 1;
}

bool
cell_is_room(const char *path, char *name)
{
	size_t length = strlen(path), tail = sizeof(CELL_TEMPLATE "/" CELL_ROOM) - 1;

	if (length <= tail || path[length - tail - 1] != '/' || strcmp(path + length - sizeof(CELL_ROOM), "/" CELL_ROOM) != 0)
		return false;
	memcpy(name, path + length - tail, sizeof(CELL_TEMPLATE) - 1);
	name[sizeof(CELL_TEMPLATE) - 1] = '\0';
	return cell_is_name(name);
}

/* Root's are root's, whatever group root may be in at the moment. */
static gid_t
owner_group(void)
{
	return geteuid() == 0 ? 0 : getegid();
}

const char *
cell_base_flaw(const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return "is no directory, or a symbolic link to one";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "is not owned by root";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st->st_mode & S_ISVTX) == 0)
		return "others may write to it and it is not sticky; chmod +t, or choose another --base, or --tmpfs";
	return NULL;
}

int
cell_open_base(struct cell *cell)
{
	const char *flaw;
	struct stat st;

	cell->base_fd = open(cell->base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cell->base_fd == -1) {
		if (errno == ENOTDIR || errno == ELOOP)
			say("base %s: is no directory, or a symbolic link to one", cell->base);
		else
			say_errno("base %s", cell->base);
		return -1;
	}
	if (fstat(cell->base_fd, &st) == -1) {
		say_errno("base %s", cell->base);
		return -1;
	}
	flaw = cell_base_flaw(&st);
	if (flaw != NULL)
		say("base %s: %s", cell->base, flaw);
	return flaw == NULL ? 0 : -1;
}

/* Give a directory we just made to us and gid with exactly that mode, and see that it took. */
static int
settle(int fd, gid_t gid, mode_t mode, struct stat *st)
{
	uid_t uid = geteuid();

	for (bool changed = false;; changed = true) {
		bool owned, moded;

		if (fstat(fd, st) == -1)
			return -1;
		owned = st->st_uid == uid && st->st_gid == gid;
		moded = st->st_mode == (S_IFDIR | mode);
		if (owned && moded)
			return 0;
		if (changed) {
			errno = EPERM;
			return -1;
		}
		/* Mostly one of them is right already, and each change is one in the file system's journal. */
		if ((!owned && fchown(fd, uid, gid) == -1) || (!moded && fchmod(fd, mode) == -1))
			return -1;
	}
}

/* What a default ACL of the base has left on the cell. File systems without ACLs have none. */
static int
strip_acls(int fd)
{
	static const char *const names[] = { "system.posix_acl_default", "system.posix_acl_access" };

	if (flistxattr(fd, NULL, 0) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fremovexattr(fd, names[i]) == -1 && errno != ENODATA && errno != EOPNOTSUPP)
			return -1;
	return 0;
}

static int
furnish(struct cell *cell)
{
	struct stat st;
	int room, result;

	/* Before the room is made, which would inherit from the cell. */
	if (strip_acls(cell->fd) == -1 || settle(cell->fd, owner_group(), S_IRWXU, &st) == -1)
		return -1;
	/* Locked before anything is in it: whoever finds it unlocked later may call it dead. They look only for a moment. */
	if (flock(cell->fd, LOCK_EX) == -1)
		return -1;
	if (mkdirat(cell->fd, CELL_ROOM, S_IRWXU) == -1)
		return -1;
	room = openat(cell->fd, CELL_ROOM, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (room == -1)
		return -1;
	result = settle(room, cell->gid, cell->mode, &st);
	if (asprintf(&cell->path, "%s/%s/%s", cell->base, cell->name, CELL_ROOM) == -1)
		return -1;
	cell->room = (struct object){ cell->path, st.st_dev, st.st_ino };
	return close(room) == -1 ? -1 : result;
}

int
cell_make(struct cell *cell)
{
	cell->fd = -1;
	memcpy(cell->name, CELL_TEMPLATE, sizeof(CELL_TEMPLATE));
	/* mkdtemp takes a path; from here, the name is one. */
	if (fchdir(cell->base_fd) == -1 || mkdtemp(cell->name) == NULL) {
		cell->name[0] = '\0';
		say_errno("%s/%s", cell->base, CELL_TEMPLATE);
		return -1;
	}
	cell->fd = openat(cell->base_fd, cell->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cell->fd == -1 || furnish(cell) == -1) {
		say_errno(errno == EINVAL ? "%s/%s: owner and group (does this user namespace know them?)" : "%s/%s", cell->base,
		    cell->name);
		return -1;
	}
	return 0;
}

/* How long until a cell is a second old, in nanoseconds. A clock that was set back is not waited for. */
static long
youth(const struct stat *st)
{
	struct timespec now;
	int64_t age;

	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		return 0;
	age = (int64_t)(now.tv_sec - st->st_ctim.tv_sec) * SECOND + (now.tv_nsec - st->st_ctim.tv_nsec);
	return age < 0 || age >= SECOND ? 0 : (long)(SECOND - age);
}

/* A cell is made unlocked, and locked at once. One that is not locked is dead only when it is too old to be that young. */
static const char *
lock_dead(const struct cell *cell, bool patient)
{
	struct stat st;

	for (;;) {
		struct timespec pause = { 0 };

		if (flock(cell->fd, LOCK_EX | LOCK_NB) == -1)
			return errno == EWOULDBLOCK ? "it is in use" : strerror(errno);
		if (fstat(cell->fd, &st) == -1)
			return strerror(errno);
		if (st.st_nlink == 0)
			return "it has just been removed";
		pause.tv_nsec = youth(&st);
		if (pause.tv_nsec == 0)
			return NULL;
		(void)flock(cell->fd, LOCK_UN);
		if (!patient)
			return "it is new";
		(void)nanosleep(&pause, NULL);
	}
}

const char *
cell_seize(struct cell *cell, const char *name, bool patient)
{
	struct mount_facts facts;
	struct stat named, st;
	const char *why;

	cell->name[0] = '\0';
	cell->fd = -1;
	if (!cell_is_name(name))
		return "its name is not that of a cell";
	if (fstatat(cell->base_fd, name, &named, AT_SYMLINK_NOFOLLOW) == -1)
		return strerror(errno);
	if (!S_ISDIR(named.st_mode))
		return "it is no directory";
	if (named.st_uid != geteuid() || named.st_gid != owner_group() || (named.st_mode & 07777) != S_IRWXU)
		return named.st_uid != geteuid() ? "it belongs to another user" : "its group or mode are not those of a cell";
	cell->fd = openat(cell->base_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (cell->fd == -1 || fstat(cell->fd, &st) == -1)
		return strerror(errno);
	if (st.st_dev != named.st_dev || st.st_ino != named.st_ino)
		return "it changes under our hands";
	if (fchdir(cell->fd) == -1 || mount_facts(".", &facts) == -1 || facts.root)
		return "something is mounted on it";
	why = lock_dead(cell, patient);
	if (why == NULL)
		memcpy(cell->name, name, sizeof(cell->name));
	return why;
}

int
cell_remove(struct cell *cell)
{
	struct stat ours, named;

	if (cell->name[0] == '\0')
		return 0;
	if (cell->fd != -1) {
		if (rmtree(cell->fd) == -1)
			return -1;
		/* Root may have moved things about; what bears the name now must be what we made. */
		if (fstat(cell->fd, &ours) == -1)
			return -1;
		if (fstatat(cell->base_fd, cell->name, &named, AT_SYMLINK_NOFOLLOW) == -1)
			return errno == ENOENT ? 0 : -1;
		if (ours.st_dev != named.st_dev || ours.st_ino != named.st_ino) {
			errno = ESTALE;
			return -1;
		}
	}
	return unlinkat(cell->base_fd, cell->name, AT_REMOVEDIR);
}
