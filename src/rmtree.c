/*
 * The work list is the listing of the top directory itself. A directory in it is opened, taken from its owner (root's, and
 * writable by nobody else: from here on not even a holder of a descriptor can create in it), and only then read. Each entry
 * is unlinked; a directory that is not empty is moved up into the top, under a fresh name, and so joins the work list.
 *
 * What cannot be moved, because a directory above it is immutable, or encrypted with a key that has been taken away, is
 * emptied where it is: down into it, and up again by "..", which nobody can change any more. So a few directories are
 * open at any time, however deep the tree.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount_facts.h"
#include "rmtree.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

#define LISTING_SIZE 32768

/* What getdents64 fills its buffer with. */
struct entry {
	uint64_t ino;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

struct removal {
	int top;
	uint64_t mount; /* that it is on; a subvolume of btrfs is another device, but no other mount */
	unsigned long fresh; /* the next name for what is moved up */
	int why;	     /* the errno of what had to be left in the last pass over the top */
};

/* Not on the stack, which is small here: one for the top, and one for where we are below it. */
static _Alignas(8) char listings[2][LISTING_SIZE];

/* Give ourselves all rights to a directory of our own that lacks them. Root needs none. Returns whether that helped. */
static bool
unlock(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	    (st.st_mode & S_IRWXU) != S_IRWXU && fchmodat(dir, name, S_IRWXU, 0) == 0;
}

/* Move a directory up into the top. Returns whether it is out of the way. */
static bool
lift(struct removal *removal, int dir, const char *name)
{
	char fresh[24];

	do {
		(void)snprintf(fresh, sizeof(fresh), "%lu", removal->fresh++);
		if (syscall(SYS_renameat2, dir, name, removal->top, fresh, RENAME_NOREPLACE) == 0)
			return true;
		/* Without root, moving a directory takes write permission for it. */
	} while (errno == EEXIST || (errno == EACCES && unlock(dir, name)));
	return errno == ENOENT;
}

/* Open a directory and take it from its owner. Returns a descriptor, or -1 with errno set. */
static int
take(const struct removal *removal, int dir, const char *name)
{
	struct mount_facts facts;
	int fd;

	do
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (fd == -1 && errno == EACCES && unlock(dir, name));
	if (fd == -1)
		return -1;
	/* rmdir has said that nothing was mounted here; this is for what root may have mounted since. */
	if (mount_facts_of(fd, &facts) == -1 || facts.mount != removal->mount) {
		(void)close(fd);
		errno = EBUSY;
		return -1;
	}
	/* Where this fails root has made it immutable, or append-only. */
	if (facts.uid != 0 || facts.gid != 0) {
		(void)!fchown(fd, 0, 0);
		/* What the mode was, its owner may have changed up to now, but not any more. */
		(void)mount_facts_of(fd, &facts);
	}
	/* The group's bits are also those that an ACL cannot exceed. */
	if ((facts.mode & (S_IRWXU | S_IWGRP | S_IWOTH)) != S_IRWXU)
		(void)fchmod(fd, S_IRWXU);
	return fd;
}

/* Remove an entry, or move it up. Returns whether it is out of the way; if not, errno says why. */
static bool
dispose(struct removal *removal, int dir, const struct entry *entry)
{
	if (entry->type != DT_DIR) {
		if (unlinkat(dir, entry->name, 0) == 0 || errno == ENOENT)
			return true;
		if (errno != EISDIR)
			return false;
	}
	if (unlinkat(dir, entry->name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return true;
	if (errno != ENOTEMPTY && errno != EEXIST && errno != EPERM)
		return false; /* EBUSY: a mount. Never entered. */
	/* Entries of the top are as high as they get. */
	return dir != removal->top && lift(removal, dir, entry->name);
}

/* Note why something stays. For a directory that is not empty, the reason lies below it. */
static void
blame(struct removal *removal, int error)
{
	if (removal->why == 0 || error != ENOTEMPTY)
		removal->why = error;
}

static void empty_below(struct removal *removal, int dir, bool *progress);

/*
 * Go through a directory, from the start, or behind the entry with the number *passed, to which is come back. Returns a
 * descriptor of the next directory that has to be emptied where it is, or -1 at the end. The top, which all others come to
 * lie in, is gone through at one go.
 */
static int
pass(struct removal *removal, int dir, uint64_t *passed, bool *progress)
{
	char *listing = listings[dir != removal->top];
	long size = lseek(dir, 0, SEEK_SET);
	int below, error;

	while (size != -1 && (size = syscall(SYS_getdents64, dir, listing, LISTING_SIZE)) > 0) {
		for (long at = 0; at < size;) {
			const struct entry *entry = (const struct entry *)(listing + at);

			at += entry->length;
			if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
				continue;
			if (*passed != 0) {
				/* What comes before it is there for a reason that is known. */
				if (entry->ino != *passed)
					continue;
				*passed = 0;
				if (unlinkat(dir, entry->name, AT_REMOVEDIR) == 0)
					*progress = true;
				else
					blame(removal, errno);
				continue;
			}
			if (dispose(removal, dir, entry)) {
				*progress = true;
				continue;
			}
			error = errno;
			/* Not all file systems say what an entry is; what is no directory is not taken for one. */
			if (error != EBUSY && (entry->type == DT_DIR || entry->type == DT_UNKNOWN) &&
			    (below = take(removal, dir, entry->name)) != -1) {
				if (dir != removal->top)
					return below;
				empty_below(removal, below, progress);
				if (unlinkat(dir, entry->name, AT_REMOVEDIR) == 0) {
					*progress = true;
					continue;
				}
				error = errno;
			}
			blame(removal, error);
		}
	}
	if (size == -1)
		blame(removal, errno);
	return -1;
}

/* From a directory below the top, which is closed, empty what cannot be moved. Comes back to where it has begun. */
static void
empty_below(struct removal *removal, int dir, bool *progress)
{
	unsigned long depth = 1;
	uint64_t passed = 0;

	while (depth > 0) {
		int next = pass(removal, dir, &passed, progress);

		if (next != -1) {
			depth++;
		} else if (--depth > 0) {
			struct stat st;

			next = fstat(dir, &st) == -1 ? -1 : openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (next == -1) {
				blame(removal, errno);
				depth = 0;
			}
			passed = st.st_ino;
		}
		(void)close(dir);
		dir = next;
	}
}

int
rmtree(int top)
{
	struct removal removal = { .top = top };
	struct mount_facts facts;
	bool progress;

	if (mount_facts_of(top, &facts) == -1)
		return -1;
	removal.mount = facts.mount;

	/* Until a whole pass over the top changes nothing. */
	do {
		uint64_t passed = 0;

		progress = false;
		removal.why = 0;
		(void)pass(&removal, top, &passed, &progress);
	} while (progress);
	errno = removal.why;
	return removal.why == 0 ? 0 : -1;
}
