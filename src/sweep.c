/*
 * --sweep removes cells whose cleaner was killed. A cell is dead if nobody holds its lock, its file
 * system is local, and it has no record, or the record shows that its namespace has ended: it is
 * from another boot, or the sentinel's device is gone, or has another number of inodes. Last, all
 * processes are searched for mounts of the private directory: it may be mounted elsewhere without
 * the sentinel. A process can keep a cell, but cannot cause its removal.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cell.h"
#include "instances.h"
#include "path.h"
#include "report.h"

/* The inode number of /proc/self/ns/pid in the initial pid namespace (linux/proc_ns.h). */
#define INITIAL_PID_NAMESPACE 0xeffffffcU

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

	if (syscall(SYS_ustat, (unsigned int)record->dev, &answer) == -1)
		return errno == EINVAL ? NULL
				       : "this system cannot tell whether it is in use (no ustat); "
					 "the next boot can";
	if ((unsigned int)answer.free_inodes != (unsigned int)record->inodes)
		return NULL;
	return "it is in use, though its cleaner has gone";
#else
	(void)record;
	return "this machine cannot tell whether it is in use (no ustat); the next boot can";
#endif
}

/*
 * Open and lock the cell. Returns NULL if it is dead, else the reason. Sets *ask if the processes
 * must still be searched.
 */
static const char *
examine(struct cell *cell, const char *name, const struct record *now, bool *ask)
{
	struct record record;
	const char *why = cell_open(cell, name);

	*ask = false;
	if (why == NULL)
		why = check_file_system(cell);
	if (why != NULL)
		return why;
	switch (cell_read_record(cell, &record)) {
	case 0:
		return NULL; /* its command has not run */
	case 1:
		break;
	default:
		return "its record cannot be read";
	}
	/* "-" stands for a boot that is not known. */
	if (strcmp(record.boot, now->boot) != 0 && strcmp(record.boot, "-") != 0 &&
	    strcmp(now->boot, "-") != 0)
		return NULL;
	*ask = true;
	why = check_sentinel(&record);
	/* Its processes are all visible in its own pid namespace, or in the initial one. */
	if (why == NULL && now->pid_namespace != INITIAL_PID_NAMESPACE &&
	    (now->pid_namespace == 0 || now->pid_namespace != record.pid_namespace))
		why = "it was made in another pid namespace, whose processes cannot be seen from "
		      "here";
	return why;
}

static void
print_left(const struct cell *cell, const char *name, const char *why)
{
	char shown[4 * NAME_MAX + 1];

	/* The cleaner or another sweep may have removed it. */
	if (faccessat(cell->base_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		return;
	/* Any user may have chosen it. */
	(void)report_escape(shown, sizeof(shown), name);
	printf("left %s/%s: %s\n", cell->base, shown, why);
}

/* Remove the cell if why is NULL. Closes it. Returns false if the removal failed. */
static bool
finish(struct cell *cell, const char *name, const char *why)
{
	bool left = false;

	if (why != NULL) {
		print_left(cell, name, why);
	} else if (cell_remove(cell) == -1) {
		warn("%s/%s: cannot be removed", cell->base, name);
		left = true;
	} else {
		printf("removed %s/%s\n", cell->base, name);
	}
	if (cell->fd != -1)
		(void)close(cell->fd);
	return !left;
}

/* The cells of a base that processes may have mounted. */
struct candidates {
	struct location *locations;
	size_t count;
};

static void
add_candidate(struct candidates *candidates, const struct cell *cell)
{
	candidates->locations = reallocarray(
	    candidates->locations, candidates->count + 1, sizeof(*candidates->locations));
	if (candidates->locations == NULL)
		die("--sweep");
	if (instances_locate(cell, &candidates->locations[candidates->count]))
		candidates->count++;
	else
		print_left(cell, cell->name, "its mount cannot be found");
	(void)close(cell->fd);
}

/* Search the processes once for all candidates. Remove those that none has mounted. */
static bool
sweep_candidates(struct cell *cell, const struct candidates *candidates, const struct record *now)
{
	int error = candidates->count == 0
			? 0
			: instances_find(candidates->locations, candidates->count);
	bool removed = true;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct location *location = &candidates->locations[i];
		char name[sizeof(CELL_TEMPLATE)], why[80];
		const char *left;
		bool ask;

		(void)snprintf(name, sizeof(name), "%s",
		    strrchr(location->root, 0) - strlen(CELL_TEMPLATE "/" CELL_TMP));
		(void)snprintf(why, sizeof(why), "process %d has it mounted", (int)location->pid);
		left = examine(cell, name, now, &ask);
		if (left == NULL && location->pid != 0)
			left = why;
		if (left == NULL && error != 0)
			left = error == EACCES
				   ? "a process may be using it; to ask all needs CAP_SYS_PTRACE"
				   : strerror(error);
		removed = finish(cell, name, left) && removed;
		free(location->root);
	}
	free(candidates->locations);
	return removed;
}

static bool
sweep_base(struct place *base, const struct record *now)
{
	struct cell cell = { .base_fd = base->fd, .fd = -1 };
	struct candidates candidates = { 0 };
	const struct dirent *entry;
	const char *why;
	bool removed = true, ask;
	int fd = openat(base->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	strcpy(cell.base, base->path);
	if (dir == NULL)
		die("%s", base->path);
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, CELL_TEMPLATE,
			sizeof(CELL_TEMPLATE) - sizeof("XXXXXX")) != 0)
			continue;
		why = examine(&cell, entry->d_name, now, &ask);
		if (why == NULL && ask)
			add_candidate(&candidates, &cell);
		else
			removed = finish(&cell, entry->d_name, why) && removed;
	}
	if (errno != 0)
		die("%s", base->path);
	(void)closedir(dir);
	return sweep_candidates(&cell, &candidates, now) && removed;
}

bool
cell_sweep(const char *base)
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
