/* Numbers as people type them. */

#ifndef NUMBER_H
#define NUMBER_H

#include <stdint.h>

/*
 * Read digits of base 8 or 10 up to the first other character, with no sign or blank in front.
 * Returns a pointer to that character and fills *value, or returns NULL if there are no digits, or
 * the number is above max.
 */
const char *number_parse(const char *text, unsigned int base, uint64_t max, uint64_t *value);

#endif
