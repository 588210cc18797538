/*
 * --list: a row for each mount namespace of ours that has a process and private directories, as its
 * oldest process sees it. Texts of users are escaped, and the command, which is theirs, comes last.
 * The kernel takes a microsecond a mount, so the namespaces are divided among as many processes as
 * there are processors, which fill the rows in shared memory.
 */

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell.h"
#include "instances.h"
#include "mounts.h"
#include "path.h"
#include "report.h"

#define WORKERS_MAX 8

enum column { PID, USER, STORE, DIRECTORIES, CELL, COMMAND, COLUMNS };

static const char *const header[COLUMNS] = { "PID", "USER", "STORE", "DIRECTORIES", "CELL",
	"COMMAND" };
static const char *const stores[] = { "dir", "disk", "tmpfs" };

struct candidate {
	struct process process;
	uint64_t start; /* in clock ticks since boot */
};

struct row {
	size_t first;		  /* the candidates of its namespace: the first, ... */
	size_t end;		  /* ... and one after the last */
	bool found;		  /* whether the rest is filled */
	char text[COLUMNS][1024]; /* printable */
};

struct table {
	struct candidate *candidates;
	size_t count;
	struct row *rows;
	size_t row_count;
};

/* Read the start of a small file of a process. Returns its length, with a NUL behind it; or -1. */
static ssize_t
read_file(int process, const char *name, char *text, size_t size)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? -1 : read(fd, text, size - 1);

	if (fd != -1)
		(void)close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

/* The 22nd field of stat. The second is a name in parentheses, which may contain anything. */
static uint64_t
read_start(int process)
{
	char text[1024];
	const char *at;

	(void)read_file(process, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	for (int i = 2; i < 22 && at != NULL; i++)
		at = strchr(at + 1, ' ');
	return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

static void
add_candidate(const struct process *process, void *context)
{
	struct table *table = context;
	size_t count = table->count;

	/* In steps of a doubling. */
	if ((count & (count - 1)) == 0) {
		table->candidates = reallocarray(
		    table->candidates, count == 0 ? 1 : 2 * count, sizeof(struct candidate));
		if (table->candidates == NULL)
			die("--list");
	}
	table->candidates[table->count++] = (struct candidate){ *process,
		read_start(process->dir) };
}

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
by_namespace_and_age(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order = compare(a->process.namespace, b->process.namespace);

	if (order == 0)
		order = compare(a->start, b->start);
	return order != 0 ? order : compare((uint64_t)a->process.pid, (uint64_t)b->process.pid);
}

static void
set(struct row *row, enum column column, const char *text)
{
	(void)report_escape(row->text[column], sizeof(row->text[column]), text);
}

static void
set_user(struct row *row, int process)
{
	const struct passwd *entry = NULL;
	char text[1024], number[16] = "?";
	const char *line;

	/* Not the owner of the directory in /proc: that is root if the process has changed its
	 * user. */
	(void)read_file(process, "status", text, sizeof(text));
	if ((line = strstr(text, "\nUid:\t")) != NULL) {
		uid_t uid = (uid_t)strtoul(line + sizeof("\nUid:\t") - 1, NULL, 10);

		(void)snprintf(number, sizeof(number), "%u", uid);
		entry = getpwuid(uid);
	}
	set(row, USER, entry != NULL ? entry->pw_name : number);
}

static void
set_command(struct row *row, int process)
{
	char text[1024];
	ssize_t length = read_file(process, "cmdline", text, sizeof(text));

	for (ssize_t i = 0; i < length - 1; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	if (text[0] == '\0' || text[0] == ' ') {
		(void)read_file(process, "comm", text + 1, sizeof(text) - 1);
		text[0] = '[';
		strcpy(text + 1 + strcspn(text + 1, "\n"), "]");
	}
	set(row, COMMAND, text);
}

/* Write where a private directory's cell is, seen from our own mount namespace, or "?". */
static void
locate(const struct directory *private, char *path, size_t size)
{
	/* Most cells are in few directories: the mount of the last one is tried first. */
	static char root[PATH_MAX], point[PATH_MAX];
	static dev_t dev;
	char cell[PATH_MAX];
	struct mountinfo info;
	size_t length = 0;
	char *line = NULL;
	FILE *table = NULL;

	(void)snprintf(cell, sizeof(cell), "%.*s",
	    (int)(strlen(private->root) - strlen("/" CELL_TMP)), private->root);
	if (root[0] == '\0' || private->dev != dev || !path_within(cell, root)) {
		root[0] = '\0';
		table = mountinfo_open(-1);
	}
	while (table != NULL && getline(&line, &length, table) != -1) {
		/* The mount of the largest part of the way. */
		if (!mountinfo_parse(line, &info) || info.dev != private->dev ||
		    strlen(info.root) < strlen(root) || !path_within(cell, info.root) ||
		    strlen(info.point) >= PATH_MAX)
			continue;
		dev = info.dev;
		strcpy(root, info.root);
		strcpy(point, info.point);
	}
	free(line);
	if (table != NULL)
		(void)fclose(table);
	if (root[0] == '\0')
		(void)snprintf(path, size, "?");
	else
		(void)snprintf(path, size, "%s%s", strcmp(point, "/") == 0 ? "" : point,
		    cell + (strcmp(root, "/") == 0 ? 0 : strlen(root)));
}

/* "/tmp" and "/var/tmp" become "/tmp,/var/tmp". What does not fit is cut. */
static void
append(char *list, size_t size, const char *item)
{
	if (list[0] != '\0')
		(void)strncat(list, ",", size - strlen(list) - 1);
	(void)strncat(list, item, size - strlen(list) - 1);
}

/* Fill the row if that process is still there. Returns false if another one has to be asked. */
static bool
fill_row(struct row *row, int proc, const struct candidate *candidate)
{
	static struct directory privates[CELLS_MAX];
	char directories[1024] = "", cells[1024] = "", text[2 * PATH_MAX];
	struct process process;
	size_t count = 0;
	int fd = -1;

	(void)snprintf(text, sizeof(text), "%d", (int)candidate->process.pid);
	if (instances_open(proc, text, &process) &&
	    process.namespace == candidate->process.namespace)
		fd = openat(process.dir, "ns/mnt", O_RDONLY | O_CLOEXEC);
	if (fd != -1 && instances_trust(fd))
		count = instances_read(process.dir, true, privates);
	for (size_t i = 0; i < count; i++) {
		append(directories, sizeof(directories), privates[i].point);
		if (privates[i].store == STORE_DISK) {
			locate(&privates[i], text, sizeof(text));
			append(cells, sizeof(cells), text);
		}
	}
	if (count > 0) {
		(void)snprintf(row->text[PID], sizeof(row->text[PID]), "%d", (int)process.pid);
		set_user(row, process.dir);
		set(row, STORE, stores[privates[0].store]);
		set(row, DIRECTORIES, directories);
		set(row, CELL, cells[0] != '\0' ? cells : "-");
		set_command(row, process.dir);
		row->found = true;
	}
	if (fd != -1)
		(void)close(fd);
	if (process.dir != -1)
		(void)close(process.dir);
	return fd != -1;
}

/* Fill each row whose number leaves that rest. */
static void
fill_rows(const struct table *table, size_t rest, size_t workers)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = rest; i < table->row_count; i += workers) {
		struct row *row = &table->rows[i];

		for (size_t j = row->first; j < row->end; j++)
			if (fill_row(row, proc, &table->candidates[j]))
				break;
	}
	(void)close(proc);
}

static void
make_rows(struct table *table)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t workers = processors < 1		    ? 1
			 : processors > WORKERS_MAX ? WORKERS_MAX
						    : (size_t)processors;
	pid_t pids[WORKERS_MAX];
	int status = 0;

	qsort(table->candidates, table->count, sizeof(*table->candidates), by_namespace_and_age);
	table->rows = mmap(NULL, table->count * sizeof(*table->rows), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table->rows == MAP_FAILED)
		die("--list");
	for (size_t i = 0, first = 0; i < table->count; i++) {
		if (i + 1 < table->count && table->candidates[i + 1].process.namespace ==
						table->candidates[i].process.namespace)
			continue;
		table->rows[table->row_count].first = first;
		table->rows[table->row_count++].end = first = i + 1;
	}
	for (size_t rest = 1; rest < workers; rest++) {
		pids[rest] = fork();
		if (pids[rest] == -1)
			die("--list");
		if (pids[rest] == 0) {
			fill_rows(table, rest, workers);
			_exit(EXIT_SUCCESS);
		}
	}
	fill_rows(table, 0, workers);
	/* Not for any child: the caller may have left some to us. */
	for (size_t rest = 1; rest < workers; rest++)
		if (waitpid(pids[rest], &status, 0) == pids[rest] && status != 0)
			diex("--list: a process of it has failed");
}

static void
print(const struct table *table)
{
	int width[COLUMNS];
	struct winsize window;
	int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0
			  ? window.ws_col
			  : 65536;

	for (int i = 0; i < COLUMNS; i++) {
		width[i] = (int)strlen(header[i]);
		for (size_t j = 0; j < table->row_count; j++)
			if ((int)strlen(table->rows[j].text[i]) > width[i])
				width[i] = (int)strlen(table->rows[j].text[i]);
	}
	for (size_t j = 0; j <= table->row_count; j++) {
		char line[COLUMNS * 1026];
		int used = 0;

		if (j > 0 && !table->rows[j - 1].found)
			continue;
		for (int i = 0; i < COLUMNS; i++)
			used += snprintf(line + used, sizeof(line) - (size_t)used,
			    i == PID ? "%*s" : "  %-*s", i == COMMAND ? 0 : width[i],
			    j == 0 ? header[i] : table->rows[j - 1].text[i]);
		printf("%.*s\n", columns, line);
	}
	if (fflush(stdout) != 0)
		die("standard output");
}

void
instances_list(void)
{
	struct table table = { 0 };
	int error = instances_visit(add_candidate, &table);

	/* There is at least this process. */
	if (table.count == 0)
		die("--list: /proc");
	make_rows(&table);
	print(&table);
	if (geteuid() != 0)
		warnx("--list: only your own instances can be seen");
	else if (error != 0)
		warnx("--list: not all instances can be seen without CAP_SYS_PTRACE");
}
