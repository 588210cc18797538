/*
 * A cell is a directory BASE/privtmp.XXXXXX, root:root 0700, made by mkdtemp. In it are
 *
 *   tmp     the private directory, which is mounted inside
 *   record  a symbolic link to the text BOOT-ID PID-NAMESPACE MAJOR:MINOR INODES, made before the
 *           command runs: the boot, the pid namespace of privtmp, and the device and the number of
 *           free inodes of the sentinel, which lives as long as the command's mount namespace
 *
 * The cell keeps everybody else out, other processes of the same user included. A BSD lock on it
 * shows that its cleaner lives.
 */

#ifndef CELL_H
#define CELL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CELL_TEMPLATE "privtmp.XXXXXX"
#define CELL_TMP "tmp"
#define LABEL_SIZE 256

struct place;

struct cell {
	/* What is asked for. */
	char base[PATH_MAX]; /* the directory to make the cell in, without symbolic links, ... */
	int base_fd;	     /* ... and a descriptor of it */
	gid_t gid;	     /* group of the private directory, which is root's */
	mode_t mode;
	char label[LABEL_SIZE]; /* its security.selinux, or "" */

	/* What cell_make() or cell_open() fills. */
	char name[sizeof(CELL_TEMPLATE)]; /* "" if there is nothing to remove */
	int fd;				  /* of the cell; holds the lock */
	dev_t dev;			  /* the private directory */
	ino_t ino;
};

struct record {
	char boot[40];		/* "-" if it cannot be told */
	uint64_t pid_namespace; /* an inode number, 0 if it cannot be read */
	dev_t dev;
	uint64_t inodes;
};

/* Whether path ends in CELL/tmp. */
bool cell_is_private(const char *path);

/* Why nobody can keep cells there safely, in words, or NULL. */
const char *cell_refuse_base(const struct place *base);

/* Fill label, of LABEL_SIZE bytes, with the security.selinux of a directory, "" if it has none. */
void cell_read_label(int dir, char *label);

/*
 * Give it to another directory. Without root, or where the file system has no labels, or the label
 * is "", there is nothing to do. Returns 0, or -1 with errno set.
 */
int cell_set_label(int fd, const char *label);

/*
 * Make the cell and lock it. Owners and modes are exact whatever the umask, or a setgid bit or
 * default ACL of the base, say. Changes the working directory. Returns false on failure, after a
 * warning. The name is valid from before there is anything to remove.
 */
bool cell_make(struct cell *cell);

/* Fill the parts of a record that are about this boot and this process. */
void cell_begin_record(struct record *record);

/* Write the record. Returns 0, or -1 with errno set. */
int cell_write_record(const struct cell *cell, const struct record *record);

/* Read the record. Returns 1, 0 if there is none, or -1 if it cannot be read. */
int cell_read_record(const struct cell *cell, struct record *record);

/*
 * Open and lock the entry of that name in the base, if it is a cell of ours that nobody has locked.
 * Returns NULL, or the reason why not, in words. The caller closes fd where it is not -1.
 */
const char *cell_open(struct cell *cell, const char *name);

/*
 * Remove the cell and all that is in it. Returns 0, or -1 with errno set if something had to be
 * left; then it may be called again.
 */
int cell_remove(struct cell *cell);

/*
 * Remove the dead cells in the directory base, or, if that is NULL, where cells usually are
 * (sweep.c). Prints a line for each cell that was removed or left. Returns false if one could not
 * be removed.
 */
bool cell_sweep(const char *base);

#endif
