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

#define STATX_MOUNT_BIT 0x1000U
#define STATX_MOUNT_UNIQUE_BIT 0x4000U

long __real_syscall(long number, ...);

/* The real kernel answers, as an older one would, or through the filter of a container. */
static enum { NEW, FILTERED, BEFORE_6_8, BEFORE_5_8 } kernel;

long
__wrap_syscall(long number, ...)
{
	unsigned int wanted;
	const char *path;
	int dir, flags;
	void *answer;
	va_list args;
	long result;

	va_start(args, number);
	if (number == SYS_statmount) {
		void *request = va_arg(args, void *);

		/* It takes no other number than a unique one. */
		assert_true(kernel < BEFORE_6_8);
		answer = va_arg(args, void *);
		errno = EPERM;
		result = kernel == NEW ? __real_syscall(number, request, answer, 512L, 0L) : -1;
		va_end(args);
		return result;
	}
	assert_int_equal(number, SYS_statx);
	dir = va_arg(args, int);
	path = va_arg(args, const char *);
	flags = va_arg(args, int);
	wanted = va_arg(args, unsigned int);
	answer = va_arg(args, void *);
	va_end(args);
	if (kernel >= BEFORE_6_8)
		wanted &= ~STATX_MOUNT_UNIQUE_BIT;
	result = __real_syscall(number, (long)dir, path, (long)flags, (long)wanted, answer);
	if (kernel == BEFORE_5_8)
		*(uint32_t *)answer &= ~STATX_MOUNT_BIT;
	return result;
}

/* Ask in each way. Returns the propagation. */
static unsigned long
compare(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct facts new, old;
	unsigned long propagation, filtered, old_propagation;
	struct stat st;

	kernel = NEW;
	assert_int_equal(mounts_stat(fd, "", &new), 0);
	assert_int_equal(mount_propagation(fd, &new, &propagation), 0);
	kernel = FILTERED;
	assert_int_equal(mount_propagation(fd, &new, &filtered), 0);
	kernel = BEFORE_6_8;
	assert_int_equal(mounts_stat(AT_FDCWD, path, &old), 0);
	assert_int_equal(mount_propagation(fd, &old, &old_propagation), 0);
	kernel = NEW;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(close(fd), 0);
	assert_false(old.unique);
	assert_true(new.dev == st.st_dev &&new.ino == st.st_ino &&new.mode == st.st_mode);
	assert_true(old.dev == st.st_dev && old.ino == st.st_ino && old.mode == st.st_mode);
	assert_int_equal(new.root, old.root);
	assert_int_equal(propagation, filtered);
	assert_int_equal(propagation, old_propagation);
	return propagation;
}

static void
mount_facts__are_the_same_from_old_and_new_kernels(void **state)
{
	struct facts facts;
	uint64_t number;

	(void)state;
	NEED_MOUNT_POINT();
	assert_true(compare("/") != 0);
	assert_true(compare("/proc") != 0);
	assert_true(compare("/usr") != 0);
	kernel = BEFORE_5_8;
	assert_int_equal(mounts_stat(AT_FDCWD, "/", &facts), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(mount_number(AT_FDCWD, &number), -1);
	kernel = NEW;
	assert_int_equal(mounts_stat(AT_FDCWD, "/missing", &facts), -1);
	assert_int_equal(errno, ENOENT);
}

static void
mount_facts__tell_a_mount_point_from_a_directory(void **state)
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

static void
make_root(unsigned long propagation)
{
	assert_int_equal(mount("none", "/", "none", propagation, NULL), 0);
}

static void
mount_propagation__is_the_same_from_old_and_new_kernels(void **state)
{
	(void)state;
	NEED_MOUNT_POINT();
	NEED_ROOT();
	NEED(unshare(CLONE_NEWNS) == 0, "CAP_SYS_ADMIN");
	make_root(MS_PRIVATE);
	assert_int_equal(compare("/"), MS_PRIVATE);
	make_root(MS_UNBINDABLE);
	assert_int_equal(compare("/"), MS_UNBINDABLE);
	make_root(MS_SHARED);
	assert_int_equal(compare("/"), MS_SHARED);
	/* The namespace that is left here has to stay, as the master. */
	assert_int_not_equal(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), -1);
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	make_root(MS_SLAVE);
	assert_int_equal(compare("/"), MS_SLAVE);
	make_root(MS_SHARED);
	assert_int_equal(compare("/"), MS_SHARED | MS_SLAVE);
}

static void
mount_propagation__of_a_mount_elsewhere_fails_without_statmount(void **state)
{
	int fd = open("/", O_PATH | O_CLOEXEC);
	struct facts facts;
	unsigned long propagation;

	(void)state;
	NEED_MOUNT_POINT();
	NEED_ROOT();
	NEED(unshare(CLONE_NEWNS) == 0, "CAP_SYS_ADMIN");
	kernel = BEFORE_6_8;
	assert_int_equal(mounts_stat(fd, "", &facts), 0);
	errno = 0;
	assert_int_equal(mount_propagation(fd, &facts, &propagation), -1);
	assert_int_not_equal(errno, 0);
	kernel = NEW;
	(void)close(fd);
}

static void
mountinfo_find__finds_the_mount_with_that_number(void **state)
{
	int fd = open("/proc", O_PATH | O_CLOEXEC);
	struct mountinfo info;
	uint64_t number;
	char *line;

	(void)state;
	assert_int_equal(mount_number(fd, &number), 0);
	assert_int_equal(close(fd), 0);
	assert_true(mounts_find(number, &line, &info));
	assert_string_equal(info.point, "/proc");
	assert_string_equal(info.type, "proc");
	free(line);
	assert_false(mounts_find(UINT64_MAX, &line, &info));
	free(line);
}

static bool
parse(const char *text, struct mountinfo *info)
{
	static char line[512];

	(void)snprintf(line, sizeof(line), "%s", text);
	return mounts_parse(line, info);
}

static void
mountinfo_parse__reads_all_fields(void **state)
{
	static const struct {
		const char *tags;
		unsigned long propagation;
	} cases[] = { { "", MS_PRIVATE }, { "shared:3 ", MS_SHARED }, { "master:3 ", MS_SLAVE },
		{ "shared:4 master:3 ", MS_SHARED | MS_SLAVE },
		{ "master:1 propagate_from:2 ", MS_SLAVE }, { "unbindable ", MS_UNBINDABLE },
		{ "new:7 ", MS_PRIVATE } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mountinfo info;
		char line[128];

		(void)snprintf(line, sizeof(line),
		    "36 25 8:17 /a\\040b /m\\134n\\012 rw,noatime %s- ext4 /dev/\\043\\8\\04 rw\n",
		    cases[i].tags);
		assert_true(parse(line, &info));
		assert_int_equal(info.propagation, cases[i].propagation);
		assert_int_equal(info.id, 36);
		assert_int_equal(info.parent, 25);
		assert_int_equal(info.dev, makedev(8, 17));
		assert_string_equal(info.root, "/a b");
		assert_string_equal(info.point, "/m\\n\n");
		assert_string_equal(info.type, "ext4");
		assert_string_equal(info.source, "/dev/#\\8\\04");
	}
}

static void
mountinfo_parse__refuses_any_other_line(void **state)
{
	static const char *const cases[] = { "", "\n", "1", "1 2 3:4", "1 2 3:4 / /",
		"1 2 3:4 / / rw", "1 2 3:4 / / rw -", "1 2 3:4 / / rw - ext4",
		"x 2 3:4 / / rw - ext4 d", "1 x 3:4 / / rw - ext4 d", "1x 2 3:4 / / rw - ext4 d",
		"1 2 34 / / rw - ext4 d", "1 2 3:x / / rw - ext4 d", "1 2 :4 / / rw - ext4 d",
		"1 2 3: / / rw - ext4 d", "1 2 3:4 / / rw shared:1 ext4 d" };
	struct mountinfo info;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (parse(cases[i], &info))
			fail_msg("case %zu: %s", i, cases[i]);
	assert_true(parse("1 2 3:4 / / rw - ext4 d", &info));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mount_facts__are_the_same_from_old_and_new_kernels),
		cmocka_unit_test(mount_facts__tell_a_mount_point_from_a_directory),
		cmocka_unit_test(mount_propagation__is_the_same_from_old_and_new_kernels),
		cmocka_unit_test(mount_propagation__of_a_mount_elsewhere_fails_without_statmount),
		cmocka_unit_test(mountinfo_find__finds_the_mount_with_that_number),
		cmocka_unit_test(mountinfo_parse__reads_all_fields),
		cmocka_unit_test(mountinfo_parse__refuses_any_other_line),
	};

	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
