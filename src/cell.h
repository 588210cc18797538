/*
 * The cell: a directory BASE/privtmp.XXXXXX, root:root 0700, made by mkdtemp, and in it the directory "tmp", which is
 * what gets mounted. The cell keeps everybody else out, processes of the same user included, and a BSD lock on it tells
 * the world that it is in use.
 */

#ifndef CELL_H
#define CELL_H

#include <stdbool.h>
#include <sys/types.h>

#include "path.h"

struct stat;

#define CELL_TEMPLATE "privtmp.XXXXXX"
#define CELL_ROOM "tmp"
#define CELLS_MAX 16

struct cell {
	/* What is asked for. */
	const char *base; /* the directory that the cell is made in, absolute and tidy, ... */
	int base_fd;	  /* ... and a descriptor of it */
	gid_t gid;	  /* the room belongs to root and this group ... */
	mode_t mode;	  /* ... and has exactly this mode */

	/* What cell_make made of it. */
	char name[sizeof(CELL_TEMPLATE)]; /* "" while there is nothing to remove */
	int fd;				  /* the cell; holds the lock */
	char *path;			  /* of the room; lives as long as the process */
	struct object room;
};

/* Whether that is how a cell is named. */
bool cell_is_name(const char *name);

/* Whether that is the path of a room; then name, of sizeof(CELL_TEMPLATE) bytes, gets that of its cell. */
bool cell_is_room(const char *path, char *name);

/* Why it is no safe base, in words, or NULL. */
const char *cell_base_flaw(const struct stat *st);

/*
 * Open and check the base: a real directory of root's, sticky or writable by root alone. Nobody else can then rename what
 * we make in it. Fills base_fd. Returns 0, or -1, which has been said.
 */
int cell_open_base(struct cell *cell);

/*
 * Make the cell and its room, with exact owners and modes whatever the umask and the base's setgid bit or default ACL
 * say, and lock it. Changes the working directory. Returns 0, or -1, which has been said; then too the cell may need
 * cell_remove().
 */
int cell_make(struct cell *cell);

/*
 * Open and lock what bears a name in the base, if it is a cell of ours beyond doubt, and nobody is about to use it or to
 * remove it. What was made within the last second might be; patient waits that out. Changes the working directory.
 * Returns NULL and fills name and fd, or says in words why not; fd may need close() either way.
 */
const char *cell_seize(struct cell *cell, const char *name, bool patient);

/*
 * Remove the cell with all that is in it. Returns 0, or -1 with errno set when something had to be left; then it may be
 * called again. Says nothing.
 */
int cell_remove(struct cell *cell);

#endif
