/* wraps: */

#include "unit.h"

#include <inttypes.h>

#include "number.h"

#define REFUSED UINT64_MAX

static int
read_id(const char *text, uint64_t *value)
{
	uint32_t id;
	int result = number_id(text, &id);

	*value = id;
	return result;
}

static int
read_pid(const char *text, uint64_t *value)
{
	pid_t pid;
	int result = number_pid(text, &pid);

	*value = (uint64_t)pid;
	return result;
}

static int
read_mode(const char *text, uint64_t *value)
{
	mode_t mode;
	int result = number_mode(text, &mode);

	*value = mode;
	return result;
}

static const struct {
	int (*read)(const char *text, uint64_t *value);
	const char *text;
	uint64_t value;
} cases[] = {
	{ read_id, "0", 0 },
	{ read_id, "33", 33 },
	{ read_id, "0033", 33 },
	{ read_id, "4294967294", 4294967294 },
	{ read_id, "4294967295", REFUSED },
	{ read_id, "4294967296", REFUSED },
	{ read_id, "18446744073709551616", REFUSED },
	{ read_id, "99999999999999999999999999999999", REFUSED },
	{ read_id, "", REFUSED },
	{ read_id, "33 ", REFUSED },
	{ read_id, " 33", REFUSED },
	{ read_id, "+33", REFUSED },
	{ read_id, "-1", REFUSED },
	{ read_id, "0x21", REFUSED },
	{ read_id, "33\n", REFUSED },
	{ read_id, "3.3", REFUSED },
	{ read_pid, "1", 1 },
	{ read_pid, "2147483647", 2147483647 },
	{ read_pid, "2147483648", REFUSED },
	{ read_pid, "0", REFUSED },
	{ read_pid, "", REFUSED },
	{ read_pid, "-1", REFUSED },
	{ number_size, "1", 1 },
	{ number_size, "64k", 65536 },
	{ number_size, "64K", 65536 },
	{ number_size, "3m", 3145728 },
	{ number_size, "2g", 2147483648 },
	{ number_size, "9223372036854775807", INT64_MAX },
	{ number_size, "9223372036854775808", REFUSED },
	{ number_size, "8589934591g", 8589934591ULL << 30 },
	{ number_size, "8589934592g", REFUSED },
	{ number_size, "0", REFUSED },
	{ number_size, "0g", REFUSED },
	{ number_size, "", REFUSED },
	{ number_size, "k", REFUSED },
	{ number_size, "1,mode=777", REFUSED },
	{ number_size, "+1", REFUSED },
	{ number_size, "-1", REFUSED },
	{ number_size, " 1", REFUSED },
	{ number_size, "1 ", REFUSED },
	{ number_size, "1kk", REFUSED },
	{ number_size, "1t", REFUSED },
	{ number_size, "1e3", REFUSED },
	{ number_percent, "1%", 1 },
	{ number_percent, "100%", 100 },
	{ number_percent, "101%", REFUSED },
	{ number_percent, "0%", REFUSED },
	{ number_percent, "%", REFUSED },
	{ number_percent, "5", REFUSED },
	{ number_percent, "5%%", REFUSED },
	{ read_mode, "0", 0 },
	{ read_mode, "770", 0770 },
	{ read_mode, "01777", 01777 },
	{ read_mode, "7777", 07777 },
	{ read_mode, "10000", REFUSED },
	{ read_mode, "8", REFUSED },
	{ read_mode, "", REFUSED },
	{ read_mode, "u+x", REFUSED },
};

static void
number__reads_plain_digits_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = 0;
		int result = cases[i].read(cases[i].text, &value);

		if (result != (cases[i].value == REFUSED ? -1 : 0) || (result == 0 && value != cases[i].value))
			fail_msg("case %zu, '%s': %d, %" PRIu64, i, cases[i].text, result, value);
	}
}

static void
number__leaves_the_result_alone_when_it_refuses(void **state)
{
	uint32_t id = 7;
	uint64_t size = 7;
	mode_t mode = 7;
	pid_t pid = 7;

	(void)state;
	assert_int_equal(number_id("x", &id) + number_size("0", &size) + number_percent("x", &size) +
		number_mode("9", &mode) + number_pid("0", &pid),
	    -5);
	assert_int_equal(id, 7);
	assert_int_equal(size, 7);
	assert_int_equal(mode, 7);
	assert_int_equal(pid, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number__reads_plain_digits_and_nothing_else),
		cmocka_unit_test(number__leaves_the_result_alone_when_it_refuses),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
