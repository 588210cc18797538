/* The processes in /proc, and their mount namespaces. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "instances.h"
#include "path.h"

bool
instances_open(int directory, const char *id, struct process *process)
{
	struct stat st;

	process->pid = (pid_t)strtol(id, NULL, 10);
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

int
instances_visit(visitor *visit, void *context)
{
	DIR *proc = opendir("/proc");
	int error = proc == NULL ? errno : 0;
	const struct dirent *entry;
	struct process process;
	struct stat st;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (instances_open(dirfd(proc), entry->d_name, &process))
			visit(&process, context);
		/* It may have ended. Report any other error rather than EACCES. */
		else if (errno != ENOENT && errno != ESRCH && (error == 0 || error == EACCES))
			error = errno;
		if (process.dir != -1)
			(void)close(process.dir);
	}
	if (proc != NULL)
		(void)closedir(proc);
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
