#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "number.h"
#include "process.h"
#include "report.h"

/* Read a small file of a process. Returns its length, at most size - 1, with a NUL behind it; or -1. */
static ssize_t
read_file(int directory, const char *name, char *text, size_t size)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? -1 : read(fd, text, size - 1);

	if (fd != -1)
		(void)close(fd);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

/* The 22nd field of stat; the second is a name in parentheses, which may contain anything. */
static int
parse_start(const char *stat, uint64_t *start)
{
	const char *at = strrchr(stat, ')');

	for (int i = 2; i < 22 && at != NULL; i++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return -1;
	*start = strtoull(at + 1, NULL, 10);
	return 0;
}

static int
look(int directory, const char *name, struct process *process)
{
	char text[1024];
	struct stat st;
	uint32_t pid;

	if (number_id(name, &pid) == -1 || fstatat(directory, ".", &st, 0) == -1)
		return -1;
	process->pid = (pid_t)pid;
	process->uid = st.st_uid;
	if (fstatat(directory, "ns/mnt", &st, 0) == -1 || read_file(directory, "stat", text, sizeof(text)) == -1)
		return -1;
	process->namespace = st.st_ino;
	return parse_start(text, &process->start);
}

int
process_visit(process_visitor visit, void *context)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int result = 0;

	if (proc == NULL) {
		say_errno("/proc");
		return -1;
	}
	/* If not even this process is there, nothing is. */
	if (faccessat(dirfd(proc), "self", F_OK, 0) == -1) {
		say("/proc: is not mounted");
		result = -1;
	}
	while (result == 0 && (entry = readdir(proc)) != NULL) {
		struct process process;
		int directory;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		directory = openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (directory == -1)
			continue; /* it has ended */
		if (look(directory, entry->d_name, &process) == 0)
			result = visit(&process, context);
		(void)close(directory);
	}
	(void)closedir(proc);
	return result;
}

void
process_command(pid_t pid, char *text, size_t size)
{
	char path[32], words[512];
	ssize_t length;
	int directory;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	length = directory == -1 ? -1 : read_file(directory, "cmdline", words, sizeof(words));
	if (length > 0 && words[0] != '\0') {
		for (ssize_t i = 0; i < length - 1; i++)
			if (words[i] == '\0')
				words[i] = ' ';
	} else if (length >= 0 && (length = read_file(directory, "comm", words + 1, sizeof(words) - 2)) > 0) {
		words[0] = '[';
		words[length] = ']';
		words[length + 1] = '\0';
	}
	if (directory != -1)
		(void)close(directory);
	(void)report_escape(text, size, length > 0 ? words : "?");
}
