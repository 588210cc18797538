#include "number.h"

int
number_id(const char *text, uint32_t *id)
{
	uint64_t value = 0;

	if (*text == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value >= UINT32_MAX)
			return -1;
	}
	*id = (uint32_t)value;
	return 0;
}
