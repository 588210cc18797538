/* wraps: fstatfs readlinkat syscall */

#include "scratch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "cell.h"
#include "sweep.h"

#define EXT4 0xef53
#define NFS 0x6969
#define PROC 0x9fa0
#define FUSE 0x65735546

#define SENTINEL makedev(7, 77)
#define INODES 4242

#define NO_USTAT "this system cannot tell whether it is in use (no ustat); the next boot can"
#define SHARED "its file system may be shared with other machines"
#define CELL "privtmp.abcdef"

long __real_syscall(long number, ...);

/* What the kernel answers. The error is 0 if it still has the sentinel, with that many inodes. */
static struct {
	unsigned int file_system;
	int ustat_error;
	unsigned long inodes;
} kernel;

ssize_t __real_readlinkat(int dir, const char *path, char *text, size_t size);

/* All that is asked about a cell is asked under its lock: nobody else then removes or starts it. */
static void
assert_locked(void)
{
	int fd = open(CELL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	(void)close(fd);
}

ssize_t
__wrap_readlinkat(int dir, const char *path, char *text, size_t size)
{
	assert_locked();
	return __real_readlinkat(dir, path, text, size);
}

/*
 * Where libc has a struct with 32 bits and one with 64, __real_fstatfs would fill the wrong one.
 * The headers choose the right one for functions that are not wrapped.
 */

int
__wrap_fstatfs(int fd, struct statfs *fs)
{
	char path[32];
	int result;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result = statfs(path, fs);
	/* The boot id is read from /proc alone. */
	if (fs->f_type != PROC)
		fs->f_type = (__typeof__(fs->f_type))kernel.file_system;
	return result;
}

long
__wrap_syscall(long number, ...)
{
	long parts[5];
	va_list args;

	va_start(args, number);
	for (size_t i = 0; i < COUNT(parts); i++)
		parts[i] = va_arg(args, long);
	va_end(args);
#ifdef SYS_ustat
	if (number == SYS_ustat) {
		struct {
			int blocks;
			unsigned long inodes;
		} * answer;

		assert_locked();
		memcpy(&answer, &parts[1], sizeof(answer));
		assert_int_equal((unsigned int)parts[0], SENTINEL);
		answer->inodes = kernel.inodes;
		errno = kernel.ustat_error;
		return kernel.ustat_error == 0 ? 0 : -1;
	}
#endif
	return __real_syscall(number, parts[0], parts[1], parts[2], parts[3], parts[4]);
}

/* Sweep the scratch directory, and compare the line that this prints. */
static void
sweep(const char *expected)
{
	char output[PATH_MAX] = "";
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);
	bool removed;

	assert_non_null(file);
	(void)fflush(stdout);
	assert_int_equal(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
	removed = sweep_run(scratch);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	(void)close(saved);
	assert_true(pread(fileno(file), output, sizeof(output) - 1, 0) >= 0);
	(void)fclose(file);
	assert_true(removed);
	assert_string_equal(output, expected);
}

/* Sweep the cell, which is left for that reason, or removed. */
static void
sweep_cell(const char *why)
{
	char expected[PATH_MAX];
	int length = snprintf(
	    expected, sizeof(expected), "%s %s/" CELL, why != NULL ? "left" : "removed", scratch);

	(void)snprintf(expected + length, sizeof(expected) - (size_t)length,
	    why != NULL ? ": %s\n" : "\n", why);
	sweep(expected);
	assert_int_equal(access(CELL "/tmp/file", F_OK), why != NULL ? 0 : -1);
	assert_int_equal(access(CELL, F_OK), why != NULL ? 0 : -1);
}

static void
add_cell(const char *boot)
{
	struct cell cell = { .fd = -1 };
	struct record record;

	add_dir(CELL, 0, 0700);
	add_dir(CELL "/tmp", USER, 0700);
	add_file(CELL "/tmp/file");
	cell.fd = open(CELL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cell_begin_record(&record);
	record.dev = SENTINEL;
	record.inodes = INODES;
	if (boot != NULL)
		strcpy(record.boot, boot);
	assert_int_equal(cell_write_record(&cell, &record), 0);
	assert_int_equal(close(cell.fd), 0);
}

static const struct {
	unsigned int file_system;
	const char *boot; /* in the record; NULL: this one */
	int ustat_error;
	unsigned long inodes;
	const char *why;
} cases[] = {
	{ NFS, NULL, EINVAL, 0, SHARED },
	{ FUSE, NULL, EINVAL, 0, SHARED },
	{ NFS, "other", EINVAL, 0, SHARED },
	{ EXT4, "other", ENOSYS, 0, NULL },
	{ EXT4, "other", 0, INODES, NULL },
#ifdef SYS_ustat
	{ EXT4, NULL, EINVAL, 0, NULL },
	{ EXT4, NULL, 0, INODES + 1, NULL },
	{ EXT4, NULL, 0, INODES, "it is in use, though its cleaner has gone" },
	{ EXT4, NULL, ENOSYS, 0, NO_USTAT },
	{ EXT4, NULL, EPERM, 0, NO_USTAT },
	{ EXT4, "-", 0, INODES, "it is in use, though its cleaner has gone" },
	{ EXT4, "-", EINVAL, 0, NULL },
#endif
};

static void
sweep_run__removes_a_cell_that_is_dead_for_certain(void **state)
{
	(void)state;
	NEED_ROOT();
	for (size_t i = 0; i < COUNT(cases); i++) {
		kernel.file_system = cases[i].file_system;
		kernel.ustat_error = cases[i].ustat_error;
		kernel.inodes = cases[i].inodes;
		add_cell(cases[i].boot);
		sweep_cell(cases[i].why);
		if (cases[i].why != NULL)
			assert_int_equal(rmtree(scratch_fd), 0);
	}
}

static void
sweep_run__considers_a_cell_without_a_record(void **state)
{
	(void)state;
	NEED_ROOT();
	kernel.file_system = EXT4;
	add_cell(NULL);
	assert_int_equal(unlink(CELL "/record"), 0);
	add_file(CELL "/record");
	sweep_cell("its record cannot be read");
	/* Its command has not run. */
	assert_int_equal(unlink(CELL "/record"), 0);
	kernel.file_system = NFS;
	sweep_cell(SHARED);
	kernel.file_system = EXT4;
	sweep_cell(NULL);
	sweep("");
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(sweep_run__removes_a_cell_that_is_dead_for_certain),
		IN_SCRATCH(sweep_run__considers_a_cell_without_a_record),
	};

	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
