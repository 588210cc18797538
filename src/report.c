/* A message is one line on standard error, written in one piece. */

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "report.h"

/* Below PIPE_BUF, so that the lines of several processes on one pipe never mix. */
#define LINE_SIZE 2048

bool report_verbose;

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
	return used + (size_t)snprintf(line + used, size - used, "%s", *text != '\0' ? "..." : "");
}

void
report(const char *why, const char *format, ...)
{
	static const char prefix[] = "privtmp: ";
	char text[LINE_SIZE], line[LINE_SIZE];
	/* Cut a long text, but keep the reason. */
	size_t reserved = (why != NULL ? strlen(why) + sizeof(": ") : 1) + 1;
	size_t used = sizeof(prefix) - 1;
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	memcpy(line, prefix, used);
	used += report_escape(line + used, sizeof(line) - used - reserved, text);
	if (why != NULL)
		used += (size_t)snprintf(line + used, reserved, ": %s", why);
	line[used++] = '\n';
	/* If the write fails, the exit status, or SIGPIPE, still reports the error. */
	(void)!write(STDERR_FILENO, line, used);
}
