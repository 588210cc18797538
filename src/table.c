/* Options to the table of mounts: private directories, and what is exposed, hidden, unmounted. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "instances.h"
#include "options.h"
#include "plan.h"
#include "report.h"

/* Mount flags. --exec drops MS_NOEXEC from private and exposed mounts. */
#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The default limits. */
#define SIZE "10%"
#define INODES UINT64_C(409600)

/* Walk the path of an option. Dies on failure. */
static void
resolve(const char *option, const char *path, struct place *place)
{
	if (!path_walk(path, place))
		diex("%s %s: %s", option, path, place->why);
}

static char *
copy(const char *text)
{
	char *copied = strdup(text);

	if (copied == NULL)
		die("%s", text);
	return copied;
}

/* Add a row with our own uid and the gid of private directories. */
static struct mount *
add_mount(struct plan *plan, enum mount_kind kind, const char *option, const char *target)
{
	struct mount *row = &plan->table.rows[plan->table.count++];

	*row = (struct mount){
		.kind = kind,
		.option = option,
		.target = copy(target),
		.flags = HARMLESS,
		.uid = geteuid(),
		.gid = plan->identity.gid,
		.label = "",
	};
	return row;
}

/* Make the row a tmpfs that stays empty. */
static void
make_empty(struct mount *row, const char *name, const char *inodes)
{
	row->flags |= MS_RDONLY;
	row->name = name;
	row->size = "4k";
	row->inodes = inodes;
}

/* Refuse a directory that is in a private directory, or contains one. */
static void
check_apart(const struct plan *plan, const char *dir, const char *option)
{
	for (size_t i = 0; i < plan->directories.count; i++) {
		const char *private = plan->directories.items[i].path;

		if (path_within(dir, private))
			diex("%s %s: is inside %s, which is private", option, dir, private);
		if (path_within(private, dir))
			diex("%s %s: contains %s, which is private", option, dir, private);
	}
}

/* Plan a cell for the row, in --base or in the target itself. Takes over place->fd. */
static void
add_cell(const struct options *options, struct plan *plan, struct mount *row, struct place *place)
{
	struct cell *cell = &plan->cleaner.cells[plan->cleaner.count++];
	const char *why;
	struct statvfs st;

	if (options->base != NULL) {
		(void)close(place->fd);
		resolve("--base", options->base, place);
	}
	why = cell_refuse_base(place);
	if (why != NULL)
		diex("base %s: %s", place->path, why);
	cell->base_fd = place->fd;
	cell->fd = -1;
	cell->gid = row->gid;
	cell->mode = row->mode;
	strcpy(cell->base, place->path);
	strcpy(cell->label, row->label);
	if (options->exec && (fstatvfs(place->fd, &st) == -1 || (st.f_flag & ST_NOEXEC) != 0))
		diex("--exec: %s is mounted noexec; use another --base, or --tmpfs", place->path);
	row->kind = MOUNT_CELL;
	row->cell = cell;
}

/* As root, refuse a directory unlike /tmp: a private /etc would make USER root. */
static void
check_shared(const struct place *place, const char *option)
{
	mode_t mode = place->at.mode & (S_ISVTX | S_IWOTH);

	if (geteuid() == 0 && (!path_owner_is_root(place->at.uid) || mode != (S_ISVTX | S_IWOTH)))
		diex("%s %s: is not like /tmp: root's, sticky and writable by all", option,
		    place->path);
}

/* Make the row a bind mount of --dir. */
static void
use_dir(const char *dir, const struct place *target, struct mount *row)
{
	struct place place;

	resolve("--dir", dir, &place);
	if (!S_ISDIR(place.at.mode))
		diex("--dir %s: is no directory", dir);
	if (!path_owner_is_root(place.at.uid) && place.at.uid != geteuid())
		diex("--dir %s: is not owned by root", dir);
	if (place.at.dev == target->at.dev && place.at.ino == target->at.ino)
		diex("--dir %s: is " TARGET " itself, which all share", dir);
	row->kind = MOUNT_DIR;
	row->source = (struct located){ copy(place.path), place.at.dev, place.at.ino };
	(void)close(place.fd);
}

/* The private directory that place is, be it at another path, as with a bind mount; or NULL. */
static const struct located *
find_private(const struct plan *plan, const struct place *place)
{
	for (size_t i = 0; i < plan->directories.count; i++) {
		const struct located *known = &plan->directories.items[i];

		if (known->dev == place->at.dev && known->ino == place->at.ino)
			return known;
	}
	return NULL;
}

/* Make dir private: in memory, on disk, or by --dir. */
static void
add_directory(const struct options *options, struct plan *plan, const char *dir, const char *option)
{
	bool first = plan->directories.count == 0;
	const struct located *known;
	char label[LABEL_SIZE];
	struct mount *row;
	struct place place;

	resolve(option, dir, &place);
	if (!S_ISDIR(place.at.mode))
		diex("%s %s: is no directory", option, dir);
	if (first && strcmp(place.path, TARGET) != 0)
		diex(
		    "%s %s: is a symbolic link; make it a directory, or a bind mount", option, dir);
	known = find_private(plan, &place);
	if (known != NULL) {
		(void)close(place.fd);
		if (strcmp(known->path, place.path) == 0)
			return;
		row = add_mount(plan, MOUNT_AGAIN, option, place.path);
		row->flags = plan->flags;
		row->source = *known;
		return;
	}
	check_apart(plan, place.path, option);
	if (!first)
		check_shared(&place, option);
	cell_read_label(place.fd, label);
	row = add_mount(plan, MOUNT_TMPFS, option, place.path);
	row->flags = plan->flags;
	row->mode = plan->mode;
	row->name = SOURCE_PRIVATE;
	row->size = plan->size;
	row->inodes = plan->inodes;
	row->label = copy(label);
	plan->directories.items[plan->directories.count++] = (struct located){ row->target,
		place.at.dev, place.at.ino };
	if (first && options->dir != NULL)
		use_dir(options->dir, &place, row);
	if (row->kind == MOUNT_TMPFS && !options->tmpfs)
		add_cell(options, plan, row, &place);
	else
		(void)close(place.fd);
}

/*
 * The sentinel: a tmpfs that nobody can reach, since the first private directory is mounted on top
 * of it. The kernel unmounts it when the last process of the namespace, and of all unshared from
 * it, has ended. A later file system may have its device number, but hardly its random odd number
 * of inodes.
 */
static void
add_sentinel(struct plan *plan)
{
	struct mount *row = add_mount(plan, MOUNT_TMPFS, "sentinel", TARGET);
	static char inodes[16];
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		die("getrandom");
	(void)snprintf(inodes, sizeof(inodes), "%u", 0x100001U + (random & 0xffffeU));
	make_empty(row, SOURCE_SENTINEL, inodes);
	row->watched = true;
}

static void
add_directories(const struct options *options, struct plan *plan)
{
	if (options->size.count == 0)
		strcpy(plan->size, SIZE);
	else
		(void)snprintf(plan->size, sizeof(plan->size), "%" PRIu64 "%s", options->size.count,
		    options->size.percent ? "%" : "");
	(void)snprintf(plan->inodes, sizeof(plan->inodes), "%" PRIu64,
	    options->inodes.count != 0 ? options->inodes.count : INODES);
	/* With --dir, --list and --join find the instance by its sentinel. */
	if (!options->tmpfs)
		add_sentinel(plan);
	add_directory(options, plan, TARGET, "private");
	for (size_t i = 0; i < options->also.count; i++)
		add_directory(options, plan, options->also.items[i].path, "--also");
}

static void
add_exposure(struct plan *plan, const struct item *item)
{
	const struct located *below;
	struct mount *row;
	struct place place;
	char path[PATH_MAX];

	if (!path_normalize(item->path, path))
		diex("--expose %s: is too long", item->path);
	below = path_enclosing(path, &plan->directories);
	if (below == NULL)
		diex("--expose %s: lies below no private directory, and is visible already", path);
	if (strcmp(below->path, path) == 0)
		diex("--expose %s: is private itself; expose something below it", path);
	for (size_t i = 0; i < plan->exposed.count; i++)
		if (path_within(path, plan->exposed.items[i].path) ||
		    path_within(plan->exposed.items[i].path, path))
			diex("--expose %s: overlaps with %s, which is exposed already", path,
			    plan->exposed.items[i].path);
	if (!path_walk_below(path, below->path, plan->identity.uid, &place)) {
		if (!item->optional || (errno != ENOENT && errno != ENOTDIR))
			diex("--expose %s: %s", path, place.why);
		verbose("nothing to expose at %s", path);
		return;
	}
	/* Close it again: a descriptor opened before unshare(2) is no valid source of a mount. */
	(void)close(place.fd);
	row = add_mount(plan, MOUNT_EXPOSED, "--expose", path);
	row->flags = plan->flags | (item->read_only ? MS_RDONLY : 0);
	row->source = (struct located){ row->target, place.at.dev, place.at.ino };
	row->private = below->path;
	row->uid = plan->identity.uid;
	plan->exposed.items[plan->exposed.count++] = row->source;
}

/* Whether an earlier row of that option covers the target. */
static bool
is_done(const struct plan *plan, const char *target, const char *option)
{
	for (size_t i = 0; i < plan->table.count; i++) {
		const struct mount *row = &plan->table.rows[i];

		if (strcmp(row->option, option) == 0 && path_within(target, row->target))
			return true;
	}
	return false;
}

/* Add the rows of --unmount or --hide. */
static void
add_changes(struct plan *plan, const struct list *list, const char *option, bool hide)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		struct place place, null;
		struct mount *row;

		if (!path_walk(item->path, &place)) {
			if (!item->optional || (errno != ENOENT && errno != ENOTDIR))
				diex("%s %s: %s", option, item->path, place.why);
			verbose("nothing to hide at %s", item->path);
			continue;
		}
		check_apart(plan, place.path, option);
		if (!hide && !place.at.root)
			diex("%s %s: nothing is mounted there", option, place.path);
		(void)close(place.fd);
		if (is_done(plan, place.path, option))
			continue;
		row = add_mount(plan, hide ? MOUNT_TMPFS : MOUNT_NONE, option, place.path);
		make_empty(row, SOURCE_COVER, "2");
		if (!hide || S_ISDIR(place.at.mode))
			continue;
		/* Cover a file with a device that cannot be opened, since the mount is nodev. */
		resolve(option, "/dev/null", &null);
		row->kind = MOUNT_DIR;
		row->source = (struct located){ "/dev/null", null.at.dev, null.at.ino };
		(void)close(null.fd);
	}
}

void
plan_mounts(const struct options *options, struct plan *plan)
{
	plan->table.rootless = geteuid() != 0;
	plan->table.propagation = options->slave ? MS_SLAVE : MS_PRIVATE;
	plan->flags = options->exec ? HARMLESS & ~(unsigned long)MS_NOEXEC : HARMLESS;
	plan->mode = options->mode.given ? options->mode.bits : plan->identity.other ? 0770 : 01777;
	add_directories(options, plan);
	for (size_t i = 0; i < options->expose.count; i++)
		add_exposure(plan, &options->expose.items[i]);
	add_changes(plan, &options->unmount, "--unmount", false);
	add_changes(plan, &options->hide, "--hide", true);
	if (getpid() == 1 && plan->cleaner.count > 0)
		diex(
		    "process 1 of a container takes the cleaner with it when it ends; use --tmpfs");
}
