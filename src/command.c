/* The exec of the command. On failure, hints on why, which may be the private directories. */

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
#include "path.h"
#include "report.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

#define HINT_EMPTY " (the directory is private, and empty at the start; see --expose)"

/* Whether the path, which may be relative, is in a private directory. */
static bool
is_private(const char *path, const struct locations *private)
{
	char here[PATH_MAX] = "", joined[2 * PATH_MAX], clean[PATH_MAX];

	if (path[0] != '/' && syscall(SYS_getcwd, here, sizeof(here)) == -1)
		return false;
	(void)snprintf(joined, sizeof(joined), "%s/%s", here, path);
	return path_normalize(joined, clean) && path_enclosing(clean, private) != NULL;
}

char **
command_or_shell(char **command)
{
	static char fallback[] = "/bin/sh", *shell[] = { fallback, NULL };
	char *wanted = getenv("SHELL");

	if (command[0] != NULL)
		return command;
	if (wanted != NULL && *wanted != '\0')
		shell[0] = wanted;
	return shell;
}

void
command_prepare(bool no_new_privs, const char *dir, const struct locations *private)
{
	struct facts here, named;
	char path[PATH_MAX];

	if (no_new_privs && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
				prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1))
		die("--no-new-privs");
	if (dir == NULL)
		return;
	if (chdir(dir) == -1 || syscall(SYS_getcwd, path, sizeof(path)) == -1)
		die("--chdir: %s inside%s", dir,
		    errno == ENOENT && is_private(dir, private) ? HINT_EMPTY : "");
	/* Refuse another namespace, as by /proc/PID/root, or a covered directory. */
	if (path[0] != '/' || mounts_stat(AT_FDCWD, "", &here) == -1 ||
	    mounts_stat(AT_FDCWD, path, &named) == -1 || here.id != named.id)
		diex("--chdir: %s leads outside", dir);
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
hint(const char *name, int error, bool found, const struct locations *private)
{
	bool searched = strchr(name, '/') == NULL;
	bool covered = !searched && is_private(name, private);

	if (error == EAGAIN)
		return " (the user's limit of processes, RLIMIT_NPROC?)";
	if (error == EACCES && covered)
		return " (private directories are noexec; see --exec)";
	if (error != ENOENT)
		return "";
	if (found)
		return " (it is there, but the interpreter that it names, or proot's in /tmp, is "
		       "not)";
	if (covered)
		return HINT_EMPTY;
	if (strchr(name, ' ') != NULL)
		return " (a command and its arguments are separate words, without quotes around "
		       "all)";
	return searched ? " (not found in PATH; for options, see --help)" : "";
}

void
command_exec(char **command, const struct locations *private)
{
	const char *name = command[0];
	const char *why;
	bool found;
	int error;

	if (name[0] == '\0') {
		warnx("the command is empty; is a variable unset?");
		exit(EXIT_NOT_FOUND);
	}
	verbose("executing %s", name);
	execvp(name, command);
	error = errno;
	found = exists(name);
	/* execvp also fails with EACCES if a directory in PATH is inaccessible. */
	if (error == EACCES && !found && strchr(name, '/') == NULL)
		error = ENOENT;
	why = hint(name, error, found, private);
	errno = error;
	warn("%s%s", name, why);
	exit(error == ENOENT && !found ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}
