#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "number.h"
#include "report.h"

/* 1 when fd is open and may stay, 0 when it is closed, -1 when it may not stay, which has been said. */
static int
check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		if (errno == EBADF)
			return 0;
		say_errno("descriptor %d", fd);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		say("descriptor %d is a directory, and a way out of the private one; close it", fd);
		return -1;
	}
	return 1;
}

/* How many descriptors, from 3 on, a service manager has passed to this very process (sd_listen_fds(3)). */
static uint32_t
passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint32_t number;

	if (pid == NULL || count == NULL || number_id(pid, &number) == -1 || (pid_t)number != getpid())
		return 0;
	return number_id(count, &number) == 0 ? number : 0;
}

int
descriptors_settle(bool preserve)
{
	unsigned int fd;
	int open_here = 1;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		open_here = check((int)fd);
		if (open_here == -1)
			return -1;
		/* Closed: all below are open, so this is the one that open returns. */
		if (open_here == 0 && open("/dev/null", O_RDWR) != (int)fd) {
			say_errno("descriptor %u: /dev/null", fd);
			return -1;
		}
	}
	if (preserve)
		return 0;
	open_here = 1;
	for (uint32_t left = passed(); left > 0 && open_here == 1; left--) {
		open_here = check((int)fd);
		if (open_here == -1)
			return -1;
		fd += (unsigned int)open_here;
	}
	if (syscall(SYS_close_range, fd, ~0U, 0) == -1) {
		say_errno("close_range");
		return -1;
	}
	return 0;
}
