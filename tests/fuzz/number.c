/* libFuzzer: numbers, sizes, modes. What is accepted consists of digits and a unit at most. */

#include <stdint.h>
#include <string.h>

#include "number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[64];
	uint64_t value;
	uint32_t id;
	mode_t mode;
	pid_t pid;
	int accepted;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	accepted = number_id(text, &id) == 0;
	accepted |= number_pid(text, &pid) == 0;
	accepted |= number_size(text, &value) == 0;
	accepted |= number_percent(text, &value) == 0;
	accepted |= number_mode(text, &mode) == 0;
	if (accepted && (text[0] < '0' || text[0] > '9' || strspn(text, "0123456789kmgKMG%") != strlen(text)))
		__builtin_trap();
	return 0;
}
