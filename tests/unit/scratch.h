/*
 * A directory of the test's own, which is the working directory while the test runs. For root it is
 * in /var/lib, so that nobody else can change any directory above it.
 */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "rmtree.h"
#include "unit.h"

/* Some user who is neither root nor unknown. */
#define USER 12345

char scratch[40];
int scratch_fd;

int
scratch_make_in(const char *base)
{
	(void)snprintf(scratch, sizeof(scratch), "%s/privtmp-unit.XXXXXX", base);
	(void)umask(022);
	if (mkdtemp(scratch) == NULL || chmod(scratch, 0755) == -1 || chdir(scratch) == -1)
		return -1;
	scratch_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch_fd == -1 ? -1 : 0;
}

int
scratch_make(void **state)
{
	(void)state;
	return scratch_make_in(geteuid() == 0 ? "/var/lib" : "/tmp");
}

int
scratch_remove(void **state)
{
	(void)state;
	return rmtree(scratch_fd) == -1 || close(scratch_fd) == -1 || chdir("/") == -1
		   ? -1
		   : rmdir(scratch);
}

/* Make a directory, with exactly that mode. */
void
add_dir(const char *path, uid_t owner, mode_t mode)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(lchown(path, owner, (gid_t)-1), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void
add_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd != -1 && close(fd) == 0);
}

#endif
