/*
 * --sweep removes cells whose cleaner was killed. A cell is dead if nobody holds its lock, its file
 * system is local, and it has no record, or the record shows that its namespace has ended: it is
 * from another boot, or the sentinel's device is gone, or has another number of inodes. These are
 * facts of the kernel, the same in every namespace. A user can keep a cell, but cannot cause its
 * removal.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cell.h"
#include "path.h"
#include "report.h"
#include "sweep.h"

/* Where cells are made without --base. */
static const char *const usual[] = { "/tmp", "/var/tmp", "/dev/shm" };

/* File systems of one machine alone (linux/magic.h and others). Any other may be shared. */
static const unsigned int local[] = {
	0xef53,	    /* ext2, ext3, ext4 */
	0x58465342, /* xfs */
	0x9123683e, /* btrfs */
	0x01021994, /* tmpfs */
	0x858458f6, /* ramfs */
	0xf2f52010, /* f2fs */
	0x794c7630, /* overlay */
	0x2fc12fc1, /* zfs */
	0xca451a4e, /* bcachefs */
	0x3153464a, /* jfs */
	0x52654973, /* reiserfs */
	0x3434,	    /* nilfs2 */
	0x24051905, /* ubifs */
};

/* struct ustat of ustat(2). Libcs lack it now. */
struct ustat_answer {
	int free_blocks;
#if defined(__s390x__)
	unsigned int free_inodes;
#else
	unsigned long free_inodes;
#endif
	char names[12];
};

static const char *
check_file_system(const struct cell *cell)
{
	struct statfs fs;

	if (fstatfs(cell->fd, &fs) == -1)
		return strerror(errno);
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if ((unsigned int)fs.f_type == local[i])
			return NULL;
	return "its file system may be shared with other machines";
}

/* Return NULL if the sentinel's namespace has ended, else the reason. */
static const char *
check_sentinel(const struct record *record)
{
#ifdef SYS_ustat
	struct ustat_answer answer = { 0 };

	if (syscall(SYS_ustat, (unsigned int)record->dev, &answer) == 0)
		return (unsigned int)answer.free_inodes == (unsigned int)record->inodes
			   ? "it is in use, though its cleaner has gone"
			   : NULL;
	if (errno == EINVAL)
		return NULL;
#else
	(void)record;
#endif
	return "this system cannot tell whether it is in use (no ustat); the next boot can";
}

/* Open and lock the cell. Returns NULL if it is dead, else the reason. */
static const char *
examine(struct cell *cell, const char *name, const struct record *now)
{
	struct record record;
	const char *why = cell_open(cell, name);
	int found;

	if (why == NULL)
		why = check_file_system(cell);
	if (why != NULL)
		return why;
	found = cell_read_record(cell, &record);
	if (found == -1)
		return "its record cannot be read";
	/* Without one, its command has not run. "-" stands for a boot that is not known. */
	if (found == 0 || (strcmp(record.boot, now->boot) != 0 && strcmp(record.boot, "-") != 0 &&
			      strcmp(now->boot, "-") != 0))
		return NULL;
	return check_sentinel(&record);
}

/* Remove the cell if why is NULL, else print why it is left. Returns false if removal fails. */
static bool
finish(struct cell *cell, const char *name, const char *why)
{
	char shown[4 * NAME_MAX + 1];

	if (why == NULL && cell_remove(cell) == -1) {
		warn("%s/%s: cannot be removed", cell->base, name);
		return false;
	}
	if (why == NULL) {
		printf("removed %s/%s\n", cell->base, name);
	} else if (faccessat(cell->base_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
		   errno != ENOENT) {
		/* Any user may have chosen the name. */
		(void)report_escape(shown, sizeof(shown), name);
		printf("left %s/%s: %s\n", cell->base, shown, why);
	} /* else the cleaner or another sweep has removed it */
	return true;
}

static bool
sweep_base(const struct place *base, const struct record *now)
{
	struct cell cell = { .base_fd = base->fd, .fd = -1 };
	const struct dirent *entry;
	bool removed = true;
	int fd = openat(base->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	strcpy(cell.base, base->path);
	if (dir == NULL)
		die("%s", base->path);
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, CELL_TEMPLATE,
			sizeof(CELL_TEMPLATE) - sizeof("XXXXXX")) != 0)
			continue;
		removed = finish(&cell, entry->d_name, examine(&cell, entry->d_name, now)) &&
			  removed;
		if (cell.fd != -1)
			(void)close(cell.fd);
	}
	if (errno != 0)
		die("%s", base->path);
	(void)closedir(dir);
	return removed;
}

bool
sweep_run(const char *base)
{
	struct record now;
	struct place place;
	const char *why;
	bool removed = true;

	cell_begin_record(&now);
	for (size_t i = 0; i < (base != NULL ? 1 : sizeof(usual) / sizeof(usual[0])); i++) {
		why = path_walk(base != NULL ? base : usual[i], &place) ? cell_refuse_base(&place)
									: place.why;
		if (why != NULL && base != NULL)
			diex("base %s: %s", base, why);
		/* Where no cell can be made, there is nothing to sweep. */
		if (why == NULL)
			removed = sweep_base(&place, &now) && removed;
		if (place.fd != -1)
			(void)close(place.fd);
	}
	if (fflush(stdout) != 0)
		die("standard output");
	return removed;
}
