/* libFuzzer: numbers, in both bases. What is accepted begins with digits, and is what libc reads.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int bases[] = { 8, 10 };
	static const char digits[] = "0123456789";
	char text[64];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (int i = 0; i < 2; i++) {
		uint64_t value = 0;
		const char *end = value_number(text, bases[i], UINT64_MAX, &value);
		char *stop;

		if (end == NULL)
			continue;
		if ((size_t)(end - text) != strspn(text, bases[i] == 8 ? "01234567" : digits) ||
		    value != strtoull(text, &stop, (int)bases[i]) || stop != end)
			__builtin_trap();
		/* The maximum is the largest that is accepted. */
		if (value_number(text, bases[i], value, &value) != end ||
		    (value > 0 && value_number(text, bases[i], value - 1, &value) != NULL))
			__builtin_trap();
	}
	return 0;
}
