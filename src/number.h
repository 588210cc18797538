/* Numbers as people type them: plain decimal digits, nothing around them, nothing that overflows. */

#ifndef NUMBER_H
#define NUMBER_H

#include <stdint.h>

/*
 * Read a user or group id. 4294967295 is refused: to the kernel it means "leave as it is".
 * Returns 0, or -1 with *id untouched. Says nothing.
 */
int number_id(const char *text, uint32_t *id);

#endif
