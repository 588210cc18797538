#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cell.h"
#include "directory.h"
#include "path.h"
#include "report.h"
#include "rmtree.h"

#define CELL_RECORD "record"
#define UNMAPPED "owner and group cannot be set; are they mapped in this user namespace?"

/* The names that mkdtemp makes. */
#define RANDOM "[a-zA-Z0-9]"
#define CELL_NAMES "privtmp." RANDOM RANDOM RANDOM RANDOM RANDOM RANDOM

bool
cell_is_private(const char *path)
{
	return fnmatch("*/" CELL_NAMES "/" CELL_TMP, path, 0) == 0;
}

/* A cell of root gets group 0, even if root's current group is another. */
static gid_t
owner_group(void)
{
	return geteuid() == 0 ? 0 : getegid();
}

const char *
cell_refuse_base(const struct place *base)
{
	if (!S_ISDIR(base->at.mode))
		return "is no directory";
	if (base->at.uid != geteuid() && !path_owner_is_root(base->at.uid))
		return "is not owned by root; use another --base, or --tmpfs";
	if ((base->at.mode & (S_IWGRP | S_IWOTH)) == 0 || (base->at.mode & S_ISVTX) != 0)
		return NULL;
	return geteuid() == 0
		   ? "others may write to it and it is not sticky; chmod +t, or use another "
		     "--base, or --tmpfs"
		   : "others may write to it and it is not sticky; use another --base, or --tmpfs";
}

size_t
cell_plan(const struct options *options, struct cell *cells)
{
	struct locations private = { .count = 0 };
	const char *why;
	struct place place;
	size_t count = 0;

	if (options->tmpfs || options->join != 0)
		return 0;
	for (size_t i = 0; i <= options->also.count; i++) {
		const char *dir = i == 0 ? PRIVATE_TMP : options->also.items[i - 1].path;

		if (i == 0 && options->dir != NULL)
			continue;
		if (i > 0)
			path_automount(dir);
		if (directory_walk(dir, &place, &private) == NULL)
			continue;
		if (options->base != NULL) {
			(void)close(place.fd);
			path_automount(options->base);
			path_walk_or_die("--base", options->base, &place);
		}
		if ((why = cell_refuse_base(&place)) != NULL)
			diex("base %s: %s", place.path, why);
		cells[count] = (struct cell){ .replaced = dir, .base_fd = place.fd, .fd = -1 };
		strcpy(cells[count++].base, place.path);
	}
	if (count > 0 && getpid() == 1)
		diex(
		    "process 1 of a container takes the cleaner with it when it ends; use --tmpfs");
	return count;
}

/* Set owner (us), group and exact mode of a directory that we have made. Verify them. */
static int
set_owner_and_mode(int fd, gid_t gid, mode_t mode, struct facts *facts)
{
	uid_t uid = geteuid();

	for (int attempt = 0; mounts_stat(fd, "", facts) == 0; attempt++) {
		bool owned = facts->uid == uid && facts->gid == gid,
		     moded = facts->mode == (S_IFDIR | mode);

		if (owned && moded)
			return 0;
		errno = EPERM;
		/* Skip a needless chown or chmod: it would cost a write to the journal. */
		if (attempt > 0 || (!owned && fchown(fd, uid, gid) == -1) ||
		    (!moded && fchmod(fd, mode) == -1))
			return -1;
	}
	return -1;
}

/* Remove the ACLs that the cell has inherited from the base. */
static int
remove_acls(int fd)
{
	static const char *const names[] = { "system.posix_acl_default",
		"system.posix_acl_access" };

	if (flistxattr(fd, NULL, 0) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fremovexattr(fd, names[i]) == -1 && errno != ENODATA && errno != EOPNOTSUPP)
			return -1;
	return 0;
}

bool
cell_make(struct cell *cell)
{
	struct stat st = { 0 };
	struct facts facts;
	bool made;

	do {
		memcpy(cell->name, CELL_TEMPLATE, sizeof(CELL_TEMPLATE));
		/* mkdtemp has no dirfd: go to the base first. */
		made = fchdir(cell->base_fd) == 0 && mkdtemp(cell->name) != NULL;
		if (!made) {
			warn("%s/%s", cell->base, CELL_TEMPLATE);
			cell->name[0] = '\0';
			return false;
		}
		/*
		 * Lock before creating anything: --sweep treats an unlocked cell without a record
		 * as dead. If it has already removed this one, make another.
		 */
		cell->fd = openat(
		    cell->base_fd, cell->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		made = cell->fd != -1 ? flock(cell->fd, LOCK_EX) == 0 && fstat(cell->fd, &st) == 0
				      : errno == ENOENT;
	} while (made && (cell->fd == -1 || st.st_nlink == 0));
	/* Remove ACLs and setgid before making tmp, which would inherit them. */
	if (made && remove_acls(cell->fd) == 0 &&
	    set_owner_and_mode(cell->fd, owner_group(), S_IRWXU, &facts) == 0 &&
	    mkdirat(cell->fd, CELL_TMP, S_IRWXU) == 0)
		return true;
	warn(errno == EINVAL ? "%s/%s: " UNMAPPED : "%s/%s", cell->base, cell->name);
	return false;
}

void
cell_give(const struct cell *cell, gid_t gid, mode_t mode, struct facts *facts)
{
	int fd = openat(cell->fd, CELL_TMP, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 || set_owner_and_mode(fd, gid, mode, facts) == -1 || close(fd) == -1)
		die(errno == EINVAL ? "%s/%s: " UNMAPPED : "%s/%s", cell->base, cell->name);
}

void
cell_begin_record(struct record *record)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct facts facts;
	struct statfs fs;
	ssize_t size = -1;

	/* A container may have mounted another file there, without the kernel's boot id. */
	if (fd != -1 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	    mounts_stat(fd, "", &facts) == 0 && !facts.root)
		size = read(fd, record->boot, sizeof(record->boot) - 1);
	if (fd != -1)
		(void)close(fd);
	record->boot[size > 0 ? size : 0] = '\0';
	record->boot[strcspn(record->boot, " \n")] = '\0';
	if (record->boot[0] == '\0')
		strcpy(record->boot, "-");
}

int
cell_write_record(const struct cell *cell, const struct record *record)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s %u:%u %" PRIu64, record->boot, major(record->dev),
	    minor(record->dev), record->inodes);
	return symlinkat(text, cell->fd, CELL_RECORD);
}

int
cell_read_record(const struct cell *cell, struct record *record)
{
	char text[128];
	unsigned int major, minor;
	ssize_t length = readlinkat(cell->fd, CELL_RECORD, text, sizeof(text) - 1);
	int end = 0;

	if (length == -1)
		return errno == ENOENT ? 0 : -1;
	text[length] = '\0';
	if (sscanf(text, "%39s %u:%u %" SCNu64 "%n", record->boot, &major, &minor, &record->inodes,
		&end) != 4 ||
	    end != length)
		return -1;
	record->dev = makedev(major, minor);
	return 1;
}

const char *
cell_open(struct cell *cell, const char *name)
{
	struct facts facts;
	struct stat st;

	cell->name[0] = '\0';
	cell->fd = -1;
	if (fnmatch(CELL_NAMES, name, 0) != 0)
		return "its name is not that of a cell";
	if (mounts_stat(cell->base_fd, name, &facts) == -1)
		return strerror(errno);
	if (!S_ISDIR(facts.mode))
		return "it is no directory";
	if (facts.uid != geteuid())
		return "it belongs to another user";
	cell->fd = openat(
	    cell->base_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (cell->fd == -1 || mounts_stat(cell->fd, "", &facts) == -1)
		return strerror(errno);
	if (facts.root)
		return "something is mounted on it";
	if (facts.uid != geteuid() || facts.gid != owner_group() ||
	    facts.mode != (S_IFDIR | S_IRWXU))
		return "its owner, group or mode are not those of a cell";
	if (flock(cell->fd, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ? "it is in use" : strerror(errno);
	if (fstat(cell->fd, &st) == -1 || st.st_nlink == 0)
		return "it has just been removed";
	memcpy(cell->name, name, sizeof(cell->name));
	return NULL;
}

int
cell_remove(struct cell *cell)
{
	struct stat ours, named;

	if (cell->name[0] == '\0')
		return 0;
	if (cell->fd == -1)
		cell->fd = openat(
		    cell->base_fd, cell->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cell->fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (rmtree(cell->fd) == -1 || fstat(cell->fd, &ours) == -1)
		return -1;
	/* Root may have renamed it: remove the name only if it is still our cell. */
	if (fstatat(cell->base_fd, cell->name, &named, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (ours.st_dev != named.st_dev || ours.st_ino != named.st_ino) {
		errno = ESTALE;
		return -1;
	}
	return unlinkat(cell->base_fd, cell->name, AT_REMOVEDIR);
}
