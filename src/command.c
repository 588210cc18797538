#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "environment.h"
#include "mount_facts.h"
#include "path.h"
#include "plan.h"
#include "report.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

int
command_prepare(const struct plan *plan)
{
	struct mount_facts here, named;
	char path[PATH_MAX];

	if (environment_set(&plan->environment) == -1)
		return -1;
	if (plan->no_new_privs &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)) {
		say_errno("--no-new-privs");
		return -1;
	}
	if (plan->chdir == NULL)
		return 0;
	if (chdir(plan->chdir) == -1 || syscall(SYS_getcwd, path, sizeof(path)) == -1) {
		say_errno("--chdir: %s inside", plan->chdir);
		return -1;
	}
	/* Through /proc/PID/root, or to what is covered here. */
	if (path[0] == '/' && (mount_facts(".", &here) == -1 || mount_facts(path, &named) == -1))
		return -1;
	if (path[0] != '/' || here.mount != named.mount) {
		say("--chdir: %s leads outside", plan->chdir);
		return -1;
	}
	return 0;
}

/* What is known of the reason, beyond errno. */
static const char *
hint(const struct plan *plan)
{
	const char *name = plan->command[0];
	const struct object *private = path_cover(name, plan->directories, plan->directory_count);

	if (private != NULL && errno == EACCES)
		return " (private directories are noexec; see --exec)";
	if (private != NULL && errno == ENOENT)
		return " (the directory is private, and empty at the start; see --expose)";
	return errno == EAGAIN ? " (the user's limit of processes, RLIMIT_NPROC?)" : "";
}

/* Whether there is such a program; execvp takes a directory of PATH that the user may not search for one that has it. */
static bool
is_found(const char *name)
{
	const char *dirs = getenv("PATH");
	char path[PATH_MAX];

	if (strchr(name, '/') != NULL || dirs == NULL)
		return true;
	for (; dirs != NULL; dirs = strchr(dirs, ':')) {
		dirs += *dirs == ':';
		(void)snprintf(path, sizeof(path), "%.*s/%s", (int)strcspn(dirs, ":"), dirs, name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

int
command_exec(const struct plan *plan)
{
	int error;

	tell("executing %s", plan->command[0]);
	execvp(plan->command[0], plan->command);
	error = errno == EACCES && !is_found(plan->command[0]) ? ENOENT : errno;
	errno = error;
	say_errno("%s%s", plan->command[0], hint(plan));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
