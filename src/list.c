/*
 * --list reads /proc once. The first process of each mount namespace of ours with private
 * directories makes a row. A process in a chroot shows only the mounts below its root directory: if
 * none of them is private, the next process is asked. Texts of users are escaped, and the command
 * line comes last.
 */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "identity.h"
#include "instances.h"
#include "list.h"
#include "path.h"
#include "report.h"

#define TEXT_SIZE 1024

enum column { PID, USER, STORE, DIRECTORIES, CELL, COMMAND, COLUMNS };

static char header[COLUMNS][TEXT_SIZE] = { "PID", "USER", "STORE", "DIRECTORIES", "CELL",
	"COMMAND" };

struct row {
	uint64_t namespace;	    /* the inode of a mount namespace */
	bool done;		    /* no other process of it has to be asked */
	const char *texts[COLUMNS]; /* printable; NULL if it is not shown */
};

struct table {
	struct row *rows; /* the first is the header, and that of our own mount namespace */
	size_t count;
	int widths[COLUMNS];
	struct mountinfo *mounts; /* our own */
	size_t mount_count;
	struct directory directories[DIRECTORIES_MAX]; /* of the process that is asked */
	bool denied; /* there is an instance that may be ours, and we may not ask */
};

/* Parse our own mounts, which point into the text. */
static void
read_mounts(struct table *table, char *text)
{
	struct mountinfo info;

	while (mounts_next(&text, &info)) {
		table->mounts = reallocarray(
		    table->mounts, table->mount_count + 1, sizeof(*table->mounts));
		if (table->mounts == NULL)
			die("--list");
		table->mounts[table->mount_count++] = info;
	}
}

/* Append an item, with a comma: "/tmp,/var/tmp". Cut a long list. */
static void
append(char *list, const char *item)
{
	size_t used = strlen(list);

	(void)snprintf(list + used, TEXT_SIZE - used, "%s%s", used > 0 ? "," : "", item);
}

/*
 * Append the path of the cell of a private directory in our own mount namespace, or "?". Where
 * several mounts show its base, the one with the longest root counts: the same for all cells there.
 */
static void
append_cell(const struct table *table, const struct mountinfo *private, char *list)
{
	char cell[PATH_MAX + sizeof(CELL_TEMPLATE)] = "?", base[PATH_MAX], *name;
	struct facts facts;
	size_t longest = 0;

	/* Its root is BASE/privtmp.XXXXXX/tmp. */
	*strrchr(private->root, '/') = '\0';
	name = strrchr(private->root, '/');
	*name++ = '\0';
	for (size_t i = 0; i < table->mount_count; i++) {
		const struct mountinfo *mount = &table->mounts[i];
		const char *rest = mount->dev == private->dev
				       ? path_within(private->root, mount->root)
				       : NULL;

		if (rest == NULL || strlen(mount->root) <= longest)
			continue;
		(void)snprintf(base, sizeof(base), "%s%s",
		    strcmp(mount->point, "/") == 0 ? "" : mount->point, rest);
		/* Another mount may be on top. */
		if (mounts_stat(AT_FDCWD, base[0] != '\0' ? base : "/", &facts) == -1 ||
		    facts.id != mount->id)
			continue;
		longest = strlen(mount->root);
		(void)snprintf(cell, sizeof(cell), "%s/%s", base, name);
	}
	append(list, cell);
}

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

/* Find the name of the process's user, or else the number. */
static void
find_user(int process, char *user)
{
	const struct passwd *entry;
	char text[TEXT_SIZE];
	const char *line;
	uid_t uid;

	/* /proc/PID may belong to root after a setuid: read its status instead. */
	(void)read_file(process, "status", text, sizeof(text));
	line = strstr(text, "\nUid:");
	if (line == NULL || sscanf(line, "\nUid:%u", &uid) != 1)
		(void)snprintf(user, TEXT_SIZE, "?");
	else if ((entry = getpwuid(uid)) != NULL)
		(void)snprintf(user, TEXT_SIZE, "%s", entry->pw_name);
	else
		(void)snprintf(user, TEXT_SIZE, "%u", uid);
}

/* Find the command line, or else the name in brackets. */
static void
find_command(int process, char *command)
{
	ssize_t length = read_file(process, "cmdline", command, TEXT_SIZE);

	for (ssize_t i = 0; i < length - 1; i++)
		if (command[i] == '\0')
			command[i] = ' ';
	if (command[0] == '\0' || command[0] == ' ') {
		(void)read_file(process, "comm", command + 1, TEXT_SIZE - 1);
		command[0] = '[';
		strcpy(command + 1 + strcspn(command + 1, "\n"), "]");
	}
}

/* Set printable texts, and make the columns as wide as these. */
static void
set_texts(struct table *table, struct row *row, char texts[COLUMNS][TEXT_SIZE])
{
	for (int i = 0; i < COLUMNS; i++) {
		char line[TEXT_SIZE];
		int width = (int)report_escape(line, sizeof(line), texts[i]);

		row->texts[i] = strdup(line);
		if (row->texts[i] == NULL)
			die("--list");
		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

/* Fill the row from a process of its namespace, unless that shows no private directory. */
static void
fill_row(struct table *table, struct row *row, const char *pid, int process)
{
	struct directory *directories = table->directories;
	char texts[COLUMNS][TEXT_SIZE] = { "" }, path[2];
	size_t count = instances_read(process, directories);
	struct stat st;

	/* It may have gone to a namespace that is not ours before that, but cannot return. */
	if (fstatat(process, "ns/mnt", &st, 0) == -1 || st.st_ino != row->namespace)
		return;
	/* A process in a chroot shows only the mounts below its root directory: ask the next. */
	row->done = count > 0 || readlinkat(process, "root", path, sizeof(path)) == 1;
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		append(texts[DIRECTORIES], directories[i].mount.point);
		if (cell_is_private(directories[i].mount.root))
			append_cell(table, &directories[i].mount, texts[CELL]);
	}
	if (texts[CELL][0] == '\0')
		strcpy(texts[CELL], "-");
	(void)snprintf(texts[PID], TEXT_SIZE, "%s", pid);
	strcpy(texts[STORE], directories[0].store);
	find_user(process, texts[USER]);
	find_command(process, texts[COMMAND]);
	set_texts(table, row, texts);
}

/* The row of a namespace: a new one if there is none. */
static struct row *
find_row(struct table *table, uint64_t namespace)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].namespace == namespace)
			return &table->rows[i];
	table->rows = reallocarray(table->rows, table->count + 1, sizeof(*table->rows));
	if (table->rows == NULL)
		die("--list");
	table->rows[table->count] = (struct row){ .namespace = namespace };
	return &table->rows[table->count++];
}

static void
add_process(struct table *table, const char *pid, int process)
{
	struct row *row;
	struct stat st;
	int fd;

	if (fstatat(process, "ns/mnt", &st, 0) == -1) {
		/* Anybody may read its mountinfo. */
		if (geteuid() == 0 && instances_read(process, table->directories) > 0)
			table->denied = true;
		return;
	}
	row = find_row(table, st.st_ino);
	if (row->done || (fd = openat(process, "ns/mnt", O_RDONLY | O_CLOEXEC)) == -1)
		return;
	if (instances_trust(fd))
		fill_row(table, row, pid, process);
	(void)close(fd);
}

static void
print(const struct table *table)
{
	struct winsize window;
	bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;

	for (size_t j = 0; j < table->count; j++) {
		const struct row *row = &table->rows[j];
		char line[COLUMNS * (TEXT_SIZE + 2)];
		int used = 0;

		for (int i = 0; i < COLUMNS && row->texts[PID] != NULL; i++)
			used += snprintf(line + used, sizeof(line) - (size_t)used,
			    i == PID ? "%*s" : "  %-*s", i == COMMAND ? 0 : table->widths[i],
			    row->texts[i]);
		if (used > 0)
			printf("%.*s\n", terminal ? window.ws_col : used, line);
	}
	if (fflush(stdout) != 0)
		die("standard output");
}

void
list_print(void)
{
	DIR *proc = opendir("/proc");
	char *mounts = mounts_read(-1);
	static struct table table;
	const struct dirent *entry;
	struct row *own;
	struct stat st;

	if (proc == NULL || mounts == NULL || stat("/proc/self/ns/mnt", &st) == -1)
		diex("--list: needs /proc");
	own = find_row(&table, st.st_ino);
	own->done = true;
	set_texts(&table, own, header);
	read_mounts(&table, mounts);
	while (errno = 0, (entry = readdir(proc)) != NULL) {
		int process = isdigit((unsigned char)entry->d_name[0])
				  ? openat(dirfd(proc), entry->d_name, O_PATH | O_CLOEXEC)
				  : -1;

		if (process == -1)
			continue;
		add_process(&table, entry->d_name, process);
		(void)close(process);
	}
	if (errno != 0)
		die("--list: /proc");
	(void)closedir(proc);
	print(&table);
	if (geteuid() != 0)
		warnx("--list: only your own instances can be seen");
	else if ((identity_capabilities() >> CAP_SYS_PTRACE & 1) == 0)
		warnx("--list: not all instances can be seen without CAP_SYS_PTRACE");
	else if (table.denied)
		warnx(
		    "--list: not all instances can be seen: a security module (AppArmor, SELinux, "
		    "Landlock) or another user namespace denies it");
}
