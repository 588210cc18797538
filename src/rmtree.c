/*
 * Each directory is opened, taken from its owner (made ours, and writable by nobody else: from then
 * on not even the holder of a descriptor can create in it, or move what is in it), and only then
 * read. The walk goes down to any depth without a rename, which project ids, encryption and
 * subvolumes can forbid. The lowest LEVELS directories stay open. Of each above them, the identity
 * is kept, and the offset of the entry that the walk has gone down into. The way back up is "..",
 * which has to be that very directory; the entry at the offset is empty then, and is removed.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mounts.h"
#include "rmtree.h"

#define LEVELS 8
#define LISTING_SIZE 8192
#define MEMORY_STEP 65536
#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The root directory of each btrfs subvolume has this inode number. */
#define SUBVOLUME_INODE 256
/* The request to set the flags of a subvolume (linux/btrfs.h), of which one is "read-only". */
#define SUBVOLUME_SET_FLAGS _IOW(0x94, 26, uint64_t)

/* A directory on the way down. */
struct level {
	dev_t dev;
	ino_t ino;
	off_t offset; /* of the current entry */
};

/* The lowest directories have this as well. */
struct reading {
	_Alignas(8) char listing[LISTING_SIZE];
	long size;
	long next; /* where the next entry begins */
	const struct dirent *entry;
	int dir; /* -1 if it is not open */
};

struct removal {
	int top;
	uint64_t mount; /* the mount of the tree, and of btrfs subvolumes in it */
	uid_t uid;
	gid_t gid;
	struct level *levels;
	size_t size;  /* of levels, in bytes */
	size_t depth; /* of the current directory; the top has 0 */
	bool changed_directory;
	bool progress;
	int why; /* the errno of a failure in this pass, or 0 */
};

/* Not on the stack: the listings are large. */
static struct reading readings[LEVELS];

static struct reading *
reading_of(size_t depth)
{
	return &readings[depth % LEVELS];
}

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

static void
close_reading(const struct removal *removal, struct reading *reading)
{
	if (reading->dir != -1 && reading->dir != removal->top)
		(void)close(reading->dir);
	reading->dir = -1;
}

/* Go on in an open directory, at the offset of its level. */
static void
enter(struct removal *removal, size_t depth, int dir)
{
	struct reading *reading = reading_of(depth);

	removal->depth = depth;
	reading->dir = dir;
	reading->size = reading->next = 0;
	reading->entry = NULL;
	/* Without such offsets, the file system would begin again. */
	if (lseek(dir, removal->levels[depth].offset, SEEK_SET) == -1)
		close_reading(removal, reading);
}

/*
 * Open a directory from another. Without a free descriptor, close that one, which then is the
 * working directory. Returns -1 with errno set on failure.
 */
static int
open_from(struct removal *removal, struct reading *from, const char *name)
{
	int fd = openat(from->dir, name, DIRECTORY);

	if (fd == -1 && (errno == EMFILE || errno == ENFILE) && from->dir != removal->top &&
	    fchdir(from->dir) == 0) {
		removal->changed_directory = true;
		close_reading(removal, from);
		fd = openat(AT_FDCWD, name, DIRECTORY);
	}
	return fd;
}

/* Open the current entry, and take it from its owner. Returns -1 with errno set on failure. */
static int
open_and_chown(struct removal *removal, struct reading *from)
{
	const char *name = from->entry->d_name;
	struct level *levels = removal->levels;
	struct facts facts;
	int fd;

	if (removal->size < (removal->depth + 2) * sizeof(*levels)) {
		levels = mremap(levels, removal->size, removal->size + MEMORY_STEP, MREMAP_MAYMOVE);
		if (levels == MAP_FAILED)
			return -1;
		removal->levels = levels;
		removal->size += MEMORY_STEP;
	}
	fd = open_from(removal, from, name);
	/* Without root, a directory of ours may deny us access. */
	if (fd == -1 && errno == EACCES) {
		(void)!fchmodat(from->dir, name, S_IRWXU, AT_SYMLINK_NOFOLLOW);
		fd = open_from(removal, from, name);
	}
	if (fd == -1)
		return -1;
	if (mounts_stat(fd, "", &facts) == -1 || facts.id != removal->mount) {
		(void)close(fd);
		errno = EBUSY;
		return -1;
	}
	levels[removal->depth + 1] = (struct level){ facts.dev, facts.ino, 0 };
	/* Make a subvolume writable. */
	if (facts.ino == SUBVOLUME_INODE)
		(void)ioctl(fd, SUBVOLUME_SET_FLAGS, &(uint64_t){ 0 });
	/* If fchown or fchmod fails, it is immutable: nobody can create in it. */
	if (facts.uid != removal->uid || facts.gid != removal->gid) {
		(void)!fchown(fd, removal->uid, removal->gid);
		/* The owner may have changed the mode until now. */
		(void)mounts_stat(fd, "", &facts);
	}
	/* The group bits are the mask of an ACL. */
	if ((facts.mode & (S_IRWXU | S_IWGRP | S_IWOTH)) != S_IRWXU)
		(void)fchmod(fd, S_IRWXU);
	return fd;
}

/* Read the next entry of the current directory. Returns false at the end. */
static bool
next_entry(struct removal *removal)
{
	struct reading *reading = reading_of(removal->depth);
	const char *name;

	do {
		if (reading->entry != NULL)
			removal->levels[removal->depth].offset = reading->entry->d_off;
		if (reading->next >= reading->size) {
			reading->next = 0;
			reading->size = syscall(
			    SYS_getdents64, reading->dir, reading->listing, LISTING_SIZE);
			if (reading->size == -1)
				note(removal, -1);
			if (reading->size <= 0)
				return false;
		}
		reading->entry = (const struct dirent *)(reading->listing + reading->next);
		reading->next += reading->entry->d_reclen;
		name = reading->entry->d_name;
	} while (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
	return true;
}

/* Remove the current entry, or go down into it. */
static void
remove_or_descend(struct removal *removal)
{
	struct reading *reading = reading_of(removal->depth);
	int dir, result;

	if (reading->entry->d_type != DT_DIR) {
		result = unlinkat(reading->dir, reading->entry->d_name, 0);
		/* EISDIR: the file system does not fill d_type. */
		if (result == 0 || errno != EISDIR) {
			note(removal, result);
			return;
		}
	}
	dir = open_and_chown(removal, reading);
	if (dir != -1) {
		close_reading(removal, reading_of(removal->depth + 1));
		enter(removal, removal->depth + 1, dir);
		return;
	}
	note(removal, -1);
	/* Open the current directory again, if it has been closed. */
	if (reading->dir == -1) {
		enter(removal, removal->depth, openat(AT_FDCWD, ".", DIRECTORY));
		(void)next_entry(removal);
	}
	if (reading->entry != NULL &&
	    unlinkat(reading->dir, reading->entry->d_name, AT_REMOVEDIR) == 0)
		note(removal, 0);
}

/* Go up, and remove the directory that has been read. Returns false if there is no way up. */
static bool
ascend(struct removal *removal)
{
	size_t depth = removal->depth - 1;
	struct reading *done = reading_of(removal->depth), *above = reading_of(depth);
	const struct level *level = &removal->levels[depth];
	struct facts facts;

	if (above->dir == -1) {
		above->dir = depth > 0 ? open_from(removal, done, "..") : removal->top;
		/* If it is another directory, root has moved the one that has been read. */
		if (above->dir != -1)
			errno = ESTALE;
		if (above->dir == -1 || mounts_stat(above->dir, "", &facts) == -1 ||
		    facts.id != removal->mount || facts.dev != level->dev ||
		    facts.ino != level->ino) {
			note(removal, -1);
			return false;
		}
		enter(removal, depth, above->dir);
		(void)next_entry(removal);
	}
	close_reading(removal, done);
	removal->depth = depth;
	if (above->entry != NULL)
		note(removal, unlinkat(above->dir, above->entry->d_name, AT_REMOVEDIR));
	return true;
}

int
rmtree(int top)
{
	struct removal removal = {
		.top = top, .uid = geteuid(), .gid = getegid(), .size = MEMORY_STEP
	};
	struct facts facts;

	if (mounts_stat(top, "", &facts) == -1)
		return -1;
	removal.levels = mmap(
	    NULL, removal.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (removal.levels == MAP_FAILED)
		return -1;
	removal.mount = facts.id;
	for (size_t i = 0; i < LEVELS; i++)
		readings[i].dir = -1;
	/* Repeat until a pass makes no progress. */
	do {
		removal.progress = false;
		removal.why = 0;
		removal.levels[0] = (struct level){ facts.dev, facts.ino, 0 };
		enter(&removal, 0, top);
		do
			while (next_entry(&removal))
				remove_or_descend(&removal);
		while (removal.depth > 0 && ascend(&removal));
		for (size_t i = 0; i < LEVELS; i++)
			close_reading(&removal, &readings[i]);
	} while (removal.progress);
	(void)munmap(removal.levels, removal.size);
	if (removal.changed_directory)
		(void)!chdir("/");
	errno = removal.why;
	return removal.why == 0 ? 0 : -1;
}
