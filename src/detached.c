/*
 * Detached mounts for rows of the table: a bind mount of the source, or a new tmpfs. Sources are
 * opened inside the namespace, component by component (path.c).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cell.h"
#include "namespace.h"
#include "report.h"

/* Interfaces of the kernel (linux/mount.h) that not every libc declares. */
#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#define FS_CLOEXEC 1U	       /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
#define FS_SET_STRING 1U       /* FSCONFIG_SET_STRING */
#define FS_CREATE 6U	       /* FSCONFIG_CMD_CREATE */
#define TREE_CLONE 1U	       /* OPEN_TREE_CLONE */
#define TREE_RECURSIVE 0x8000U /* AT_RECURSIVE */

struct mount_attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns;
};

void
row_walk(const struct mount *row, const char *path, const char *private, struct place *place)
{
	if (!(private != NULL ? path_walk_below(path, private, row->uid, place)
			      : path_walk(path, place)))
		row_diex(row, place->why);
}

/* Walk to the source of a row. Returns a descriptor. */
static int
open_source(const struct mount *row)
{
	struct place place;
	int cell, fd;

	if (row->kind != MOUNT_CELL) {
		row_walk(row, row->source.path, row->private, &place);
		return place.fd;
	}
	row_walk(row, row->cell->base, NULL, &place);
	cell = openat(place.fd, row->cell->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fd = cell == -1 ? -1
			: openat(cell, CELL_TMP, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || close(cell) == -1 || close(place.fd) == -1)
		die("%s %s: %s/%s", row->option, row->target, row->cell->base, row->cell->name);
	return fd;
}

int
detached_copy(struct mount *row)
{
	/* MS_PRIVATE, whatever the source is: no mount inside may propagate out. */
	struct mount_attributes attributes = { .set = row->flags, .propagation = MS_PRIVATE };
	unsigned int recursive = row->kind == MOUNT_EXPOSED ? TREE_RECURSIVE : 0;
	int source = open_source(row), tree;
	struct stat st;

	if (fstat(source, &st) == -1)
		row_die(row, "source");
	/* Refuse a replaced source. That of MOUNT_AGAIN is new: accept it. */
	if (row->kind == MOUNT_AGAIN)
		row->source = (struct located){ row->source.path, st.st_dev, st.st_ino };
	if (st.st_dev != row->source.dev || st.st_ino != row->source.ino)
		diex("%s %s: was replaced while privtmp was starting", row->option,
		    row->source.path);
	tree = (int)syscall(SYS_open_tree, source, "",
	    TREE_CLONE | (unsigned int)O_CLOEXEC | AT_EMPTY_PATH | recursive);
	/* Close the source: -C could reach it in /proc, without the flags. */
	if (tree == -1 || close(source) == -1 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | recursive, &attributes,
		sizeof(attributes)) == -1)
		row_die(row, "copy of the mount");
	return tree;
}

int
detached_tmpfs(struct mount *row)
{
	char uid[16], gid[16], mode[16];
	const char *const parameters[][2] = { { "source", row->name }, { "size", row->size },
		{ "nr_inodes", row->inodes }, { "uid", uid }, { "gid", gid }, { "mode", mode } };
	int fs = (int)syscall(SYS_fsopen, "tmpfs", FS_CLOEXEC), tree, root;

	(void)snprintf(uid, sizeof(uid), "%u", row->uid);
	(void)snprintf(gid, sizeof(gid), "%u", row->gid);
	(void)snprintf(mode, sizeof(mode), "%o", row->mode);
	if (fs == -1)
		row_die(row, "tmpfs");
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (syscall(SYS_fsconfig, fs, FS_SET_STRING, parameters[i][0], parameters[i][1],
			0) == -1)
			die("%s %s: tmpfs with %s=%s", row->option, row->target, parameters[i][0],
			    parameters[i][1]);
	if (syscall(SYS_fsconfig, fs, FS_CREATE, NULL, NULL, 0) == -1 ||
	    (tree = (int)syscall(SYS_fsmount, fs, FS_CLOEXEC, row->flags)) == -1 || close(fs) == -1)
		row_die(row, "tmpfs");
	if (row->label[0] != '\0') {
		root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (root == -1 || cell_set_label(root, row->label) == -1 || close(root) == -1)
			die("%s %s: label %s", row->option, row->target, row->label);
	}
	return tree;
}
