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
#include <stdarg.h>
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
	char root[PATH_MAX]; /* longer ones are not ours */
	char point[PATH_MAX];
	pid_t pid; /* the oldest process of the namespace, or 0 */
	uid_t uid;
	uint64_t start;
};

enum column { PID, USER, STORE, DIRECTORIES, USED, AGE, COMMAND, CELL, COLUMNS };

/* As much of each column as anyone wants to read. */
static const size_t widest[COLUMNS] = { 16, 128, 16, 512, 16, 16, 256, PATH_MAX };

#define ROW_SIZE (16 + 128 + 16 + 512 + 16 + 16 + 256 + PATH_MAX)

struct row {
	uint64_t start;
	pid_t pid;
	char text[ROW_SIZE]; /* the columns, each in its place */
};

struct table {
	struct store *stores;
	size_t store_count;
	struct row *rows;
	size_t row_count;
	time_t now; /* since boot */
};

static char *
cell(struct row *row, enum column column)
{
	size_t at = 0;

	for (int i = 0; i < (int)column; i++)
		at += widest[i];
	return row->text + at;
}

__attribute__((format(printf, 3, 4))) static void
write_cell(struct row *row, enum column column, const char *format, ...)
{
	char raw[PATH_MAX + 64];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	(void)report_escape(cell(row, column), widest[column], raw);
}

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
	store = &more[table->store_count++];
	*store = (struct store){ .namespace = sighting->namespace, .mount = sighting->mount, .dev = sighting->dev };
	(void)snprintf(store->root, sizeof(store->root), "%s", sighting->root);
	(void)snprintf(store->point, sizeof(store->point), "%s", sighting->point);
	return 0;
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

/* Keep each store once, where it is at home. */
static void
merge(struct table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->store_count; i++) {
		struct store *store = &table->stores[i], *last = &table->stores[kept - (kept > 0)];

		if (kept == 0 || last->dev != store->dev || strcmp(last->root, store->root) != 0)
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
	return order != 0 ? order : strcmp(a->text, b->text);
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

static void
write_bytes(struct row *row, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1024 && units[unit + 1] != '\0'; unit++)
		value /= 1024;
	if (bytes == UNKNOWN)
		write_cell(row, USED, "?");
	else
		write_cell(row, USED, unit == 0 || value >= 10 ? "%.0f%c" : "%.1f%c", value, units[unit]);
}

static void
write_age(struct row *row, time_t seconds)
{
	static const struct {
		time_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	while (i < 3 && seconds < units[i].seconds)
		i++;
	write_cell(row, AGE, "%jd%c", (intmax_t)(seconds / units[i].seconds), units[i].unit);
}

static void
write_user(struct row *row, uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry != NULL)
		write_cell(row, USER, "%s", entry->pw_name);
	else
		write_cell(row, USER, "%u", uid);
}

/* "/tmp" and "/var/tmp" become "/tmp,/var/tmp". */
static void
append(char *list, size_t size, const char *item)
{
	size_t used = strlen(list);

	(void)snprintf(list + used, size - used, "%s%s", used > 0 ? "," : "", item);
}

/* A row with nothing known yet. */
static struct row *
add_row(struct table *table, uint64_t start)
{
	struct row *more = grow(table->rows, table->row_count, sizeof(*more)), *row;

	if (more == NULL) {
		say_errno("list");
		return NULL;
	}
	table->rows = more;
	row = &more[table->row_count++];
	row->start = start;
	row->pid = 0;
	for (int i = 0; i < COLUMNS; i++)
		write_cell(row, (enum column)i, "-");
	return row;
}

/* One instance: the stores from first up to end. */
static int
add_instance(struct table *table, const struct store *first, const struct store *end)
{
	char directories[PATH_MAX] = "", cells[PATH_MAX] = "", command[256] = "(no process)";
	struct row *row = add_row(table, first->start);
	uint64_t used = 0;

	if (row == NULL)
		return -1;
	for (const struct store *store = first; store < end; store++) {
		uint64_t more;

		append(directories, sizeof(directories), store->point);
		if (is_disk(store)) {
			char *path = path_here(store);

			more = used_on_disk(path);
			if (path != NULL)
				path[strlen(path) - sizeof(CELL_ROOM)] = '\0';
			append(cells, sizeof(cells), path != NULL ? path : "?");
			free(path);
		} else {
			more = used_in_memory(store);
		}
		used = used == UNKNOWN || more == UNKNOWN ? UNKNOWN : used + more;
	}
	if (first->pid != 0) {
		row->pid = first->pid;
		process_command(first->pid, command, sizeof(command));
		write_cell(row, PID, "%d", (int)first->pid);
		write_user(row, first->uid);
		write_age(row, table->now - (time_t)(first->start / (uint64_t)sysconf(_SC_CLK_TCK)));
	}
	write_cell(row, STORE, is_disk(first) ? "disk" : "tmpfs");
	write_cell(row, DIRECTORIES, "%s", directories);
	write_bytes(row, used);
	write_cell(row, COMMAND, "%s", command);
	if (cells[0] != '\0')
		write_cell(row, CELL, "%s", cells);
	return 0;
}

static int
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
		if (add_instance(table, first, last) == -1)
			return -1;
		first = last;
	}
	return 0;
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
	if (fstat(cell->fd, &st) == -1 || clock_gettime(CLOCK_REALTIME, &now) == -1)
		return 0;
	row = add_row(table, UINT64_MAX);
	if (row == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%s", cell->base, name);
	write_cell(row, STORE, "disk");
	write_bytes(row, used_on_disk(path));
	write_age(row, now.tv_sec - st.st_ctim.tv_sec);
	write_cell(row, COMMAND, "(stale)");
	write_cell(row, CELL, "%s", path);
	return 0;
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
			if ((int)strlen(cell(&table->rows[j], (enum column)i)) > width[i])
				width[i] = (int)strlen(cell(&table->rows[j], (enum column)i));
		}
	}
	for (size_t j = 0; j <= table->row_count; j++) {
		for (int i = 0; i < COLUMNS; i++) {
			const char *text = j == 0 ? header[i] : cell(&table->rows[j - 1], (enum column)i);
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
		result = add_instances(&table) == -1 ? -1 : cells_visit(options, add_stale, &table);
		if (table.row_count > 0)
			qsort(table.rows, table.row_count, sizeof(*table.rows), by_age);
		if (print(&table) == -1)
			result = -1;
	}
	free(table.stores);
	free(table.rows);
	return result;
}
