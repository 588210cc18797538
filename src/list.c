/*
 * A store is a private directory's file system: a room on disk, or a tmpfs. It is seen once in each mount namespace that has
 * it; nested namespaces have copies. It belongs to the namespace of the oldest process, and the stores that belong to one
 * namespace are an instance, up to where a target repeats: there an instance has been started in another.
 */

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cell.h"
#include "cells.h"
#include "instances.h"
#include "list.h"
#include "mountinfo.h"
#include "path.h"
#include "process.h"
#include "report.h"

struct store {
	uint64_t namespace;
	uint64_t mount;
	dev_t dev;
	char *root;
	char *point;
	pid_t pid; /* the oldest process of the namespace, or 0 */
	uid_t uid;
	uint64_t start;
};

enum column { PID, USER, STORE, DIRECTORIES, USED, AGE, COMMAND, CELL, COLUMNS };

struct row {
	uint64_t start;
	pid_t pid;
	char *cells[COLUMNS];
};

struct table {
	struct store *stores;
	size_t store_count;
	struct row *rows;
	size_t row_count;
	time_t now;	/* since boot */
	bool out_of_memory;
};

static bool
is_disk(const struct store *store)
{
	return strcmp(store->root, "/") != 0;
}

static void *
grow(void *items, size_t count, size_t size)
{
	/* In steps of a doubling; count is how many there are. */
	return (count & (count - 1)) == 0 ? reallocarray(items, count == 0 ? 1 : 2 * count, size) : items;
}

static int
see(const struct sighting *sighting, void *context)
{
	struct table *table = context;
	struct store *more = grow(table->stores, table->store_count, sizeof(*more)), *store;

	if (more == NULL)
		return -1;
	table->stores = more;
	store = &more[table->store_count];
	*store = (struct store){
		.namespace = sighting->namespace,
		.mount = sighting->mount,
		.dev = sighting->dev,
		.root = strdup(sighting->root),
		.point = strdup(sighting->point),
	};
	table->store_count++;
	return store->root == NULL || store->point == NULL ? -1 : 0;
}

/* Note the oldest process of each namespace. */
static int
meet(const struct process *process, void *context)
{
	const struct table *table = context;

	for (struct store *store = table->stores; store < table->stores + table->store_count; store++) {
		if (store->namespace != process->namespace || (store->pid != 0 && store->start <= process->start))
			continue;
		store->pid = process->pid;
		store->uid = process->uid;
		store->start = process->start;
	}
	return 0;
}

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* All sightings of a store together; first the one in the namespace where it comes from. */
static int
by_store(const void *left, const void *right)
{
	const struct store *a = left, *b = right;
	int order = compare(a->dev, b->dev);

	if (order == 0)
		order = strcmp(a->root, b->root);
	/* Without a process: only copied. */
	if (order == 0)
		order = compare(a->pid == 0, b->pid == 0);
	if (order == 0)
		order = compare(a->start, b->start);
	return order != 0 ? order : compare(a->mount, b->mount);
}

static void
forget(struct store *store)
{
	free(store->root);
	free(store->point);
}

/* Keep each store once, where it is at home. */
static void
merge(struct table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->store_count; i++) {
		struct store *store = &table->stores[i], *last = &table->stores[kept - (kept > 0)];

		if (kept > 0 && last->dev == store->dev && strcmp(last->root, store->root) == 0)
			forget(store);
		else
			table->stores[kept++] = *store;
	}
	table->store_count = kept;
}

static int
by_namespace(const void *left, const void *right)
{
	const struct store *a = left, *b = right;

	int order = compare(a->namespace, b->namespace);

	return order != 0 ? order : compare(a->mount, b->mount);
}

static int
by_age(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	int order = compare(a->start, b->start);

	if (order == 0)
		order = compare((uint64_t)a->pid, (uint64_t)b->pid);
	return order != 0 ? order : strcmp(a->cells[CELL], b->cells[CELL]);
}

/* Where a room is, seen from here; NULL when it is not. A string of its own. */
static char *
path_here(const struct store *store)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *path = NULL, name[sizeof(CELL_TEMPLATE)];
	struct mountinfo info;
	size_t size = 0;
	struct stat st;

	while (table != NULL && path == NULL && getline(&line, &size, table) != -1) {
		if (mountinfo_parse(line, &info) == -1 || info.dev != store->dev || !path_within(store->root, info.root))
			continue;
		if (asprintf(&path, "%s%s", strcmp(info.point, "/") == 0 ? "" : info.point,
			store->root + (strcmp(info.root, "/") == 0 ? 0 : strlen(info.root))) == -1)
			path = NULL;
		/* Something else may lie over it, or we may be inside. An ordinary user may only not look. */
		if (path != NULL && (!cell_is_room(path, name) || (lstat(path, &st) == -1 && errno != EACCES))) {
			free(path);
			path = NULL;
		}
	}
	free(line);
	if (table != NULL)
		(void)fclose(table);
	return path;
}

/* What nftw, which takes no context, has added up. */
static uint64_t walked;

static int
add_up(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)path;
	(void)where;
	if (kind != FTW_NS)
		walked += (uint64_t)st->st_blocks * 512;
	return 0;
}

#define UNKNOWN UINT64_MAX

/* Bytes in a tree, as du counts them: no symbolic link followed, no mount crossed. */
static uint64_t
used_on_disk(const char *path)
{
	walked = 0;
	return path == NULL || nftw(path, add_up, 8, FTW_PHYS | FTW_MOUNT) == -1 ? UNKNOWN : walked;
}

/* Bytes in a tmpfs, which only its processes have a way to. */
static uint64_t
used_in_memory(const struct store *store)
{
	char path[PATH_MAX];
	struct statvfs fs;
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)store->pid, store->point);
	if (stat(path, &st) == -1 || st.st_dev != store->dev || statvfs(path, &fs) == -1)
		return UNKNOWN;
	return (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
}

static char *
show_bytes(uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	char *text = NULL;
	size_t unit = 0;
	double value = (double)bytes;

	if (bytes == UNKNOWN)
		return strdup("?");
	for (; value >= 1024 && units[unit + 1] != '\0'; unit++)
		value /= 1024;
	if (asprintf(&text, unit == 0 || value >= 10 ? "%.0f%c" : "%.1f%c", value, units[unit]) == -1)
		return NULL;
	return text;
}

static char *
show_age(time_t seconds)
{
	static const struct {
		time_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	char *text = NULL;
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	while (i < 3 && seconds < units[i].seconds)
		i++;
	if (asprintf(&text, "%jd%c", (intmax_t)(seconds / units[i].seconds), units[i].unit) == -1)
		return NULL;
	return text;
}

static char *
show_user(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	char shown[128], *text = NULL;

	if (entry != NULL) {
		(void)report_escape(shown, sizeof(shown), entry->pw_name);
		return strdup(shown);
	}
	return asprintf(&text, "%u", uid) == -1 ? NULL : text;
}

static char *
show_text(const char *text)
{
	char shown[4 * PATH_MAX];

	(void)report_escape(shown, sizeof(shown), text);
	return strdup(shown);
}

/* "/tmp" and "/var/tmp" become "/tmp,/var/tmp". */
static char *
join(char *list, const char *item)
{
	char *longer = NULL;

	if (list == NULL)
		return strdup(item);
	if (asprintf(&longer, "%s,%s", list, item) == -1)
		longer = NULL;
	free(list);
	return longer;
}

static struct row *
add_row(struct table *table, uint64_t start)
{
	struct row *more = grow(table->rows, table->row_count, sizeof(*more));

	if (more == NULL) {
		table->out_of_memory = true;
		return NULL;
	}
	table->rows = more;
	more[table->row_count] = (struct row){ .start = start };
	return &more[table->row_count++];
}

/* One instance: the stores from first up to end. */
static void
add_instance(struct table *table, const struct store *first, const struct store *end)
{
	struct row *row = add_row(table, first->start);
	char *directories = NULL, *cells = NULL, command[256] = "(no process)";
	uint64_t used = 0;

	if (row == NULL)
		return;
	for (const struct store *store = first; store < end; store++) {
		uint64_t more;

		directories = join(directories, store->point);
		if (is_disk(store)) {
			char *path = path_here(store);

			more = used_on_disk(path);
			if (path != NULL && strlen(path) > sizeof(CELL_ROOM))
				path[strlen(path) - sizeof(CELL_ROOM)] = '\0';
			cells = join(cells, path != NULL ? path : "?");
			free(path);
		} else {
			more = used_in_memory(store);
		}
		used = used == UNKNOWN || more == UNKNOWN ? UNKNOWN : used + more;
	}
	if (first->pid != 0)
		process_command(first->pid, command, sizeof(command));
	if (first->pid == 0 || asprintf(&row->cells[PID], "%d", (int)first->pid) == -1)
		row->cells[PID] = strdup("-");
	row->pid = first->pid;
	row->cells[USER] = first->pid == 0 ? strdup("-") : show_user(first->uid);
	row->cells[STORE] = strdup(is_disk(first) ? "disk" : "tmpfs");
	row->cells[DIRECTORIES] = show_text(directories != NULL ? directories : "?");
	row->cells[USED] = show_bytes(used);
	row->cells[AGE] = first->pid == 0
	    ? strdup("-")
	    : show_age(table->now - (time_t)(first->start / (uint64_t)sysconf(_SC_CLK_TCK)));
	row->cells[COMMAND] = strdup(command);
	row->cells[CELL] = show_text(cells != NULL ? cells : "-");
	free(directories);
	free(cells);
}

static void
add_instances(struct table *table)
{
	struct store *end = table->stores + table->store_count, *first = table->stores;

	while (first < end) {
		struct store *last = first + 1;

		for (; last < end && last->namespace == first->namespace; last++) {
			const struct store *same = first;

			while (same < last && strcmp(same->point, last->point) != 0)
				same++;
			if (same < last)
				break;
		}
		add_instance(table, first, last);
		first = last;
	}
}

/* A cell that nobody holds, and that is mounted nowhere. */
static int
add_stale(struct cell *cell, const char *name, void *context)
{
	struct table *table = context;
	struct timespec now;
	char path[2 * PATH_MAX];
	struct row *row;
	struct stat st;

	if (cell_seize(cell, name, false) != NULL)
		return 0;
	for (size_t i = 0; i < table->store_count; i++) {
		char mounted[sizeof(CELL_TEMPLATE)];

		if (cell_is_room(table->stores[i].root, mounted) && strcmp(mounted, name) == 0)
			return 0;
	}
	if (fstat(cell->fd, &st) == -1 || clock_gettime(CLOCK_REALTIME, &now) == -1 ||
	    (row = add_row(table, UINT64_MAX)) == NULL)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", cell->base, name);
	row->cells[PID] = strdup("-");
	row->cells[USER] = strdup("-");
	row->cells[STORE] = strdup("disk");
	row->cells[DIRECTORIES] = strdup("-");
	row->cells[USED] = show_bytes(used_on_disk(path));
	row->cells[AGE] = show_age(now.tv_sec - st.st_ctim.tv_sec);
	row->cells[COMMAND] = strdup("(stale)");
	row->cells[CELL] = show_text(path);
	return 0;
}

/* Whether memory has sufficed for all of it. */
static bool
is_whole(const struct table *table)
{
	for (size_t i = 0; i < table->row_count; i++)
		for (int j = 0; j < COLUMNS; j++)
			if (table->rows[i].cells[j] == NULL)
				return false;
	return !table->out_of_memory;
}

static int
print(const struct table *table)
{
	static const char *const header[COLUMNS] = { "PID", "USER", "STORE", "DIRECTORIES", "USED", "AGE", "COMMAND",
		"CELL" };
	int width[COLUMNS];

	for (int i = 0; i < COLUMNS; i++) {
		width[i] = (int)strlen(header[i]);
		for (size_t j = 0; j < table->row_count; j++) {
			if ((int)strlen(table->rows[j].cells[i]) > width[i])
				width[i] = (int)strlen(table->rows[j].cells[i]);
		}
	}
	for (size_t j = 0; j <= table->row_count; j++) {
		for (int i = 0; i < COLUMNS; i++) {
			const char *text = j == 0 ? header[i] : table->rows[j - 1].cells[i];
			bool number = i == PID || i == USED || i == AGE;

			/* Nothing follows the last column. */
			printf(number ? "%*s%s" : "%-*s%s", i == CELL ? 0 : width[i], text, i == CELL ? "\n" : "  ");
		}
	}
	if (fflush(stdout) != 0) {
		say_errno("standard output");
		return -1;
	}
	return 0;
}

static void
clear(struct table *table)
{
	for (size_t i = 0; i < table->store_count; i++)
		forget(&table->stores[i]);
	for (size_t i = 0; i < table->row_count; i++)
		for (int j = 0; j < COLUMNS; j++)
			free(table->rows[i].cells[j]);
	free(table->stores);
	free(table->rows);
}

int
list(const struct options *options)
{
	struct table table = { 0 };
	struct timespec now;
	int result = -1;
	bool complete;

	if (clock_gettime(CLOCK_BOOTTIME, &now) == 0 && instances_look(see, &table, &complete) == 0 &&
	    process_visit(meet, &table) == 0) {
		table.now = now.tv_sec;
		if (table.store_count > 0)
			qsort(table.stores, table.store_count, sizeof(*table.stores), by_store);
		merge(&table);
		if (table.store_count > 0)
			qsort(table.stores, table.store_count, sizeof(*table.stores), by_namespace);
		add_instances(&table);
		result = cells_visit(options, add_stale, &table);
		if (!is_whole(&table)) {
			say("list: out of memory");
			result = -1;
		} else {
			if (table.row_count > 0)
				qsort(table.rows, table.row_count, sizeof(*table.rows), by_age);
			result = print(&table) == -1 ? -1 : result;
		}
	}
	clear(&table);
	return result;
}
