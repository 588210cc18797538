/*
 * The command inherits what the caller has left open, but for two kinds. A directory leads out of
 * the private one, by "..". Who has the master of a pseudoterminal types into the terminal that is
 * its slave: terminal emulators leave masters, also of other terminals, to shells.
 */

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "report.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Without /proc, check each descriptor below this number, and close the others. */
#define WITHOUT_PROC 65536

/* The descriptors above 2 that the command inherits, ascending. */
static struct {
	int *fds;
	size_t count;
} inherited;

/* Close a descriptor that the command must not have, else add it to inherited. */
static void
check(int fd, bool other)
{
	struct stat st;
	int packets;

	if (fstat(fd, &st) == -1)
		return; /* it is closed */
	/* Masters alone have a packet mode. */
	if (S_ISDIR(st.st_mode) ||
	    (other && S_ISCHR(st.st_mode) && syscall(SYS_ioctl, fd, TIOCGPKT, &packets) == 0)) {
		(void)close(fd);
		return;
	}
	inherited.fds = reallocarray(inherited.fds, inherited.count + 1, sizeof(*inherited.fds));
	if (inherited.fds == NULL)
		die("descriptors");
	inherited.fds[inherited.count++] = fd;
}

static void
close_range_or_die(unsigned int first, unsigned int last)
{
	if (first <= last && syscall(SYS_close_range, first, last, 0) == -1)
		die("close_range");
}

void
descriptors_check(bool other)
{
	const struct dirent *entry;
	struct stat st;
	DIR *dir;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* All lower ones are open, so open() returns this one. */
		if (fstat(fd, &st) == -1 &&
		    (errno != EBADF || open("/dev/null", O_RDWR) != fd || fstat(fd, &st) == -1))
			die("descriptor %d: /dev/null", fd);
		if (S_ISDIR(st.st_mode))
			diex("descriptor %d is a directory: the command could reach the shared "
			     "/tmp through it",
			    fd);
	}
	/* Since Linux 6.2, the size is the number of open ones. To read the directory takes longer. */
	if (stat("/proc/self/fd", &st) == 0 && st.st_size == STDERR_FILENO + 1)
		return;
	dir = opendir("/proc/self/fd");
	/* The kernel lists them in ascending order. */
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > STDERR_FILENO && fd != dirfd(dir))
			check(fd, other);
	}
	if (dir != NULL) {
		(void)closedir(dir);
		return;
	}
	close_range_or_die(WITHOUT_PROC, ~0U);
	for (int fd = STDERR_FILENO + 1; fd < WITHOUT_PROC; fd++)
		check(fd, other);
}

bool
descriptors_any(bool (*is)(int fd))
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (is(fd))
			return true;
	for (size_t i = 0; i < inherited.count; i++)
		if (is(inherited.fds[i]))
			return true;
	return false;
}

/* Close a range of descriptors but one. */
static void
close_others(unsigned int first, unsigned int last, unsigned int keep)
{
	if (keep >= first && keep <= last) {
		close_range_or_die(first, keep - 1);
		first = keep + 1;
	}
	close_range_or_die(first, last);
}

void
descriptors_close_ours(int keep)
{
	unsigned int first = STDERR_FILENO + 1;

	for (size_t i = 0; i < inherited.count; i++) {
		unsigned int fd = (unsigned int)inherited.fds[i];

		close_others(first, fd - 1, (unsigned int)keep);
		first = fd + 1;
	}
	close_others(first, ~0U, (unsigned int)keep);
}

void
descriptors_close_inherited(int fd)
{
	for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
		if (dup2(fd, standard) == -1)
			(void)close(standard);
	for (size_t i = 0; i < inherited.count; i++)
		(void)close(inherited.fds[i]);
}
