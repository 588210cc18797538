/* wraps: */

/* On the real file system; as an ordinary user as far as that goes. */

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rmtree.h"

#define TEMPLATE "/tmp/privtmp-test.XXXXXX"

struct place {
	char path[sizeof(TEMPLATE)];
	int fd;
};

static int
make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	memcpy(place->path, TEMPLATE, sizeof(TEMPLATE));
	if (mkdtemp(place->path) == NULL || (place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	*state = place;
	return 0;
}

/* Fails when anything is left. */
static int
unmake(void **state)
{
	struct place *place = *state;
	int result = close(place->fd) == 0 && rmdir(place->path) == 0 ? 0 : -1;

	free(place);
	return result;
}

static void
add_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd != -1 && close(fd) == 0);
}

/* Make a directory and open it. */
static int
add_directory(int dir, const char *name)
{
	int fd;

	assert_int_equal(mkdirat(dir, name, 0700), 0);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd != -1);
	return fd;
}

static void
rmtree__of_nothing_does_nothing(void **state)
{
	const struct place *place = *state;

	assert_int_equal(rmtree(place->fd), 0);
}

static void
rmtree__takes_every_kind_of_name_and_file(void **state)
{
	static const char *const names[] = { "a", "\n", "\033[31m", "\xff", " ", "-rf", "*", "0", "1", "...", "0000" };
	const struct place *place = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		int dir = add_directory(place->fd, names[i]);

		for (size_t j = 0; j < COUNT(names); j++)
			add_file(dir, names[j]);
		assert_int_equal(symlinkat("/etc", dir, "link"), 0);
		assert_int_equal(symlinkat("cycle", dir, "cycle"), 0);
		assert_int_equal(mkfifoat(dir, "fifo", 0), 0);
		assert_int_equal(fchmod(dir, 0), 0);
		assert_int_equal(close(dir), 0);
	}
	assert_int_equal(rmtree(place->fd), 0);
	assert_int_equal(access("/etc/passwd", F_OK), 0);
}

static void
rmtree__follows_no_link_and_leaves_what_lies_beside(void **state)
{
	const struct place *place = *state;
	int beside = add_directory(place->fd, "beside"), top = add_directory(place->fd, "top");
	int dir = add_directory(top, "dir");

	add_file(beside, "canary");
	assert_int_equal(symlinkat("../../beside", dir, "link"), 0);
	assert_int_equal(symlinkat("../beside", top, "link"), 0);
	assert_int_equal(rmtree(top), 0);
	assert_int_equal(unlinkat(beside, "canary", 0), 0);
	assert_int_equal(rmtree(place->fd), 0);
	(void)close(beside);
	(void)close(top);
	(void)close(dir);
}

static void
rmtree__of_any_depth_takes_few_descriptors(void **state)
{
	const struct place *place = *state;
	const struct rlimit few = { 16, 16 };
	struct rlimit before, limited;
	int dir = dup(place->fd);

	for (int i = 0; i < 5000; i++) {
		int below = add_directory(dir, "d");

		if (i % 100 == 0)
			add_file(dir, "f");
		assert_int_equal(close(dir), 0);
		dir = below;
	}
	assert_int_equal(close(dir), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limited = before;
	limited.rlim_cur = few.rlim_cur;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limited), 0);
	assert_int_equal(rmtree(place->fd), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void
rmtree__takes_up_what_another_run_has_left(void **state)
{
	const struct place *place = *state;
	char name[16];

	for (int i = 0; i < 300; i++) {
		int dir;

		(void)snprintf(name, sizeof(name), "%d", i);
		dir = add_directory(place->fd, name);
		(void)close(add_directory(dir, "below"));
		add_file(dir, "f");
		(void)close(dir);
	}
	assert_int_equal(rmtree(place->fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rmtree__of_nothing_does_nothing, make, unmake),
		cmocka_unit_test_setup_teardown(rmtree__takes_every_kind_of_name_and_file, make, unmake),
		cmocka_unit_test_setup_teardown(rmtree__follows_no_link_and_leaves_what_lies_beside, make, unmake),
		cmocka_unit_test_setup_teardown(rmtree__of_any_depth_takes_few_descriptors, make, unmake),
		cmocka_unit_test_setup_teardown(rmtree__takes_up_what_another_run_has_left, make, unmake),
	};

	return cmocka_run_group_tests_name("rmtree", tests, NULL, NULL);
}
