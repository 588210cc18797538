/*
 * Each private directory is made from the cell that was made for it outside, or a tmpfs; that of
 * /tmp may be --dir. The SELinux label of what it replaces passes to it.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleaner.h"
#include "directory.h"
#include "options.h"
#include "private.h"
#include "report.h"

/* security.* attributes can be set without a security module, too. */
#define LABEL "security.selinux"

/* Pass the SELinux label of what the row replaces to it. */
static void
pass_label(const struct mount *row)
{
	int from = openat(row->point, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int to = openat(row->tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char label[256];
	ssize_t size = fgetxattr(from, LABEL, label, sizeof(label));

	/* Only root can set it, and not every file system has labels. */
	if (size > 0 && geteuid() == 0 && fsetxattr(to, LABEL, label, (size_t)size, 0) == -1 &&
	    errno != EOPNOTSUPP)
		die("%s %s: label %.*s", row->option, row->target, (int)size, label);
	(void)close(from);
	(void)close(to);
}

/* Make the row a bind mount of the private directory of its cell, or a tmpfs if it has none. */
static void
make_private(const struct wanted *wanted, const char *dir, struct mount *row)
{
	const struct cell *cell = wanted->cleaner->cells, *end = cell + wanted->cleaner->count;
	char name[sizeof(cell->name) + sizeof(CELL_TMP)];
	struct facts made;
	struct place place;
	int base;

	while (cell < end && strcmp(cell->replaced, dir) != 0)
		cell++;
	if (cell == end) {
		mount_tmpfs(row, &wanted->tmpfs);
		return;
	}
	cell_give(cell, wanted->tmpfs.gid, wanted->tmpfs.mode, &made);
	path_walk_or_die(row->option, cell->base, &place);
	base = place.fd;
	/* The whole path may be too long for a walk. */
	(void)snprintf(name, sizeof(name), "%s/" CELL_TMP, cell->name);
	place.fd = openat(base, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place.fd == -1 || close(base) == -1)
		die("%s %s: %s/%s", row->option, row->target, cell->base, name);
	mount_bind(row, &place, false);
	if (row->root.dev != made.dev || row->root.ino != made.ino)
		diex("%s %s: base %s is another directory inside", row->option, row->target,
		    cell->base);
}

struct mount *
private_row(struct mount_table *table, const struct located *directory)
{
	return &table->rows[table->rows[0].watched + (directory - table->private.items)];
}

/* Make dir private: in memory, on disk, or by --dir. */
static void
add_directory(const struct wanted *wanted, struct mount_table *table, const char *dir)
{
	bool first = table->private.count == 0;
	const char *option = first ? "private" : "--also";
	const struct located *directory;
	struct mount *row;
	struct place place;

	directory = directory_walk(dir, &place, &table->private);
	if (directory == NULL)
		return;
	row = mount_add(table, option, directory->path, place.fd);
	row->flags = wanted->flags;
	if (first && wanted->options->dir != NULL)
		return;
	make_private(wanted, dir, row);
	pass_label(row);
}

/*
 * The sentinel: a tmpfs that nobody can reach, since the first private directory is mounted on top
 * of it. The kernel unmounts it when the last process of the namespace, and of all unshared from
 * it, has ended. A later file system may have its device number, but hardly its random odd number
 * of inodes. With --dir, --list and --join find the instance by it.
 */
static void
add_sentinel(const struct wanted *wanted, struct mount_table *table)
{
	struct mount *row = mount_add(table, "sentinel", PRIVATE_TMP, -1);
	static char inodes[16];
	uint32_t random = 0;
	struct statvfs fs;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		die("getrandom");
	(void)snprintf(inodes, sizeof(inodes), "%u", 0x100001U + (random & 0xffffeU));
	mount_empty(row, SOURCE_SENTINEL, inodes, wanted->tmpfs.gid);
	if (fstatvfs(row->tree, &fs) == -1)
		die("sentinel: statvfs");
	row->watched = true;
	table->sentinel = row->root.dev;
	table->sentinel_inodes = fs.f_ffree;
}

/* Find the device of the file system, and the path in it. Needs /proc. */
static bool
locate(int fd, const char *path, dev_t *dev, char *inside, size_t size)
{
	const char *below;
	struct mountinfo info;
	struct facts facts;

	if (mounts_stat(fd, "", &facts) == -1 || !mounts_find(facts.id, &info) ||
	    (below = path_within(path, info.point)) == NULL)
		return false;
	*dev = info.dev;
	(void)snprintf(inside, size, "%s%s",
	    strcmp(info.root, "/") == 0 && *below != '\0' ? "" : info.root, below);
	return true;
}

/* Refuse a --dir below which a directory that is private is shared, be it by a bind mount. */
static void
check_dir(const struct mount_table *table, const struct place *dir)
{
	char ours[2 * PATH_MAX], theirs[2 * PATH_MAX];
	dev_t dev, other;

	if (!locate(dir->fd, dir->path, &dev, ours, sizeof(ours)))
		diex("--dir %s: needs /proc, to tell what can be reached below it", dir->path);
	for (const struct mount *row = table->rows; row < table->rows + table->count; row++) {
		if (row->watched)
			continue;
		if (!locate(row->point, row->target, &other, theirs, sizeof(theirs)))
			diex("--dir %s: cannot tell where %s is", dir->path, row->target);
		if (dev == other && strcmp(ours, theirs) == 0)
			diex("--dir %s: is %s itself, which all share", dir->path, row->target);
		if (path_within(row->target, dir->path) != NULL ||
		    (dev == other && path_within(theirs, ours) != NULL))
			diex("--dir %s: contains %s, which all share", dir->path, row->target);
	}
}

/* Make the row of /tmp a bind mount of --dir. */
static void
use_dir(const char *dir, const struct mount_table *table, struct mount *row)
{
	struct place place;

	path_walk_or_die("--dir", dir, &place);
	if (!S_ISDIR(place.at.mode))
		diex("--dir %s: is no directory", dir);
	if (geteuid() == 0 ? !path_owner_is_root(place.at.uid)
			   : path_find(&place, &table->trusted) == NULL)
		diex("--dir %s: is not owned by root", dir);
	check_dir(table, &place);
	mount_bind(row, &place, false);
}

void
private_add(const struct wanted *wanted, struct mount_table *table)
{
	const struct options *options = wanted->options;

	if (!options->tmpfs)
		add_sentinel(wanted, table);
	add_directory(wanted, table, PRIVATE_TMP);
	for (size_t i = 0; i < options->also.count; i++)
		add_directory(wanted, table, options->also.items[i].path);
	if (options->dir != NULL)
		use_dir(options->dir, table, private_row(table, &table->private.items[0]));
}
