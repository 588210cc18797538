/* wraps: */

#include "scratch.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include "cell.h"

#define NAME "privtmp.aZ09xy"

static void
cell_is_private__knows_the_end_of_the_path(void **state)
{
	static const struct {
		const char *path;
		bool private;
	} cases[] = {
		{ "/tmp/privtmp.aZ09xy/tmp", true },
		{ "/privtmp.aZ09xy/tmp", true },
		{ "/privtmp.abcdef/tmp/privtmp.abcdef/tmp", true },
		{ "privtmp.aZ09xy/tmp", false },
		{ "/tmp/xprivtmp.aZ09xy/tmp", false },
		{ "/tmp/privtmp.aZ09xy", false },
		{ "/tmp/privtmp.aZ09xy/", false },
		{ "/tmp/privtmp.aZ09xy/tmp/", false },
		{ "/tmp/privtmp.aZ09xy/tmp/x", false },
		{ "/tmp/privtmp.aZ09xy/tmp//deleted", false },
		{ "/tmp/privtmp.aZ09xy/xmp", false },
		{ "/tmp/privtmp.aZ09xyz/tmp", false },
		{ "/tmp/privtmp.aZ09x/tmp", false },
		{ "/tmp/privtmp.a/09xy/tmp", false },
		{ "/tmp/privtmp.aZ_9xy/tmp", false },
		{ "/tmp/Privtmp.aZ09xy/tmp", false },
		{ "/tmp", false },
		{ "/", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (cell_is_private(cases[i].path) != cases[i].private)
			fail_msg("%s", cases[i].path);
}

static void
cell_read_record__reads_what_was_written(void **state)
{
	const struct cell cell = { .fd = scratch_fd };
	struct record written = { .dev = makedev(0xfff, 0xfffff), .inodes = UINT64_MAX }, record;

	(void)state;
	assert_int_equal(cell_read_record(&cell, &record), 0);
	cell_begin_record(&written);
	assert_int_equal(strlen(written.boot), 36);
	assert_int_equal(cell_write_record(&cell, &written), 0);
	assert_int_equal(cell_read_record(&cell, &record), 1);
	assert_string_equal(record.boot, written.boot);
	assert_int_equal(record.dev, written.dev);
	assert_int_equal(record.inodes, written.inodes);
	/* There is one. */
	assert_int_equal(cell_write_record(&cell, &written), -1);
	assert_int_equal(errno, EEXIST);
}

static void
cell_read_record__refuses_anything_else(void **state)
{
	static const char *const texts[] = { "x", "boot", "boot 2", "boot 2:3", "boot 2:3 ",
		"boot 2 3 4", "boot x:3 4", "boot 2:x 4", "boot 2:3 x", "boot 2:3 4 5",
		"boot 1 2:3 4", "0123456789012345678901234567890123456789 2:3 4" };
	const struct cell cell = { .fd = scratch_fd };
	struct record record;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(symlink(texts[i], "record"), 0);
		if (cell_read_record(&cell, &record) != -1)
			fail_msg("%s", texts[i]);
		assert_int_equal(unlink("record"), 0);
	}
	add_file("record");
	assert_int_equal(cell_read_record(&cell, &record), -1);
}

static const char *
try_open(const char *name)
{
	struct cell cell = { .base_fd = scratch_fd };
	const char *why = cell_open(&cell, name);

	assert_string_equal(cell.name, why == NULL ? name : "");
	if (cell.fd != -1)
		(void)close(cell.fd);
	return why != NULL ? why : "a cell";
}

static void
cell_open__refuses_what_is_no_cell_of_ours(void **state)
{
	int lock;

	(void)state;
	assert_string_equal(try_open("privtmp.aZ09x"), "its name is not that of a cell");
	assert_string_equal(try_open(NAME), "No such file or directory");
	add_file(NAME);
	assert_string_equal(try_open(NAME), "it is no directory");
	assert_int_equal(unlink(NAME), 0);
	assert_int_equal(symlink("/", NAME), 0);
	assert_string_equal(try_open(NAME), "it is no directory");
	assert_int_equal(unlink(NAME), 0);
	add_dir(NAME, geteuid(), 0701);
	assert_string_equal(try_open(NAME), "its owner, group or mode are not those of a cell");
	assert_int_equal(chmod(NAME, 0700), 0);
	assert_string_equal(try_open(NAME), "a cell");
	lock = open(NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_string_equal(try_open(NAME), "it is in use");
	assert_int_equal(close(lock), 0);
	NEED_ROOT();
	assert_int_equal(chown(NAME, 0, USER), 0);
	assert_string_equal(try_open(NAME), "its owner, group or mode are not those of a cell");
	assert_int_equal(chown(NAME, USER, 0), 0);
	assert_string_equal(try_open(NAME), "it belongs to another user");
}

static void
cell_remove__removes_its_own_name_alone(void **state)
{
	struct cell cell = { .base_fd = scratch_fd };

	(void)state;
	assert_int_equal(cell_remove(&cell), 0);
	add_dir(NAME, geteuid(), 0700);
	add_dir(NAME "/tmp", geteuid(), 01777);
	assert_null(cell_open(&cell, NAME));
	assert_int_equal(rename(NAME, "away"), 0);
	add_dir(NAME, geteuid(), 0700);
	assert_int_equal(cell_remove(&cell), -1);
	assert_int_equal(errno, ESTALE);
	assert_int_equal(rmdir(NAME), 0);
	/* Removed by somebody else, or now by us, and then once more. */
	assert_int_equal(cell_remove(&cell), 0);
	assert_int_equal(rename("away", NAME), 0);
	assert_int_equal(cell_remove(&cell), 0);
	assert_int_equal(access(NAME, F_OK), -1);
	assert_int_equal(cell_remove(&cell), 0);
	(void)close(cell.fd);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cell_is_private__knows_the_end_of_the_path),
		IN_SCRATCH(cell_read_record__reads_what_was_written),
		IN_SCRATCH(cell_read_record__refuses_anything_else),
		IN_SCRATCH(cell_open__refuses_what_is_no_cell_of_ours),
		IN_SCRATCH(cell_remove__removes_its_own_name_alone),
	};

	return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
