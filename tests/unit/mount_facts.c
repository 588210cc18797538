/* wraps: syscall */

/* The real kernel is asked, in both ways: what is taken from it are newer calls. */

#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount_facts.h"
#include "statmount.h"

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static bool is_old;
static int statmounts;

long
__wrap_syscall(long number, ...)
{
	long a, b, c, d, e;
	va_list args;

	va_start(args, number);
	a = va_arg(args, long);
	b = va_arg(args, long);
	c = va_arg(args, long);
	d = va_arg(args, long);
	e = number == SYS_statx ? va_arg(args, long) : 0;
	va_end(args);
	statmounts += number == SYS_statmount;
	if (is_old && number == SYS_statmount) {
		errno = ENOSYS;
		return -1;
	}
	/* The unique number is what came with it. */
	if (is_old && number == SYS_statx)
		d &= ~0x4000L;
	return __real_syscall(number, (int)a, b, (int)c, (unsigned int)d, e);
}

static void
compare(const char *path)
{
	struct mount_facts new, old;
	unsigned long new_propagation, old_propagation;
	struct stat st;

	is_old = false;
	assert_int_equal(mount_facts(path, &new), 0);
	assert_int_equal(mount_propagation(path, &new, &new_propagation), 0);
	is_old = true;
	assert_int_equal(mount_facts(path, &old), 0);
	assert_int_equal(mount_propagation(path, &old, &old_propagation), 0);
	assert_false(old.unique);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(new.dev == st.st_dev && new.ino == st.st_ino && old.dev == st.st_dev && old.ino == st.st_ino);
	assert_int_equal(new.root, old.root);
	assert_int_equal(new_propagation, old_propagation);
	assert_true(new_propagation != 0);
}

static void
mount_facts__are_the_same_from_old_and_new_kernels(void **state)
{
	(void)state;
	compare("/");
	compare("/proc");
	compare("/usr");
	if (statmounts == 0)
		print_message("this kernel knows the old way alone\n");
}

static void
mount_facts__tell_a_mount_point_from_a_directory(void **state)
{
	struct mount_facts root, proc, self;

	(void)state;
	is_old = false;
	assert_int_equal(mount_facts("/", &root), 0);
	assert_int_equal(mount_facts("/proc", &proc), 0);
	assert_int_equal(mount_facts("/proc/sys", &self), 0);
	assert_true(proc.root);
	assert_false(self.root);
	assert_true(root.mount != proc.mount && proc.mount == self.mount);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mount_facts__are_the_same_from_old_and_new_kernels),
		cmocka_unit_test(mount_facts__tell_a_mount_point_from_a_directory),
	};

	return cmocka_run_group_tests_name("mount_facts", tests, NULL, NULL);
}
