#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "options.h"
#include "path.h"
#include "plan.h"
#include "report.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

void
command_prepare(const struct plan *plan)
{
	struct mount_facts here, named;
	char path[PATH_MAX];

	if (plan->no_new_privs && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
				      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1))
		die("--no-new-privs");
	if (plan->chdir == NULL)
		return;
	if (chdir(plan->chdir) == -1 || syscall(SYS_getcwd, path, sizeof(path)) == -1)
		die("--chdir: %s inside", plan->chdir);
	/* Refuse another namespace, as by /proc/PID/root, or a covered directory. */
	if (path[0] != '/' || mount_facts(AT_FDCWD, "", &here) == -1 ||
	    mount_facts(AT_FDCWD, path, &named) == -1 || here.id != named.id)
		diex("--chdir: %s leads outside", plan->chdir);
}

/* Whether the command exists, in PATH or as a path. */
static bool
exists(const char *name)
{
	const char *dirs = getenv("PATH");
	char path[PATH_MAX];
	int length;

	if (strchr(name, '/') != NULL)
		return access(name, F_OK) == 0;
	/* The default of execvp. */
	if (dirs == NULL)
		dirs = "/usr/local/bin:/bin:/usr/bin";
	for (; dirs != NULL; dirs = strchr(dirs, ':')) {
		dirs += *dirs == ':';
		length = (int)strcspn(dirs, ":");
		/* An empty component is the working directory. */
		(void)snprintf(path, sizeof(path), "%.*s/%s", length == 0 ? 1 : length,
		    length == 0 ? "." : dirs, name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Return a hint on why the exec failed, or "". */
static const char *
hint(const struct plan *plan, int error, bool found)
{
	const char *name = plan->command[0];
	bool private = path_cover(name, &plan->directories) != NULL;

	if (error == EAGAIN)
		return " (the user's limit of processes, RLIMIT_NPROC?)";
	if (error == EACCES && private)
		return " (private directories are noexec; see --exec)";
	if (error != ENOENT)
		return "";
	if (found)
		return " (it is there, but the interpreter that it names is not)";
	if (private)
		return " (the directory is private, and empty at the start; see --expose)";
	if (strchr(name, ' ') != NULL)
		return " (a command and its arguments are separate words, without quotes around "
		       "all)";
	return options_has(name) ? " (options begin with --)" : "";
}

void
command_exec(const struct plan *plan)
{
	const char *name = plan->command[0];
	bool found;
	int error;

	verbose("executing %s", name);
	environ = plan->environment;
	execvp(name, plan->command);
	error = errno;
	found = exists(name);
	/* execvp also fails with EACCES if a directory in PATH is inaccessible. */
	if (error == EACCES && !found && strchr(name, '/') == NULL)
		error = ENOENT;
	errno = error;
	warn("%s%s", name, hint(plan, error, found));
	exit(error == ENOENT && !found ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}
