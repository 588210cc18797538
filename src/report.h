/*
 * Messages: one line each on standard error, written in one piece, with "privtmp: " in front. Bytes
 * outside printable ASCII appear as \xNN, so that a line stays a line whatever a name contains.
 */

#pragma once

/* Who prints messages needs these as well, and does not include them once more. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* privtmp itself failed, and the command did not run. */
#define EXIT_PRIVTMP 125

/* Print a message; warn adds ": " and the text of errno. */
#define warn(...) report(strerror(errno), __VA_ARGS__)
#define warnx(...) report(NULL, __VA_ARGS__)

/* The same, and exit. */
#define die(...) (warn(__VA_ARGS__), exit(EXIT_PRIVTMP))
#define diex(...) (warnx(__VA_ARGS__), exit(EXIT_PRIVTMP))

/* Print a step, if --verbose was given. */
#define verbose(...) (report_verbose ? warnx(__VA_ARGS__) : (void)0)

extern bool report_verbose;

void report(const char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Copy text to line, of that size, with unprintable bytes as \xNN, and "..." for what does not fit.
 * Returns the length.
 */
size_t report_escape(char *line, size_t size, const char *text);
