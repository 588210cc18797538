#include <stddef.h>

#include "number.h"

const char *
number_parse(const char *text, unsigned int base, uint64_t max, uint64_t *value)
{
	const char *start = text;
	uint64_t number = 0;

	for (; *text >= '0' && *text < (char)('0' + base); text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (digit > max || number > (max - digit) / base)
			return NULL;
		number = number * base + digit;
	}
	if (text == start)
		return NULL;
	*value = number;
	return text;
}
