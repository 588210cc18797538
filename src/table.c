/*
 * Each path is walked once, inside the namespace, where nobody else is: a descriptor from outside
 * is no valid source of a bind mount. All sources are opened before anything is attached: a mount
 * may cover the source of another. A mount point that was opened stays the right one: what is
 * attached to it lands on top.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleaner.h"
#include "directory.h"
#include "identity.h"
#include "options.h"
#include "private.h"
#include "report.h"
#include "table.h"

void
table_look_outside(const struct options *options, struct mount_table *table)
{
	const struct list *expose = &options->expose, *const lists[] = { expose, &options->also,
		&options->hide };
	struct place place;

	if (options->dir != NULL)
		path_automount(options->dir);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			path_automount(lists[i]->items[j].path);
	if (geteuid() == 0)
		return;
	/* Keep the descriptors open: so no other file gets the same inode number. */
	for (size_t i = 0; i < expose->count; i++)
		if (path_walk_below(expose->items[i].path, "/", geteuid(), &place))
			(void)path_append(&place, &table->trusted);
	if (options->dir != NULL && path_walk(options->dir, &place) &&
	    (path_owner_is_root(place.at.uid) || place.at.uid == geteuid()))
		(void)path_append(&place, &table->trusted);
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
add_exposure(
    const struct wanted *wanted, uid_t uid, const struct item *item, struct mount_table *table)
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
	if (!path_walk_below(named.path, below->path, uid, &place)) {
		if (!item->optional || (errno != ENOENT && errno != ENOTDIR))
			diex("--expose %s: %s", named.path, place.why);
		verbose("nothing to expose at %s", named.path);
		return;
	}
	if (geteuid() != 0 && path_find(&place, &table->trusted) == NULL)
		diex("--expose %s: it, or a directory above it, belongs neither to root nor to the "
		     "user",
		    named.path);
	/* A link leads anywhere. */
	if (path_within(place.path, below->path) == NULL)
		directory_check_apart("--expose", place.path, &table->private);
	row = mount_add(table, "--expose", path_append(&named, &table->exposed)->path, -1);
	row->flags = wanted->flags | (item->read_only ? MS_RDONLY : 0);
	row->point = make_point(row, path_within(named.path, below->path),
	    private_row(table, below)->tree, !S_ISDIR(place.at.mode));
	mount_bind(row, &place, true);
}

/* Walk to a path of --unmount or --hide, which may be optional. Returns whether it is there. */
static bool
walk_item(const struct mount_table *table, const char *option, const struct item *item,
    struct place *place)
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

/* Unmount at once, after all have been found: what is hidden later may lie below. */
static void
unmount_all(struct mount_table *table, const struct list *list)
{
	const struct located *items = table->covered.items, *item;
	size_t first = table->covered.count;
	struct place place;

	for (size_t i = 0; i < list->count; i++) {
		(void)walk_item(table, "--unmount", &list->items[i], &place);
		(void)close(place.fd);
		if (!place.at.root)
			diex("--unmount %s: nothing is mounted there", place.path);
		(void)path_append(&place, &table->covered);
	}
	for (item = items + first; item < items + table->covered.count; item++) {
		/* Perhaps it lay below one that has been unmounted. */
		if (path_enclosing(item->path, &table->covered) != item)
			continue;
		mount_remove("--unmount", item->path);
		verbose("unmounted %s (--unmount)", item->path);
	}
}

static void
hide(struct mount_table *table, const struct item *item, gid_t gid)
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
	row = mount_add(table, "--hide", path_append(&place, &table->covered)->path, place.fd);
	if (S_ISDIR(place.at.mode)) {
		mount_empty(row, SOURCE_COVER, "2", gid);
		return;
	}
	/* Cover a file with a device that cannot be opened, since the mount is nodev. */
	row->flags |= MS_RDONLY;
	path_walk_or_die("--hide", "/dev/null", &null);
	mount_bind(row, &null, false);
}

void
table_make(const struct options *options, const struct identity *identity,
    const struct cleaner *cleaner, struct mount_table *table)
{
	struct wanted wanted = { options, cleaner, HARMLESS, { 0 } };

	if (options->exec)
		wanted.flags &= ~(unsigned long)MS_NOEXEC;
	wanted.tmpfs = (struct tmpfs){ SOURCE_PRIVATE,
		options->size != NULL ? options->size : "10%",
		options->inodes != NULL ? options->inodes : "400k", identity->gid, options->mode,
		options->noswap };
	private_add(&wanted, table);
	for (size_t i = 0; i < options->expose.count; i++)
		add_exposure(&wanted, identity->uid, &options->expose.items[i], table);
	unmount_all(table, &options->unmount);
	for (size_t i = 0; i < options->hide.count; i++)
		hide(table, &options->hide.items[i], identity->gid);
}

void
table_mount(struct mount_table *table, const struct cleaner *cleaner)
{
	for (struct mount *row = table->rows; row < table->rows + table->count; row++) {
		mount_attach(row, row->watched ? row[1].point : row->point);
		mount_verify(row);
		if (row->watched && cleaner->count > 0 &&
		    inotify_add_watch(cleaner->watch, row->target, IN_UNMOUNT | IN_ONLYDIR) == -1)
			die("%s %s: watch", row->option, row->target);
		verbose("mounted %s%s (%s)", row->source == NULL ? "a tmpfs at " : "", row->target,
		    row->option);
	}
}
