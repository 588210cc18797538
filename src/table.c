/*
 * Each path is walked once, inside the namespace, where nobody else is: a descriptor from outside
 * is no valid source of a bind mount. All sources are opened before anything is attached: a mount
 * may cover the source of another. A mount point that was opened stays the right one: what is
 * attached to it lands on top.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleaner.h"
#include "directory.h"
#include "identity.h"
#include "label.h"
#include "options.h"
#include "report.h"
#include "table.h"

/* Mount flags. --exec drops MS_NOEXEC from private and exposed mounts. */
#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The default limits. */
#define SIZE "10%"
#define INODES UINT64_C(409600)

/* What the rows are made from. */
struct wanted {
	const struct options *options;
	const struct identity *identity;
	const struct cleaner *cleaner;
	unsigned long flags; /* of private and exposed mounts */
	struct tmpfs tmpfs;  /* a private one */
};

/* Walk the path of an option. Dies on failure. */
static void
walk(const char *option, const char *path, struct place *place)
{
	if (!path_walk(path, place))
		diex("%s %s: %s", option, path, place->why);
}

/* Add a row with a mount point. */
static struct mount *
add_row(struct table *table, const char *option, const char *target, int point)
{
	struct mount *row = &table->rows[table->count++];

	*row = (struct mount){
		.option = option, .target = target, .flags = HARMLESS, .point = point, .tree = -1
	};
	return row;
}

/* Make the row a tmpfs that stays empty. */
static void
make_empty(const struct wanted *wanted, struct mount *row, const char *name, const char *inodes)
{
	row->flags |= MS_RDONLY;
	mount_tmpfs(
	    row, &(struct tmpfs){
		     .name = name, .size = "4k", .inodes = inodes, .gid = wanted->identity->gid });
}

/* Make the row a bind mount of the place, and close it: -C could reach it, without the flags. */
static void
bind_place(struct mount *row, const struct place *place, bool recursive)
{
	row->source = strdup(place->path);
	if (row->source == NULL)
		die("%s %s", row->option, place->path);
	mount_bind(row, place->fd, recursive);
	(void)close(place->fd);
}

/* Make the row a bind mount of the private directory of its cell, or a tmpfs if it has none. */
static void
make_private(const struct wanted *wanted, const char *dir, struct mount *row)
{
	const struct cell *cell = wanted->cleaner->cells, *end = cell + wanted->cleaner->count;
	char path[sizeof(cell->base) + sizeof(cell->name) + sizeof(CELL_TMP) + 2];
	struct facts made;
	struct place place;

	while (cell < end && strcmp(cell->replaced, dir) != 0)
		cell++;
	if (cell == end) {
		mount_tmpfs(row, &wanted->tmpfs);
		return;
	}
	cell_give(cell, wanted->tmpfs.gid, wanted->tmpfs.mode, &made);
	(void)snprintf(path, sizeof(path), "%s/%s/" CELL_TMP,
	    strcmp(cell->base, "/") == 0 ? "" : cell->base, cell->name);
	walk(row->option, path, &place);
	bind_place(row, &place, false);
	if (row->root.dev != made.dev || row->root.ino != made.ino)
		diex("%s %s: %s is another directory inside", row->option, row->target, path);
}

static struct mount *
find_row(struct table *table, const struct located *directory)
{
	struct mount *row = table->rows;

	while (row->target != directory->path || row->watched)
		row++;
	return row;
}

/* Make dir private: in memory, on disk, or by --dir. */
static void
add_directory(const struct wanted *wanted, struct table *table, const char *dir)
{
	bool first = table->private.count == 0;
	const char *option = first ? "private" : "--also";
	const struct located *known;
	char label[LABEL_SIZE];
	struct mount *row;
	struct place place;

	known = directory_walk(dir, &place, &table->private);
	if (known != NULL) {
		if (strcmp(known->path, place.path) == 0)
			return;
		/* Another name, such as a bind mount: the same private directory is there, too. */
		walk(option, dir, &place);
		row = add_row(table, option, path_append(&place, &table->covered)->path, place.fd);
		row->again = find_row(table, known);
		row->flags = wanted->flags;
		return;
	}
	label_read(place.fd, label);
	row = add_row(table, option, table->private.items[table->private.count - 1].path, place.fd);
	row->flags = wanted->flags;
	if (first && wanted->options->dir != NULL)
		return;
	make_private(wanted, dir, row);
	if (label_set(row->tree, label) == -1)
		die("%s %s: label %s", row->option, row->target, label);
}

/*
 * The sentinel: a tmpfs that nobody can reach, since the first private directory is mounted on top
 * of it. The kernel unmounts it when the last process of the namespace, and of all unshared from
 * it, has ended. A later file system may have its device number, but hardly its random odd number
 * of inodes. With --dir, --list and --join find the instance by it.
 */
static void
add_sentinel(const struct wanted *wanted, struct table *table)
{
	struct mount *row = add_row(table, "sentinel", PRIVATE_TMP, -1);
	static char inodes[16];
	uint32_t random = 0;
	struct statvfs fs;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		die("getrandom");
	(void)snprintf(inodes, sizeof(inodes), "%u", 0x100001U + (random & 0xffffeU));
	make_empty(wanted, row, SOURCE_SENTINEL, inodes);
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
	const char *below = NULL;
	struct mountinfo info;
	struct facts facts;
	char *line = NULL;

	if (mounts_stat(fd, "", &facts) == 0 && mounts_find(facts.id, &line, &info) &&
	    (below = path_within(path, info.point)) != NULL) {
		*dev = info.dev;
		(void)snprintf(inside, size, "%s%s",
		    strcmp(info.root, "/") == 0 && *below != '\0' ? "" : info.root, below);
	}
	free(line);
	return below != NULL;
}

/* Refuse a --dir below which a directory that is private is shared, be it by a bind mount. */
static void
check_dir(const struct table *table, const struct place *dir)
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
use_dir(const char *dir, const struct table *table, struct mount *row)
{
	struct place place;

	walk("--dir", dir, &place);
	if (!S_ISDIR(place.at.mode))
		diex("--dir %s: is no directory", dir);
	if (!path_owner_is_root(place.at.uid) && place.at.uid != geteuid())
		diex("--dir %s: is not owned by root", dir);
	check_dir(table, &place);
	bind_place(row, &place, false);
}

static void
add_directories(const struct wanted *wanted, struct table *table)
{
	const struct options *options = wanted->options;

	if (!options->tmpfs)
		add_sentinel(wanted, table);
	add_directory(wanted, table, PRIVATE_TMP);
	for (size_t i = 0; i < options->also.count; i++)
		add_directory(wanted, table, options->also.items[i].path);
	if (options->dir != NULL)
		use_dir(options->dir, table, find_row(table, &table->private.items[0]));
}

/*
 * Make the mount point of an exposed path, and the directories above it, in the detached tree of
 * the private directory. Returns its descriptor.
 */
static int
make_point(const struct mount *row, const char *rest, int tree, bool file)
{
	mode_t mask = umask(0);
	char name[NAME_MAX + 1];
	int dir = tree, next;

	while (*rest != '\0') {
		bool last;

		rest += strspn(rest, "/");
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(rest, "/"), rest);
		rest += strlen(name);
		last = *rest == '\0';
		if (!(file && last) && mkdirat(dir, name, 0755) == -1 && errno != EEXIST)
			die("%s %s: mount point", row->option, row->target);
		next = openat(dir, name,
		    file && last ? O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
				 : O_PATH | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		if (next == -1 || (dir != tree && close(dir) == -1))
			die("%s %s: mount point", row->option, row->target);
		dir = next;
	}
	(void)umask(mask);
	return dir;
}

static void
add_exposure(const struct wanted *wanted, struct table *table, const struct item *item)
{
	const struct located *below, *other;
	struct mount *row;
	struct place place, named = { .fd = -1 };

	if (!path_normalize(item->path, named.path))
		diex("--expose %s: is too long", item->path);
	below = path_enclosing(named.path, &table->private);
	if (below == NULL)
		diex("--expose %s: lies below no private directory, and is visible already",
		    named.path);
	if (strcmp(below->path, named.path) == 0)
		diex("--expose %s: is private itself; expose something below it", named.path);
	for (size_t i = 0; i < table->exposed.count; i++) {
		other = &table->exposed.items[i];
		if (path_within(named.path, other->path) || path_within(other->path, named.path))
			diex("--expose %s: overlaps with %s, which is exposed already", named.path,
			    other->path);
	}
	if (!path_walk_below(named.path, below->path, wanted->identity->uid, &place)) {
		if (!item->optional || (errno != ENOENT && errno != ENOTDIR))
			diex("--expose %s: %s", named.path, place.why);
		verbose("nothing to expose at %s", named.path);
		return;
	}
	row = add_row(table, "--expose", path_append(&named, &table->exposed)->path, -1);
	row->exposed = true;
	row->flags = wanted->flags | (item->read_only ? MS_RDONLY : 0);
	row->point = make_point(row, path_within(named.path, below->path),
	    find_row(table, below)->tree, !S_ISDIR(place.at.mode));
	bind_place(row, &place, true);
}

/* Walk to a path of --unmount or --hide, which may be optional. Returns whether it is there. */
static bool
walk_item(
    const struct table *table, const char *option, const struct item *item, struct place *place)
{
	if (path_walk(item->path, place)) {
		directory_check_apart(option, place->path, &table->private);
		return true;
	}
	if (!item->optional || (errno != ENOENT && errno != ENOTDIR))
		diex("%s %s: %s", option, item->path, place->why);
	verbose("nothing to hide at %s", item->path);
	return false;
}

/* Unmount at once: what is hidden later may lie below. */
static void
unmount(struct table *table, const struct item *item)
{
	struct place place;

	if (!walk_item(table, "--unmount", item, &place))
		return;
	(void)close(place.fd);
	/* Perhaps it lay below one that has been unmounted. */
	if (path_enclosing(place.path, &table->covered) != NULL)
		return;
	if (!place.at.root)
		diex("--unmount %s: nothing is mounted there", place.path);
	mount_remove("--unmount", place.path);
	(void)path_append(&place, &table->covered);
	verbose("unmounted %s (--unmount)", place.path);
}

static void
hide(const struct wanted *wanted, struct table *table, const struct item *item)
{
	const struct mount *end = table->rows + table->count, *earlier = table->rows;
	struct place place, null;
	struct mount *row;

	if (!walk_item(table, "--hide", item, &place))
		return;
	while (earlier < end && (strcmp(earlier->option, "--hide") != 0 ||
				    path_within(place.path, earlier->target) == NULL))
		earlier++;
	if (earlier < end) {
		(void)close(place.fd);
		return;
	}
	row = add_row(table, "--hide", path_append(&place, &table->covered)->path, place.fd);
	if (S_ISDIR(place.at.mode)) {
		make_empty(wanted, row, SOURCE_COVER, "2");
		return;
	}
	/* Cover a file with a device that cannot be opened, since the mount is nodev. */
	row->flags |= MS_RDONLY;
	walk("--hide", "/dev/null", &null);
	bind_place(row, &null, false);
}

void
table_automount(const struct options *options)
{
	if (options->dir != NULL)
		path_automount(options->dir);
	if (options->base != NULL)
		path_automount(options->base);
	for (size_t i = 0; i < options->also.count; i++)
		path_automount(options->also.items[i].path);
	for (size_t i = 0; i < options->hide.count; i++)
		path_automount(options->hide.items[i].path);
}

void
table_make(const struct options *options, const struct identity *identity,
    const struct cleaner *cleaner, struct table *table)
{
	struct wanted wanted = { options, identity, cleaner, HARMLESS, { 0 } };
	char size[32] = SIZE, inodes[32];

	if (options->exec)
		wanted.flags &= ~(unsigned long)MS_NOEXEC;
	if (options->size.count != 0)
		(void)snprintf(size, sizeof(size), "%" PRIu64 "%s", options->size.count,
		    options->size.percent ? "%" : "");
	(void)snprintf(inodes, sizeof(inodes), "%" PRIu64,
	    options->inodes.count != 0 ? options->inodes.count : INODES);
	wanted.tmpfs = (struct tmpfs){ SOURCE_PRIVATE, size, inodes, identity->gid,
		options->mode.given ? options->mode.bits
		: identity->other   ? 0770
				    : 01777,
		options->noswap };
	add_directories(&wanted, table);
	for (size_t i = 0; i < options->expose.count; i++)
		add_exposure(&wanted, table, &options->expose.items[i]);
	for (size_t i = 0; i < options->unmount.count; i++)
		unmount(table, &options->unmount.items[i]);
	for (size_t i = 0; i < options->hide.count; i++)
		hide(&wanted, table, &options->hide.items[i]);
}

void
table_mount(struct table *table, int watch)
{
	for (struct mount *row = table->rows; row < table->rows + table->count; row++) {
		if (row->again != NULL)
			mount_bind(row, row->again->tree, false);
		mount_attach(row, row->watched ? row[1].point : row->point);
		mount_verify(row);
		if (row->watched && watch > 0 &&
		    inotify_add_watch(watch, row->target, IN_UNMOUNT | IN_ONLYDIR) == -1)
			die("%s %s: watch", row->option, row->target);
		verbose("mounted %s%s (%s)", row->source == NULL ? "a tmpfs at " : "", row->target,
		    row->option);
	}
	/* An open descriptor of the sentinel would keep it and the cell alive. */
	for (struct mount *row = table->rows; row < table->rows + table->count; row++)
		if (close(row->tree) == -1 || (row->point != -1 && close(row->point) == -1))
			die("%s %s: close", row->option, row->target);
}
