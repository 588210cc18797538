/*
 * Each directory is opened, taken from its owner (made ours, and writable by nobody else: from then
 * on not even the holder of a descriptor can create in it), and only then read. The walk goes down
 * at most LEVELS directories, each of which keeps its descriptor and its place in the listing. A
 * directory below that is moved up, unread, into a stage: a fresh directory in the top. The next
 * pass over the top walks through the stage. So each directory is read once, however wide or deep
 * the tree.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mounts.h"
#include "rmtree.h"

#define LEVELS 8
#define LISTING_SIZE 8192
/* A subvolume further down is moved up into the stage, whole, before it is read. */
#define SUBVOLUME_LEVEL 2

/* The root directory of each btrfs subvolume has this inode number. */
#define SUBVOLUME_INODE 256
/* The request to set the flags of a subvolume (linux/btrfs.h), of which one is "read-only". */
#define SUBVOLUME_SET_FLAGS _IOW(0x94, 26, uint64_t)

struct level {
	_Alignas(8) char listing[LISTING_SIZE];
	long size;
	long next; /* where the next entry begins */
	const struct dirent *entry;
	int dir;
};

struct removal {
	int top;
	uint64_t mount; /* the mount of the tree, and of btrfs subvolumes in it */
	uid_t uid;
	gid_t gid;
	int stage; /* -1 until this pass needs one */
	char stage_name[24];
	unsigned long name;
	bool progress;
	int why; /* the errno of a failure in this pass, or 0 */
};

/* Not on the stack: the listings are large. */
static struct level levels[LEVELS + 1];

/* Record the result of a step: progress, or the errno of a failure. */
static void
note(struct removal *removal, int result)
{
	if (result == 0)
		removal->progress = true;
	/* ENOENT: it is gone. ENOTEMPTY: keep the errno of the entry in it. */
	else if (errno != ENOENT && (removal->why == 0 || errno != ENOTEMPTY))
		removal->why = errno;
}

/* Without root, a directory of ours may deny us access: give it mode 0700. */
static bool
grant(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       (st.st_mode & S_IRWXU) != S_IRWXU && fchmodat(dir, name, S_IRWXU, 0) == 0;
}

/* Open a directory and take it from its owner. Returns the descriptor, or -1 with errno set. */
static int
open_and_chown(const struct removal *removal, int dir, const char *name, bool *subvolume)
{
	struct mount_facts facts;
	int fd;

	do
		fd = openat(
		    dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (fd == -1 && errno == EACCES && grant(dir, name));
	if (fd == -1)
		return -1;
	if (mount_facts(fd, "", &facts) == -1 || facts.id != removal->mount) {
		(void)close(fd);
		errno = EBUSY;
		return -1;
	}
	*subvolume = facts.ino == SUBVOLUME_INODE &&
		     ioctl(fd, SUBVOLUME_SET_FLAGS, &(uint64_t){ 0 }) == 0;
	/* If fchown or fchmod fails, it is immutable: nobody can create in it. */
	if (facts.uid != removal->uid || facts.gid != removal->gid) {
		(void)!fchown(fd, removal->uid, removal->gid);
		/* The owner may have changed the mode until now. */
		(void)mount_facts(fd, "", &facts);
	}
	/* The group bits are the mask of an ACL. */
	if ((facts.mode & (S_IRWXU | S_IWGRP | S_IWOTH)) != S_IRWXU)
		(void)fchmod(fd, S_IRWXU);
	return fd;
}

/* Make the stage of this pass. Without space or a descriptor for it, use the top. */
static int
make_stage(struct removal *removal)
{
	char *name = removal->stage_name;
	int fd;

	do
		(void)snprintf(name, sizeof(removal->stage_name), "%lu", removal->name++);
	while (mkdirat(removal->top, name, S_IRWXU) == -1 && errno == EEXIST);
	fd = openat(removal->top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd != -1 ? fd : removal->top;
}

/* Make a subvolume writable. Returns whether it is one. */
static bool
make_writable(const struct removal *removal, int dir, const char *name)
{
	bool subvolume;
	int fd = open_and_chown(removal, dir, name, &subvolume);

	if (fd == -1)
		return false;
	(void)close(fd);
	return subvolume;
}

/* Move the directory that is the current entry of a level up into the stage. */
static void
move_up(struct removal *removal, const struct level *level)
{
	const char *name = level->entry->d_name;
	char moved[24];
	int dir = level->dir, result;
	bool writable = false;

	if (removal->stage == -1)
		removal->stage = make_stage(removal);
	do {
		(void)snprintf(moved, sizeof(moved), "%lu", removal->name++);
		result = renameat(dir, name, removal->stage, moved);
		/* A rename cannot leave a subvolume: move the entry up inside it. */
		if (result == -1 && errno == EXDEV && level > levels + SUBVOLUME_LEVEL)
			result = renameat(dir, name, levels[SUBVOLUME_LEVEL].dir, moved);
		/* Retry if the new name is in use. EACCES: it must be writable to be moved. */
	} while (result == -1 && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR ||
				     (errno == EACCES && grant(dir, name)) ||
				     (errno == EROFS && !writable &&
					 (writable = make_writable(removal, dir, name)))));
	note(removal, result);
}

/* The next entry of a level, or NULL at the end. */
static const struct dirent *
next_entry(struct removal *removal, struct level *level)
{
	do {
		if (level->next >= level->size) {
			level->next = 0;
			level->size = syscall(
			    SYS_getdents64, level->dir, level->listing, LISTING_SIZE);
			if (level->size == -1)
				note(removal, -1);
			if (level->size <= 0)
				return NULL;
		}
		level->entry = (const struct dirent *)(level->listing + level->next);
		level->next += level->entry->d_reclen;
	} while (strcmp(level->entry->d_name, ".") == 0 || strcmp(level->entry->d_name, "..") == 0);
	return level->entry;
}

/* Remove the current entry of a level, or go down into it. Returns whether it has gone down. */
static bool
descend(struct removal *removal, struct level *level)
{
	const char *name = level->entry->d_name;
	bool subvolume = false;

	if (level->entry->d_type != DT_DIR) {
		int result = unlinkat(level->dir, name, 0);

		/* EISDIR: the file system does not fill d_type. */
		if (result == 0 || errno != EISDIR) {
			note(removal, result);
			return false;
		}
	}
	errno = EMFILE;
	level[1].dir = level + 1 < levels + LEVELS
			   ? open_and_chown(removal, level->dir, name, &subvolume)
			   : -1;
	level[1].size = level[1].next = 0;
	if (level[1].dir != -1 && (!subvolume || level < levels + SUBVOLUME_LEVEL))
		return true;
	if (level[1].dir != -1) {
		(void)close(level[1].dir);
		errno = EMFILE;
	}
	if (errno != EMFILE || level == levels)
		note(removal, -1);
	else if (unlinkat(level->dir, name, AT_REMOVEDIR) == 0)
		removal->progress = true;
	else
		move_up(removal, level);
	return false;
}

/* Go through the top once. */
static void
traverse(struct removal *removal)
{
	struct level *level = levels;

	level->dir = removal->top;
	level->size = level->next = 0;
	(void)lseek(removal->top, 0, SEEK_SET);
	for (;;) {
		if (next_entry(removal, level) != NULL) {
			level += descend(removal, level);
		} else if (level > levels) {
			(void)close(level->dir);
			level--;
			note(removal, unlinkat(level->dir, level->entry->d_name, AT_REMOVEDIR));
		} else {
			return;
		}
	}
}

int
rmtree(int top)
{
	struct removal removal = { .top = top, .uid = geteuid(), .gid = getegid(), .stage = -1 };
	struct mount_facts facts;

	if (mount_facts(top, "", &facts) == -1)
		return -1;
	removal.mount = facts.id;
	/* Repeat until a pass makes no progress. */
	do {
		removal.progress = false;
		removal.why = 0;
		traverse(&removal);
		if (removal.stage != -1 && removal.stage != top)
			(void)close(removal.stage);
		/* Remove the stage if it is empty. This does not count as progress. */
		if (removal.stage != -1)
			(void)unlinkat(top, removal.stage_name, AT_REMOVEDIR);
		removal.stage = -1;
	} while (removal.progress);
	errno = removal.why;
	return removal.why == 0 ? 0 : -1;
}
