/* The processes in /proc, and their mount namespaces. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "instances.h"
#include "path.h"

/*
 * A directory of processes or threads. It is read one entry or two at a time, so that each is
 * opened right after it was listed: a process that forks and ends all the time has no time to slip
 * by.
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

/* Whether errno says no more than that the process has just ended. */
static bool
has_ended(void)
{
	return errno == ENOENT || errno == ESRCH;
}

/* Find the mount namespace of the process or thread whose directory is process->dir. */
static bool
find_namespace(struct process *process)
{
	struct stat st;

	if (fstatat(process->dir, "ns/mnt", &st, 0) == 0) {
		process->namespace = st.st_ino;
		return true;
	}
	/* EACCES may also mean that it has just ended. Then its other files have gone, too. */
	if (errno == EACCES && faccessat(process->dir, "stat", F_OK, 0) == 0)
		errno = EACCES;
	return false;
}

/* If the main thread has ended, the namespace is that of another thread. */
static bool
find_thread(struct process *process)
{
	struct numbers threads = { .dir = openat(
				       process->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	int ended = process->dir;
	const char *name;
	bool found = false;

	while (threads.dir != -1 && !found && (name = next_number(&threads)) != NULL) {
		process->dir = openat(threads.dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (process->dir == -1)
			continue;
		found = find_namespace(process);
		if (!found)
			(void)close(process->dir);
	}
	if (threads.dir != -1)
		(void)close(threads.dir);
	if (found)
		(void)close(ended);
	else
		process->dir = ended;
	return found;
}

bool
instances_open(int proc, const char *pid, struct process *process)
{
	process->pid = (pid_t)strtol(pid, NULL, 10);
	process->dir = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process->dir == -1)
		return false;
	return find_namespace(process) || (errno == ENOENT && find_thread(process));
}

/* Visit the threads that have left the mount namespace of their process. Returns 0, or an errno. */
static int
visit_threads(const struct process *process, visitor *visit, void *context)
{
	struct numbers threads = { .dir = openat(
				       process->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct process thread = { .pid = process->pid };
	const char *name;
	int error = threads.dir == -1 && !has_ended() ? errno : 0;

	while (threads.dir != -1 && (name = next_number(&threads)) != NULL) {
		thread.dir = openat(threads.dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (thread.dir != -1 && find_namespace(&thread)) {
			if (thread.namespace != process->namespace)
				visit(&thread, context);
		} else if (!has_ended()) {
			error = errno;
		}
		if (thread.dir != -1)
			(void)close(thread.dir);
	}
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

		result = 0;
		if (instances_open(processes.dir, name, &process)) {
			visit(&process, context);
			/* The directory of a process with one thread has three links. */
			if (fstatat(process.dir, "task", &st, 0) == 0 && st.st_nlink > 3)
				result = visit_threads(&process, visit, context);
		} else if (!has_ended()) {
			result = errno;
		}
		/* What may pass comes before what is forbidden. */
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
	 * Without root, processes of other users could not get at our private directories. In the
	 * initial user namespace, the capability is one over all processes, and a security module
	 * that denies one all the same does so for good. In another, it is not.
	 */
	if (error == EACCES && (geteuid() != 0 || (identity_has_capability(CAPABILITY_SYS_PTRACE) &&
						      stat("/proc/self/ns/user", &st) == 0 &&
						      st.st_ino == INITIAL_USER_NAMESPACE)))
		return 0;
	return error;
}
