/*
 * The words that leave the program: one line each on standard error, written in one piece, with "privtmp: " in front.
 * Whatever a name contains, a line stays a line: bytes outside printable ASCII appear as \xNN.
 */

#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* Say what went wrong, and why. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, followed by ": " and the text of errno. */
void say_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Write text to line, of that size, with the bytes that no terminal should get as \xNN, and "..." for what has no room.
 * Returns its length.
 */
size_t report_escape(char *line, size_t size, const char *text);

/* Narrate a step; silent unless report_steps() asked for it. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

void report_steps(bool wanted);

#endif
