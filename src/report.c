#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

/* Below PIPE_BUF, so that lines of several processes on one pipe never mix. */
#define LINE_SIZE 2048

static bool steps;

size_t
report_escape(char *line, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + sizeof("\\xff...") <= size; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= ' ' && byte <= '~')
			line[used++] = *text;
		else
			used += (size_t)snprintf(line + used, size - used, "\\x%02x", byte);
	}
	used += (size_t)snprintf(line + used, size - used, "%s", *text != '\0' ? "..." : "");
	return used;
}

static void
emit(const char *text)
{
	static const char prefix[] = "privtmp: ";
	char line[LINE_SIZE];
	size_t used = sizeof(prefix) - 1;

	memcpy(line, prefix, used);
	used += report_escape(line + used, sizeof(line) - used - 1, text);
	line[used++] = '\n';

	/* A standard error that takes no more words leaves nobody to tell; the exit status still does. */
	(void)!write(STDERR_FILENO, line, used);
}

__attribute__((format(printf, 2, 0))) static void
vsay(const char *why, const char *format, va_list args)
{
	char text[LINE_SIZE];
	/* A long name is cut before the reason is. */
	size_t room = sizeof(text) - (why == NULL ? 0 : strlen(why) + sizeof(": "));
	int length;

	length = vsnprintf(text, room, format, args);
	if (length < 0)
		length = 0;
	if (why != NULL) {
		size_t end = (size_t)length < room ? (size_t)length : room - 1;

		(void)snprintf(text + end, sizeof(text) - end, ": %s", why);
	}
	emit(text);
}

void
say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(NULL, format, args);
	va_end(args);
}

void
say_errno(const char *format, ...)
{
	const char *why = strerror(errno);
	va_list args;

	va_start(args, format);
	vsay(why, format, args);
	va_end(args);
}

void
tell(const char *format, ...)
{
	va_list args;

	if (!steps)
		return;
	va_start(args, format);
	vsay(NULL, format, args);
	va_end(args);
}

void
report_steps(bool wanted)
{
	steps = wanted;
}
