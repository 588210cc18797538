#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "directory.h"
#include "report.h"
#include "workdir.h"

void
workdir_find(const char *chdir_to, struct workdir *workdir)
{
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	long result;

	workdir->chdir = chdir_to;
	workdir->whole = true;
	if (chdir_to != NULL) {
		(void)close(here);
		return;
	}
	/*
	 * By syscall: libc invents a path for an unreachable directory. The path may be longer than
	 * the kernel tells: then that of a directory above will do.
	 */
	while ((result = syscall(SYS_getcwd, workdir->here, sizeof(workdir->here))) == -1 &&
	       errno == ENAMETOOLONG && chdir("..") == 0)
		workdir->whole = false;
	if ((result == -1 && errno != ENOENT) || (!workdir->whole && fchdir(here) == -1))
		die("working directory; use --chdir");
	if (mounts_stat(here, "", &workdir->at) == -1)
		die("working directory; use --chdir");
	/* It is removed or unreachable. */
	if (result == -1 || workdir->here[0] != '/')
		workdir->here[0] = '\0';
	(void)close(here);
}

void
workdir_enter(const struct workdir *workdir, bool joined, const struct locations *private,
    const struct locations *covered)
{
	const struct located *cover;
	const char *start = joined ? workdir->here : NULL;
	struct facts inside;

	if (workdir->chdir != NULL)
		start = "/";
	else if (workdir->here[0] == '\0') /* its ".." may lead to the /tmp outside */
		start = PRIVATE_TMP;
	else if ((cover = path_enclosing(workdir->here, private)) != NULL ||
		 (cover = path_enclosing(workdir->here, covered)) != NULL)
		start = cover->path;
	if (start == NULL)
		return;
	if (chdir(start) == -1 || mounts_stat(AT_FDCWD, "", &inside) == -1)
		die("working directory %s: inside; use --chdir", start);
	if (start == workdir->here &&
	    (!workdir->whole || inside.dev != workdir->at.dev || inside.ino != workdir->at.ino))
		diex("working directory %s: is another one inside; use --chdir", start);
}
