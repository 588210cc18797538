/* wraps: */

/* What takes texts apart: paths, and lines of mountinfo; and what puts a line together. */

#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "mountinfo.h"
#include "path.h"
#include "report.h"

static void
path_tidy__looks_at_the_text_alone(void **state)
{
	static const char *const cases[][2] = { { "/", "/" }, { "//", "/" }, { "/a//b/", "/a/b" }, { "/./a/.", "/a" },
		{ "/..", "/" }, { "/../a", "/a" }, { "/a/../b", "/b" }, { "/a/b/../..", "/" }, { "/a/...", "/a/..." },
		{ "/a/..b", "/a/..b" }, { "", "/" } };
	char clean[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		path_tidy(cases[i][0], clean);
		assert_string_equal(clean, cases[i][1]);
	}
}

static void
path_tidy__cuts_what_is_too_long(void **state)
{
	static char path[2 * PATH_MAX], clean[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 200 == 0 ? '/' : 'x';
	path_tidy(path, clean);
	assert_true(strlen(clean) < PATH_MAX);
	assert_memory_equal(clean, path, strlen(clean));
}

static void
path_within__takes_whole_components(void **state)
{
	(void)state;
	assert_true(path_within("/tmp", "/tmp"));
	assert_true(path_within("/tmp/x", "/tmp"));
	assert_true(path_within("/tmp", "/"));
	assert_false(path_within("/tmpx", "/tmp"));
	assert_false(path_within("/", "/tmp"));
	assert_false(path_within("/var/tmp", "/tmp"));
}

static int
parse(const char *text, struct mountinfo *info)
{
	static char line[512];

	(void)snprintf(line, sizeof(line), "%s", text);
	return mountinfo_parse(line, info);
}

static void
mountinfo_parse__knows_the_propagation_tags(void **state)
{
	static const struct {
		const char *tags;
		unsigned long propagation;
	} cases[] = { { "", MS_PRIVATE }, { "shared:3 ", MS_SHARED }, { "master:3 ", MS_SLAVE },
		{ "shared:4 master:3 ", MS_SHARED | MS_SLAVE }, { "master:1 propagate_from:2 ", MS_SLAVE },
		{ "unbindable ", MS_UNBINDABLE }, { "new:7 ", MS_PRIVATE } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mountinfo info;
		char line[128];

		(void)snprintf(line, sizeof(line), "36 25 8:17 /a\\040b /m\\134n rw,noatime %s- ext4 /dev/sdb1 rw\n",
		    cases[i].tags);
		assert_int_equal(parse(line, &info), 0);
		assert_int_equal(info.propagation, cases[i].propagation);
		assert_int_equal(info.id, 36);
		assert_true(info.dev == makedev(8, 17));
		assert_string_equal(info.root, "/a b");
		assert_string_equal(info.point, "/m\\n");
		assert_string_equal(info.type, "ext4");
		assert_string_equal(info.source, "/dev/sdb1");
	}
}

static void
mountinfo_parse__refuses_what_is_no_such_line(void **state)
{
	static const char *const cases[] = { "", "\n", "1", "1 2 3:4", "1 2 3:4 / /", "1 2 3:4 / / rw", "1 2 3:4 / / rw -",
		"1 2 3:4 / / rw - ext4", "x 2 3:4 / / rw - ext4 d", "1 2 34 / / rw - ext4 d", "1 2 3:x / / rw - ext4 d",
		"1 2 3:4 / / rw shared:1 ext4 d" };
	struct mountinfo info;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (parse(cases[i], &info) != -1)
			fail_msg("case %zu", i);
	assert_int_equal(parse("1 2 3:4 / / rw - ext4 d", &info), 0);
}

static void
report_escape__keeps_a_line_a_line(void **state)
{
	char line[32];

	(void)state;
	assert_int_equal(report_escape(line, sizeof(line), "a\nb\033\xff~"), strlen("a\\x0ab\\x1b\\xff~"));
	assert_string_equal(line, "a\\x0ab\\x1b\\xff~");
	(void)report_escape(line, 12, "0123456789abcdef");
	assert_string_equal(line, "01234...");
	(void)report_escape(line, 12, "\n\n\n\n\n\n");
	assert_true(strlen(line) < 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_tidy__looks_at_the_text_alone),
		cmocka_unit_test(path_tidy__cuts_what_is_too_long),
		cmocka_unit_test(path_within__takes_whole_components),
		cmocka_unit_test(mountinfo_parse__knows_the_propagation_tags),
		cmocka_unit_test(mountinfo_parse__refuses_what_is_no_such_line),
		cmocka_unit_test(report_escape__keeps_a_line_a_line),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
