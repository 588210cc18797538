/*
 * What the command starts with: its name and its working directory. If the exec fails, hints on
 * why, which may be the private directories.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "directory.h"
#include "path.h"
#include "report.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

#define HINT_EMPTY " (the directory is private, and empty at the start; see --expose)"

/* The working directory. */
static struct {
	const char *chdir; /* --chdir, or NULL */
	/* That of the caller, or the last part above it that a path can name. "" if unreachable. */
	char here[PATH_MAX];
	bool partial;	 /* here is not all of it */
	struct facts at; /* of the directory */
} workdir;

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
command_find_directory(const char *dir)
{
	long result;
	int here;

	workdir.chdir = dir;
	if (dir != NULL)
		return;
	if (mounts_stat(AT_FDCWD, "", &workdir.at) == -1)
		die("working directory; use --chdir");
	/* An ordinary user may not be able to. */
	here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/*
	 * By syscall: libc invents a path for an unreachable directory. The path may be longer than
	 * the kernel tells: then that of a directory above will do.
	 */
	while ((result = syscall(SYS_getcwd, workdir.here, sizeof(workdir.here))) == -1 &&
	       errno == ENAMETOOLONG && chdir("..") == 0)
		workdir.partial = true;
	if ((result == -1 && errno != ENOENT) || (workdir.partial && fchdir(here) == -1))
		die("working directory; use --chdir");
	/* It is removed or unreachable. */
	if (result == -1 || workdir.here[0] != '/')
		workdir.here[0] = '\0';
	(void)close(here);
}

void
command_enter_directory(
    bool joined, const struct locations *private, const struct locations *covered)
{
	const struct located *cover;
	const char *start = joined ? workdir.here : NULL;
	struct facts inside;

	if (workdir.chdir != NULL)
		start = "/";
	else if (workdir.here[0] == '\0') /* its ".." may lead to the /tmp outside */
		start = PRIVATE_TMP;
	else if ((cover = path_enclosing(workdir.here, private)) != NULL ||
		 (cover = path_enclosing(workdir.here, covered)) != NULL)
		start = cover->path;
	if (start == NULL)
		return;
	if (chdir(start) == -1 || mounts_stat(AT_FDCWD, "", &inside) == -1)
		die("working directory %s: inside; use --chdir", start);
	if (start == workdir.here &&
	    (workdir.partial || inside.dev != workdir.at.dev || inside.ino != workdir.at.ino))
		diex("working directory %s: is another one inside; use --chdir", start);
}

void
command_prepare(bool no_new_privs, const struct locations *private)
{
	const char *dir = workdir.chdir;
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
