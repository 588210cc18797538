/* The processes in /proc, and their mount namespaces. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "instances.h"
#include "path.h"

/*
 * /proc or a task directory. The buffer holds one or two entries, so that each is opened right
 * after it was listed: a process that keeps forking and exiting could otherwise be missed.
 */
struct numbers {
	int dir;
	long size;
	long next;
	_Alignas(8) char listing[56];
};

/* The next name in the directory that is a number, or NULL. */
static const char *
next_number(struct numbers *numbers)
{
	const struct dirent *entry;

	do {
		if (numbers->next >= numbers->size) {
			numbers->next = 0;
			numbers->size = syscall(SYS_getdents64, numbers->dir, numbers->listing,
			    sizeof(numbers->listing));
			if (numbers->size <= 0)
				return NULL;
		}
		entry = (const struct dirent *)(numbers->listing + numbers->next);
		numbers->next += entry->d_reclen;
	} while (!isdigit((unsigned char)entry->d_name[0]));
	return entry->d_name;
}

/* Whether errno only means that the process has just ended. */
static bool
has_ended(void)
{
	return errno == ENOENT || errno == ESRCH;
}

bool
instances_open(int directory, const char *id, struct process *process)
{
	struct stat st;

	process->tid = (pid_t)strtol(id, NULL, 10);
	process->dir = openat(directory, id, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process->dir == -1)
		return false;
	if (fstatat(process->dir, "ns/mnt", &st, 0) == 0) {
		process->namespace = st.st_ino;
		return true;
	}
	/* EACCES may also mean that it has just ended: then "stat" does not exist. */
	if (errno == EACCES && faccessat(process->dir, "stat", F_OK, 0) == 0)
		errno = EACCES;
	/* With hidepid=1, /proc answers EPERM. */
	if (errno == EPERM)
		errno = EACCES;
	return false;
}

/* Visit all threads of a process: each may have its own namespace and root directory. */
static int
visit_threads(const struct process *process, visitor *visit, void *context)
{
	struct numbers threads = { .dir = openat(
				       process->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct process thread = { .pid = process->pid };
	const char *name;
	int error = threads.dir == -1 && !has_ended() ? errno : 0;

	while (threads.dir != -1 && (name = next_number(&threads)) != NULL) {
		if (instances_open(threads.dir, name, &thread))
			visit(&thread, context);
		else if (!has_ended())
			error = errno;
		if (thread.dir != -1)
			(void)close(thread.dir);
	}
	if (threads.size == -1 && !has_ended())
		error = errno;
	if (threads.dir != -1)
		(void)close(threads.dir);
	return error;
}

int
instances_visit(visitor *visit, void *context)
{
	struct numbers processes = { .dir = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	int error = processes.dir == -1 ? errno : 0, result;
	const char *name;
	struct stat st;

	while (processes.dir != -1 && (name = next_number(&processes)) != NULL) {
		struct process process;
		bool open = instances_open(processes.dir, name, &process);

		result = open || has_ended() ? 0 : errno;
		process.pid = process.tid;
		if (open)
			visit(&process, context);
		/* The task directory has 2 links, plus 1 for each thread. */
		if (process.dir != -1 && result == 0 &&
		    (!open || (fstatat(process.dir, "task", &st, 0) == 0 && st.st_nlink > 3)))
			result = visit_threads(&process, visit, context);
		/* Report any other error rather than EACCES. */
		if (result != 0 && (error == 0 || error == EACCES))
			error = result;
		if (process.dir != -1)
			(void)close(process.dir);
	}
	if (processes.size == -1)
		error = errno;
	if (processes.dir != -1)
		(void)close(processes.dir);
	/*
	 * Ignore EACCES without root: other users' processes cannot use our private directories.
	 * Ignore it with CAP_SYS_PTRACE in the initial user namespace, too: then a security module
	 * denies access, permanently.
	 */
	if (error == EACCES &&
	    (geteuid() != 0 ||
		((identity_capabilities() >> CAP_SYS_PTRACE & 1) != 0 &&
		    stat("/proc/self/ns/user", &st) == 0 && st.st_ino == INITIAL_USER_NAMESPACE)))
		return 0;
	return error;
}
