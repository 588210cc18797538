/*
 * --list prints a row for each mount namespace of ours with private directories, as its oldest
 * process outside of a chroot sees it. Texts of users are escaped, and the command line comes last.
 * mountinfo takes a microsecond per mount, so up to WORKERS_MAX processes, one per processor,
 * divide the namespaces, and fill the rows in shared memory.
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
#include "path.h"
#include "report.h"

#define WORKERS_MAX 8
#define TEXT_SIZE 1024

enum column { PID, USER, STORE, DIRECTORIES, CELL, COMMAND, COLUMNS };

static const char *const header[COLUMNS] = { "PID", "USER", "STORE", "DIRECTORIES", "CELL",
	"COMMAND" };
static const char *const stores[] = { "dir", "disk", "tmpfs" };

struct candidate {
	struct process process;
	size_t root;	/* the length of its root directory's path: it sees only mounts below */
	uint64_t start; /* in clock ticks since boot */
};

struct table {
	struct candidate *candidates;
	size_t count;
	/* For each candidate, a row of printable texts, filled only if it is shown. */
	char (*rows)[COLUMNS][TEXT_SIZE];
	bool *shown;
};

/* Read the start of a file of a process, and append a NUL. Returns the length, or -1. */
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

static void
add_candidate(const struct process *process, void *context)
{
	struct table *table = context;
	struct candidate *added;
	char text[TEXT_SIZE];
	/* SIZE_MAX if it cannot be read. */
	size_t root = (size_t)readlinkat(process->dir, "root", text, sizeof(text));
	const char *at;

	table->candidates = reallocarray(
	    table->candidates, table->count + 1, sizeof(struct candidate));
	if (table->candidates == NULL)
		die("--list");
	added = &table->candidates[table->count++];
	*added = (struct candidate){ *process, root, 0 };
	/* The start is field 22. Field 2, in parentheses, may contain anything. */
	(void)read_file(process->dir, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	for (int i = 2; i < 22 && at != NULL; i++)
		at = strchr(at + 1, ' ');
	if (at != NULL)
		added->start = strtoull(at + 1, NULL, 10);
}

static int
by_namespace_and_age(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->process.namespace != b->process.namespace)
		return a->process.namespace < b->process.namespace ? -1 : 1;
	/* In a chroot, the path is longer than outside of it. */
	if (a->root != b->root)
		return a->root < b->root ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->process.pid - b->process.pid;
}

/* Find the name of the process's user, or else the number. */
static void
find_user(int process, char *user, size_t size)
{
	const struct passwd *entry;
	char text[TEXT_SIZE];
	const char *line;
	uid_t uid;

	/* /proc/PID may belong to root after a setuid: read its status instead. */
	(void)read_file(process, "status", text, sizeof(text));
	line = strstr(text, "\nUid:");
	if (line == NULL || sscanf(line, "\nUid:%u", &uid) != 1)
		(void)snprintf(user, size, "?");
	else if ((entry = getpwuid(uid)) != NULL)
		(void)snprintf(user, size, "%s", entry->pw_name);
	else
		(void)snprintf(user, size, "%u", uid);
}

/* Find the command line, or else the name in brackets. */
static void
find_command(int process, char *command, size_t size)
{
	ssize_t length = read_file(process, "cmdline", command, size);

	for (ssize_t i = 0; i < length - 1; i++)
		if (command[i] == '\0')
			command[i] = ' ';
	if (command[0] == '\0' || command[0] == ' ') {
		(void)read_file(process, "comm", command + 1, size - 1);
		command[0] = '[';
		strcpy(command + 1 + strcspn(command + 1, "\n"), "]");
	}
}

/* Write the path of the directory's cell in our own mount namespace, or "?". */
static void
locate(const struct directory *directory, char *path, size_t size)
{
	/* Try the mount of the last cell first: most cells are in few directories. */
	static char root[PATH_MAX], point[PATH_MAX];
	static dev_t dev;
	char cell[PATH_MAX];
	struct mountinfo info;
	size_t length = 0;
	char *line = NULL;
	FILE *table = NULL;

	(void)snprintf(cell, sizeof(cell), "%.*s",
	    (int)(strlen(directory->root) - strlen("/" CELL_TMP)), directory->root);
	if (root[0] == '\0' || directory->dev != dev || !path_within(cell, root)) {
		root[0] = '\0';
		table = mountinfo_open(-1);
	}
	while (table != NULL && getline(&line, &length, table) != -1) {
		/* Choose the longest root above the cell. */
		if (!mountinfo_parse(line, &info) || info.dev != directory->dev ||
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
		    path_within(cell, root));
}

/* Append an item, with a comma: "/tmp,/var/tmp". Cut a long list. */
static void
append(char *list, const char *item)
{
	if (list[0] != '\0')
		(void)strncat(list, ",", TEXT_SIZE - strlen(list) - 1);
	(void)strncat(list, item, TEXT_SIZE - strlen(list) - 1);
}

/* Fill the row from that process. Returns false if it is no longer there. */
static bool
fill_row(const struct table *table, size_t number, int proc)
{
	const struct candidate *candidate = &table->candidates[number];
	static struct directory directories[OBJECTS_MAX];
	char text[COLUMNS][TEXT_SIZE] = { "" }, cell[2 * PATH_MAX];
	struct process process;
	size_t count = 0;
	int fd = -1;

	(void)snprintf(text[PID], TEXT_SIZE, "%d", (int)candidate->process.pid);
	if (instances_open(proc, text[PID], &process) &&
	    process.namespace == candidate->process.namespace)
		fd = openat(process.dir, "ns/mnt", O_RDONLY | O_CLOEXEC);
	if (fd != -1 && instances_trust(fd))
		count = instances_read(process.dir, true, directories);
	for (size_t i = 0; i < count; i++) {
		append(text[DIRECTORIES], directories[i].point);
		if (directories[i].store == STORE_DISK) {
			locate(&directories[i], cell, sizeof(cell));
			append(text[CELL], cell);
		}
	}
	if (count > 0) {
		find_user(process.dir, text[USER], TEXT_SIZE);
		strcpy(text[STORE], stores[directories[0].store]);
		if (text[CELL][0] == '\0')
			strcpy(text[CELL], "-");
		find_command(process.dir, text[COMMAND], TEXT_SIZE);
		for (int i = 0; i < COLUMNS; i++)
			(void)report_escape(table->rows[number][i], TEXT_SIZE, text[i]);
		table->shown[number] = true;
	}
	if (fd != -1)
		(void)close(fd);
	if (process.dir != -1)
		(void)close(process.dir);
	return fd != -1;
}

/* Fill a row for each namespace with number % workers == rest. */
static void
fill_rows(const struct table *table, size_t rest, size_t workers)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t namespaces = 0;
	bool filled = false;

	if (proc == -1)
		die("--list: /proc");
	for (size_t i = 0; i < table->count; i++) {
		const struct candidate *candidate = &table->candidates[i];

		if (i == 0 || candidate->process.namespace != candidate[-1].process.namespace)
			filled = namespaces++ % workers != rest;
		if (!filled)
			filled = fill_row(table, i, proc);
	}
	(void)close(proc);
}

static void
make_rows(struct table *table)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t workers = processors < 1 ? 1 : (size_t)processors;
	pid_t pids[WORKERS_MAX];
	int status = 0;

	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	qsort(table->candidates, table->count, sizeof(*table->candidates), by_namespace_and_age);
	table->rows = mmap(NULL, table->count * (sizeof(*table->rows) + sizeof(bool)),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table->rows == MAP_FAILED)
		die("--list");
	table->shown = (bool *)(table->rows + table->count);
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
	/* Wait by pid: we may have inherited other children. */
	for (size_t rest = 1; rest < workers; rest++)
		if (waitpid(pids[rest], &status, 0) == pids[rest] && status != 0)
			diex("--list: a worker process failed");
}

static void
print_row(const char *const *texts, const int *width, int columns)
{
	char line[COLUMNS * (TEXT_SIZE + 2)];
	int used = snprintf(line, sizeof(line), "%*s", width[PID], texts[PID]);

	for (int i = PID + 1; i < COLUMNS; i++)
		used += snprintf(line + used, sizeof(line) - (size_t)used, "  %-*s",
		    i == COMMAND ? 0 : width[i], texts[i]);
	printf("%.*s\n", columns, line);
}

static void
print(const struct table *table)
{
	const char *texts[COLUMNS];
	int width[COLUMNS];
	struct winsize window;
	int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0
			  ? window.ws_col
			  : 65536;

	for (int i = 0; i < COLUMNS; i++) {
		width[i] = (int)strlen(header[i]);
		for (size_t j = 0; j < table->count; j++)
			if (table->shown[j] && (int)strlen(table->rows[j][i]) > width[i])
				width[i] = (int)strlen(table->rows[j][i]);
	}
	print_row(header, width, columns);
	for (size_t j = 0; j < table->count; j++) {
		for (int i = 0; i < COLUMNS; i++)
			texts[i] = table->rows[j][i];
		if (table->shown[j])
			print_row(texts, width, columns);
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
		diex("--list: needs /proc");
	make_rows(&table);
	print(&table);
	if (geteuid() != 0)
		warnx("--list: only your own instances can be seen");
	else if (error == EACCES)
		warnx("--list: not all instances can be seen without CAP_SYS_PTRACE");
	else if (error != 0)
		report(strerror(error), "--list: not all instances can be seen");
}
