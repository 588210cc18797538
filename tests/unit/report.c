/* wraps: exit write */

#include "unit.h"

#include <errno.h>
#include <stdbool.h>

#include "report.h"

static void
report_escape__keeps_a_line_a_line(void **state)
{
	char line[32];

	(void)state;
	assert_int_equal(
	    report_escape(line, sizeof(line), "a\nb\033\xff~"), strlen("a\\x0ab\\x1b\\xff~"));
	assert_string_equal(line, "a\\x0ab\\x1b\\xff~");
	assert_int_equal(report_escape(line, 12, "0123456789abcdef"), strlen("01234..."));
	assert_string_equal(line, "01234...");
	for (size_t size = sizeof("\\xff..."); size <= sizeof(line); size++)
		assert_true(report_escape(line, size, "\n\n\n\n\n\n\n\n\n\n\n\n") < size);
}

static void
warn__keeps_the_reason_of_a_long_message(void **state)
{
	static char name[4000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	unit_begin();
	errno = ENOENT;
	warn("%s", name);
	assert_true(strlen(messages) <= 2048);
	assert_non_null(strstr(messages, "xxx...: No such file or directory\n"));
	memset(name, '\n', sizeof(name) - 1);
	unit_begin();
	warnx("%s", name);
	assert_ptr_equal(strchr(messages, '\n'), messages + strlen(messages) - 1);
}

static bool
try_die(void)
{
	if (setjmp(exit_point) != 0)
		return false;
	errno = EPERM;
	die("%s", "x");
	return true;
}

static void
die__exits_with_125(void **state)
{
	(void)state;
	unit_begin();
	assert_false(try_die());
	assert_int_equal(exit_status, 125);
	assert_string_equal(messages, "privtmp: x: Operation not permitted\n");
	/* Silent, without --verbose. */
	unit_begin();
	verbose("x");
	assert_string_equal(messages, "");
	report_verbose = true;
	verbose("x");
	assert_string_equal(messages, "privtmp: x\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_escape__keeps_a_line_a_line),
		cmocka_unit_test(warn__keeps_the_reason_of_a_long_message),
		cmocka_unit_test(die__exits_with_125),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
