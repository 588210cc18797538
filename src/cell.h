/*
 * A cell is a directory BASE/privtmp.XXXXXX, root:root 0700, made by mkdtemp. It contains
 *
 *   tmp     the private directory, which is bind-mounted in the command's mount namespace
 *   record  a symbolic link whose target is the text BOOT-ID MAJOR:MINOR INODES: the boot, and the
 *           device and free inodes of the sentinel, a tmpfs that lives as long as that namespace
 *           and all unshared from it (private.c)
 *
 * Its mode keeps out everybody but its owner: with --user, even other processes of USER. A lock on
 * it, by flock(2), shows that its cleaner lives.
 */

#pragma once

#include "options.h"
#include "path.h"

#define CELL_TEMPLATE "privtmp.XXXXXX"
#define CELL_TMP "tmp"

/* /tmp, and those of --also. */
#define CELLS_MAX (LIST_MAX + 1)

struct cell {
	/* Set by cell_plan(), or by the caller of cell_open(). */
	const char *replaced; /* the private directory that it is for, as the option names it */
	char base[PATH_MAX];  /* the directory that contains the cell; no symbolic links */
	int base_fd;	      /* a descriptor of base */

	/* Set by cell_make(). cell_open() sets name and fd. */
	char name[sizeof(CELL_TEMPLATE)]; /* "" if there is nothing to remove */
	int fd;				  /* of the cell; holds the lock */
};

struct record {
	char boot[40]; /* "-" if it is unknown */
	dev_t dev;
	uint64_t inodes;
};

/* Whether path ends in /privtmp.XXXXXX/tmp. */
bool cell_is_private(const char *path);

/*
 * Plan a cell for each directory that becomes private on disk, and walk to its base. Returns their
 * number. Changes nothing, but autofs may mount. Dies if a base is missing or unsafe.
 */
size_t cell_plan(const struct options *options, struct cell *cells);

/* Return NULL if base can safely contain cells, else the reason. */
const char *cell_refuse_base(const struct place *base);

/*
 * Make the cell and lock it. The umask, and a setgid bit or default ACL of the base, do not change
 * owners and modes. Changes the working directory. Prints a warning and returns false on failure.
 * Sets cell->name before it makes the directory.
 */
bool cell_make(struct cell *cell);

/* Give the private directory its group and mode, and fill *facts with its. Dies on failure. */
void cell_give(const struct cell *cell, gid_t gid, mode_t mode, struct facts *facts);

/* Fill boot of a record with that of this process. */
void cell_begin_record(struct record *record);

/* Write the record. Returns 0, or -1 with errno set. */
int cell_write_record(const struct cell *cell, const struct record *record);

/* Read the record. Returns 1, 0 if there is none, or -1 if it cannot be read. */
int cell_read_record(const struct cell *cell, struct record *record);

/*
 * Open and lock the cell of that name in the base. Returns NULL, or the reason if it is not a cell
 * of ours, or is locked. In both cases the caller closes cell->fd if it is not -1.
 */
const char *cell_open(struct cell *cell, const char *name);

/*
 * Remove the cell and all that is in it. Returns 0, or -1 with errno set if something had to be
 * left; then it may be called again.
 */
int cell_remove(struct cell *cell);
