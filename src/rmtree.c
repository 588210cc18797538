/*
 * The work list is the listing of the top directory itself. A directory in it is opened, taken from its owner (root, 0700:
 * from here on not even a holder of a descriptor can create in it), and only then read. Each entry is unlinked; a
 * directory that is not empty is moved up into the top, under a fresh name, and so joins the work list. Two directories
 * are open at any time, however deep the tree.
 *
 * What cannot be moved, because a directory above it is immutable or append-only, is emptied where it is, to a bounded
 * depth: such a tree was made by root.
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

#include "rmtree.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

/* How deep to go into directories that cannot be moved: one descriptor and one buffer each. */
#define STUCK_DEPTH 6
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
	unsigned long fresh; /* the next name for what is moved up */
	int why; /* the errno of what had to be left in the last pass over the top */
	/* Not on the stack, which is small here. */
	_Alignas(8) char listing[1 + STUCK_DEPTH][LISTING_SIZE];
};

static struct removal state;

static void empty(struct removal *removal, int dir, unsigned int depth);

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

/* Empty a directory where it is, then remove it. Returns whether it is gone. */
static bool
clear(struct removal *removal, int dir, const char *name, unsigned int depth)
{
	struct stat above, here;
	int fd;

	if (depth > STUCK_DEPTH)
		return false;
	do
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (fd == -1 && errno == EACCES && unlock(dir, name));
	if (fd == -1)
		return errno == ENOENT;
	/* rmdir has said that nothing was mounted here; this is for what root may have mounted since. */
	if (fstat(dir, &above) == 0 && fstat(fd, &here) == 0 && above.st_dev == here.st_dev) {
		/* Where this fails the directory is immutable, and nobody creates in it either. */
		(void)!fchown(fd, 0, 0);
		(void)fchmod(fd, S_IRWXU);
		empty(removal, fd, depth);
	}
	(void)close(fd);
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

/* Get one entry out of the way. Returns whether it is. */
static bool
dispose(struct removal *removal, int dir, const struct entry *entry, unsigned int depth)
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
	return (depth > 0 && lift(removal, dir, entry->name)) || clear(removal, dir, entry->name, depth + 1);
}

/* Go through the directory until it is empty or a whole pass changes nothing. */
static void
empty(struct removal *removal, int dir, unsigned int depth)
{
	char *listing = removal->listing[depth];
	bool progress;

	do {
		long size = lseek(dir, 0, SEEK_SET);

		progress = false;
		if (depth == 0)
			removal->why = 0;
		while (size != -1 && (size = syscall(SYS_getdents64, dir, listing, LISTING_SIZE)) > 0) {
			for (long at = 0; at < size;) {
				const struct entry *entry = (const struct entry *)(listing + at);

				at += entry->length;
				if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
					continue;
				if (dispose(removal, dir, entry, depth))
					progress = true;
				else if (removal->why == 0 || errno != ENOTEMPTY)
					removal->why = errno; /* a directory that is not empty has its reason below it */
			}
		}
		if (size == -1)
			removal->why = errno;
	} while (progress);
}

int
rmtree(int top)
{
	state.top = top;
	state.fresh = 0;
	empty(&state, top, 0);
	errno = state.why;
	return state.why == 0 ? 0 : -1;
}
