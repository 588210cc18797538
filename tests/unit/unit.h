/*
 * What every unit test includes: cmocka after what it needs, and a way to test code that exits.
 * Each test is one program of one file; the functions here count only where the first line of the
 * file says "wraps: exit write".
 */

#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

/* Nobody else calls the functions of a test; those named __wrap_... are called in place of others.
 */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Skip the test unless the condition holds; where no test may be skipped, fail. */
#define NEED(condition, reason) \
	do { \
		if (condition) \
			break; \
		if (getenv("PRIVTMP_TEST_MUST_RUN") != NULL) \
			fail_msg("needs %s", reason); \
		print_message("needs %s\n", reason); \
		skip(); \
	} while (0)

#define NEED_ROOT() NEED(geteuid() == 0, "root")

/* In a chroot of which it is none, mountinfo does not list the mount that all is on. */
#define NEED_MOUNT_POINT() NEED(unit_has_mount_point(), "a root directory that is a mount point")

__attribute__((unused)) static bool
unit_has_mount_point(void)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[4096];
	bool found = false;

	while (table != NULL && !found && fgets(line, sizeof(line), table) != NULL)
		found = sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 &&
			strcmp(point, "/") == 0;
	if (table != NULL)
		(void)fclose(table);
	return found;
}

/*
 * A test says "if (setjmp(exit_point) != 0) return false;" before a call that may exit. Then
 * exit_status is the status, and messages is all that was printed since unit_begin().
 */
jmp_buf exit_point;
int exit_status;
char messages[4096];

void
unit_begin(void)
{
	exit_status = 0;
	messages[0] = '\0';
}

_Noreturn void
__wrap_exit(int status)
{
	exit_status = status;
	longjmp(exit_point, 1);
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t size)
{
	size_t length = strlen(messages);

	assert_int_equal(fd, STDERR_FILENO);
	assert_true(length + size < sizeof(messages));
	memcpy(messages + length, bytes, size);
	messages[length + size] = '\0';
	return (ssize_t)size;
}

#endif
