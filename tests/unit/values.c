/* wraps: */

#include "unit.h"

#include "values.h"

#define REFUSED SIZE_MAX

static const struct {
	const char *text;
	unsigned int base;
	uint64_t max;
	size_t length; /* of the number in the text */
	uint64_t value;
} cases[] = {
	{ "0", 10, UINT64_MAX, 1, 0 },
	{ "33", 10, 33, 2, 33 },
	{ "0033", 10, 33, 4, 33 },
	{ "34", 10, 33, REFUSED, 0 },
	{ "33 ", 10, 100, 2, 33 },
	{ "33:x", 10, 100, 2, 33 },
	{ "33\n", 10, 100, 2, 33 },
	{ "3.3", 10, 100, 1, 3 },
	{ "1e3", 10, 100, 1, 1 },
	{ "0x21", 10, 100, 1, 0 },
	{ "0", 10, 0, 1, 0 },
	{ "1", 10, 0, REFUSED, 0 },
	{ "", 10, 100, REFUSED, 0 },
	{ " 33", 10, 100, REFUSED, 0 },
	{ "+33", 10, 100, REFUSED, 0 },
	{ "-1", 10, 100, REFUSED, 0 },
	{ "x", 10, 100, REFUSED, 0 },
	{ "/", 10, 100, REFUSED, 0 },
	{ ":", 10, 100, REFUSED, 0 },
	{ "\xb2", 10, 100, REFUSED, 0 },
	{ "4294967294", 10, UINT32_MAX - 1, 10, UINT32_MAX - 1 },
	{ "4294967295", 10, UINT32_MAX - 1, REFUSED, 0 },
	{ "4294967296", 10, UINT32_MAX, REFUSED, 0 },
	{ "18446744073709551615", 10, UINT64_MAX, 20, UINT64_MAX },
	{ "18446744073709551616", 10, UINT64_MAX, REFUSED, 0 },
	{ "99999999999999999999999999999999", 10, UINT64_MAX, REFUSED, 0 },
	{ "00000000000000000000000000000001", 10, 1, 32, 1 },
	{ "7777", 8, 07777, 4, 07777 },
	{ "01777", 8, 07777, 5, 01777 },
	{ "10000", 8, 07777, REFUSED, 0 },
	{ "78", 8, 07777, 1, 7 },
	{ "8", 8, 07777, REFUSED, 0 },
	{ "1777777777777777777777", 8, UINT64_MAX, 22, UINT64_MAX },
	{ "2000000000000000000000", 8, UINT64_MAX, REFUSED, 0 },
};

static void
value_number__reads_plain_digits_up_to_the_maximum(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = 0;
		const char *end = value_number(cases[i].text, cases[i].base, cases[i].max, &value);
		size_t length = end == NULL ? REFUSED : (size_t)(end - cases[i].text);

		if (length != cases[i].length || value != cases[i].value)
			fail_msg("case %zu, '%s'", i, cases[i].text);
	}
}

static void
value_number__leaves_the_value_alone_on_failure(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_null(value_number("x", 10, 100, &value));
	assert_null(value_number("101", 10, 100, &value));
	assert_int_equal(value, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_number__reads_plain_digits_up_to_the_maximum),
		cmocka_unit_test(value_number__leaves_the_value_alone_on_failure),
	};

	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
