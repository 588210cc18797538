/* wraps: syscall */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "mounts.h"

long __real_syscall(long number, ...);

/* The real kernel answers, as an older one would, or through the filter of a container. */
static enum { NEW, FILTERED, BEFORE_6_8, BEFORE_5_8 } kernel;

#define STATX_MOUNT_BIT 0x1000U
#define STATX_MOUNT_UNIQUE_BIT 0x4000U
#define STATMOUNT 457
#define LISTMOUNT 458

long
__wrap_syscall(long number, ...)
{
	long arguments[5];
	va_list args;
	long result;

	va_start(args, number);
	for (size_t i = 0; i < COUNT(arguments); i++)
		arguments[i] = va_arg(args, long);
	va_end(args);
	if (kernel != NEW && (number == STATMOUNT || number == LISTMOUNT)) {
		errno = kernel == FILTERED ? EPERM : ENOSYS;
		return -1;
	}
	/* int is passed as long: cut it. */
	if (number == SYS_statx) {
		arguments[0] = (int)arguments[0];
		arguments[2] = (int)arguments[2];
		arguments[3] = (unsigned int)arguments[3];
		if (kernel >= BEFORE_6_8)
			arguments[3] &= ~(long)STATX_MOUNT_UNIQUE_BIT;
	}
	result = __real_syscall(
	    number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
	if (number == SYS_statx && kernel == BEFORE_5_8)
		*(uint32_t *)arguments[4] &= ~STATX_MOUNT_BIT;
	return result;
}

static void
mounts_stat__says_what_stat_says(void **state)
{
	static const char *const paths[] = { "/", "/proc", "/usr", "/dev/null" };
	struct facts facts;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(mounts_stat(AT_FDCWD, paths[i], &facts), 0);
		assert_int_equal(lstat(paths[i], &st), 0);
		assert_true(facts.dev == st.st_dev && facts.ino == st.st_ino);
		assert_true(facts.mode == st.st_mode && facts.uid == st.st_uid);
		assert_int_equal(facts.gid, st.st_gid);
	}
	assert_int_equal(mounts_stat(AT_FDCWD, "/missing", &facts), -1);
	assert_int_equal(errno, ENOENT);
	kernel = BEFORE_5_8;
	assert_int_equal(mounts_stat(AT_FDCWD, "/", &facts), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	kernel = NEW;
}

static void
mounts_stat__tells_a_mount_point_from_a_directory(void **state)
{
	struct facts root, proc, below;

	(void)state;
	assert_int_equal(mounts_stat(AT_FDCWD, "/", &root), 0);
	assert_int_equal(mounts_stat(AT_FDCWD, "/proc", &proc), 0);
	assert_int_equal(mounts_stat(AT_FDCWD, "/proc/self", &below), 0);
	assert_true(S_ISLNK(below.mode));
	assert_true(proc.root && !below.root);
	assert_true(root.id != proc.id && proc.id == below.id);
}

/* Count the shared mounts with each kernel. */
static int
count_shared(void)
{
	int count;

	kernel = FILTERED;
	count = mounts_count_shared();
	kernel = BEFORE_6_8;
	assert_int_equal(mounts_count_shared(), count);
	kernel = NEW;
	assert_int_equal(mounts_count_shared(), count);
	return count;
}

static void
mounts_count_shared__is_the_same_from_old_and_new_kernels(void **state)
{
	static const unsigned long kinds[] = { MS_PRIVATE, MS_UNBINDABLE, MS_SLAVE, MS_SHARED };
	char line[8192];
	FILE *table;
	int all = 0;

	(void)state;
	NEED_MOUNT_POINT();
	NEED_ROOT();
	NEED(unshare(CLONE_NEWNS) == 0, "CAP_SYS_ADMIN");
	table = fopen("/proc/self/mountinfo", "re");
	assert_non_null(table);
	while (fgets(line, sizeof(line), table) != NULL)
		all++;
	(void)fclose(table);
	assert_int_equal(mount("none", "/", "none", MS_REC | MS_SHARED, NULL), 0);
	assert_int_equal(count_shared(), all);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		assert_int_equal(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL), 0);
		assert_int_equal(mount("none", "/", "none", kinds[i], NULL), 0);
		assert_int_equal(count_shared(), kinds[i] == MS_SHARED);
	}
}

static void
mounts_is_fuse__is_false_for_files_of_the_system(void **state)
{
	static const char *const paths[] = { "/proc", "/dev", "/dev/shm" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		int fd = open(paths[i], O_PATH | O_CLOEXEC);

		for (kernel = NEW; kernel <= BEFORE_6_8; kernel++)
			assert_false(mounts_is_fuse(fd));
		kernel = NEW;
		assert_int_equal(close(fd), 0);
	}
	assert_true(mounts_is_fuse(-1));
}

static void
mounts_find__finds_the_mount_with_that_number(void **state)
{
	struct mountinfo info;
	struct facts facts;

	(void)state;
	assert_int_equal(mounts_stat(AT_FDCWD, "/proc", &facts), 0);
	assert_true(mounts_find(facts.id, &info));
	assert_string_equal(info.point, "/proc");
	assert_string_equal(info.type, "proc");
	assert_false(mounts_find(UINT64_MAX, &info));
}

static bool
parse(const char *text, struct mountinfo *info)
{
	static char copy[512];
	char *line = copy;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	return mounts_next(&line, info);
}

static void
mounts_next__reads_all_fields(void **state)
{
	static const struct {
		const char *tags;
		bool shared;
	} cases[] = { { "", false }, { "shared:3 ", true }, { "master:3 ", false },
		{ "shared:4 master:3 ", true }, { "master:1 propagate_from:2 ", false },
		{ "unbindable ", false }, { "new:7 ", false } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mountinfo info;
		char line[128];

		(void)snprintf(line, sizeof(line),
		    "36 25 8:17 /a\\040b /m\\134n\\012 rw,noatime %s- ext4 /dev/\\043\\8\\04 "
		    "rw,noswap\n",
		    cases[i].tags);
		assert_true(parse(line, &info));
		assert_int_equal(info.shared, cases[i].shared);
		assert_int_equal(info.id, 36);
		assert_int_equal(info.parent, 25);
		assert_int_equal(info.dev, makedev(8, 17));
		assert_string_equal(info.root, "/a b");
		assert_string_equal(info.point, "/m\\n\n");
		assert_string_equal(info.type, "ext4");
		assert_string_equal(info.source, "/dev/#\\8\\04");
		assert_string_equal(info.options, "rw,noswap");
	}
}

static void
mounts_next__refuses_any_other_line(void **state)
{
	static const char *const cases[] = { "", "\n", "1", "1 2 3:4", "1 2 3:4 / /",
		"1 2 3:4 / / rw", "1 2 3:4 / / rw -", "1 2 3:4 / / rw - ext4",
		"1 2 3:4 / / rw - ext4 d", "x 2 3:4 / / rw - ext4 d rw",
		"1 x 3:4 / / rw - ext4 d rw", "1x 2 3:4 / / rw - ext4 d rw",
		"1 2 34 / / rw - ext4 d rw", "1 2 3:x / / rw - ext4 d rw",
		"1 2 :4 / / rw - ext4 d rw", "1 2 3: / / rw - ext4 d rw",
		"1 2 3:4 / / rw shared:1 ext4 d rw" };
	struct mountinfo info;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (parse(cases[i], &info))
			fail_msg("case %zu: %s", i, cases[i]);
	assert_true(parse("1 2 3:4 / / rw - ext4 d rw", &info));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_stat__says_what_stat_says),
		cmocka_unit_test(mounts_stat__tells_a_mount_point_from_a_directory),
		cmocka_unit_test(mounts_count_shared__is_the_same_from_old_and_new_kernels),
		cmocka_unit_test(mounts_is_fuse__is_false_for_files_of_the_system),
		cmocka_unit_test(mounts_find__finds_the_mount_with_that_number),
		cmocka_unit_test(mounts_next__reads_all_fields),
		cmocka_unit_test(mounts_next__refuses_any_other_line),
	};

	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
