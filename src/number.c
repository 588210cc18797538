#include <stddef.h>

#include "number.h"

/* Read digits up to the first other character. Returns that, or NULL where there are none, or more than most. */
static const char *
digits(const char *text, unsigned int base, uint64_t most, uint64_t *value)
{
	const char *start = text;

	for (*value = 0; *text >= '0' && *text < (char)('0' + base); text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*value > (most - digit) / base)
			return NULL;
		*value = *value * base + digit;
	}
	return text == start ? NULL : text;
}

int
number_id(const char *text, uint32_t *id)
{
	uint64_t value;
	const char *end = digits(text, 10, UINT32_MAX - 1, &value);

	if (end == NULL || *end != '\0')
		return -1;
	*id = (uint32_t)value;
	return 0;
}

int
number_pid(const char *text, pid_t *pid)
{
	uint64_t value;
	const char *end = digits(text, 10, INT32_MAX, &value);

	if (end == NULL || *end != '\0' || value == 0)
		return -1;
	*pid = (pid_t)value;
	return 0;
}

int
number_size(const char *text, uint64_t *value)
{
	uint64_t number;
	const char *end = digits(text, 10, INT64_MAX, &number);
	unsigned int shift = 0;

	if (end == NULL || number == 0)
		return -1;
	switch (*end) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	case '\0':
		*value = number;
		return 0;
	default:
		return -1;
	}
	if (end[1] != '\0' || number > (uint64_t)INT64_MAX >> shift)
		return -1;
	*value = number << shift;
	return 0;
}

int
number_percent(const char *text, uint64_t *value)
{
	uint64_t number;
	const char *end = digits(text, 10, 100, &number);

	if (end == NULL || end[0] != '%' || end[1] != '\0' || number == 0)
		return -1;
	*value = number;
	return 0;
}

int
number_mode(const char *text, mode_t *mode)
{
	uint64_t number;
	const char *end = digits(text, 8, 07777, &number);

	if (end == NULL || *end != '\0')
		return -1;
	*mode = (mode_t)number;
	return 0;
}
