/* Numbers as people type them: plain decimal digits, nothing around them, nothing that overflows. */

#ifndef NUMBER_H
#define NUMBER_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Read a user or group id. 4294967295 is refused: to the kernel it means "leave as it is".
 * Returns 0, or -1 with *id untouched. Says nothing.
 */
int number_id(const char *text, uint32_t *id);

/* Read the number of a process, from 1 on. Returns 0, or -1 with *pid untouched. Says nothing. */
int number_pid(const char *text, pid_t *pid);

/*
 * Read digits with an optional k, m or g, in either case, as a number of bytes or things: at least 1, at most INT64_MAX.
 * Returns 0, or -1 with *value untouched. Says nothing.
 */
int number_size(const char *text, uint64_t *value);

/* Read digits with a percent sign, from 1% to 100%. Returns 0, or -1 with *value untouched. Says nothing. */
int number_percent(const char *text, uint64_t *value);

/* Read an octal mode, up to 7777. Returns 0, or -1 with *mode untouched. Says nothing. */
int number_mode(const char *text, mode_t *mode);

#endif
