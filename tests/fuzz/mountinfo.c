/* libFuzzer: lines of mountinfo, and what is made of its texts. */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "mounts.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the text is within the line. */
static bool
is_within(const char *text, const char *line, size_t size)
{
	return text >= line && text + strlen(text) <= line + size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char shown[256];
	struct mountinfo info;
	/* A copy of exactly that size, so that reading beyond it is noticed. */
	char *line = malloc(size + 1), *rest = line;

	if (line == NULL)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	while (mounts_next(&rest, &info)) {
		(void)cell_is_private(info.root);
		if (!is_within(info.root, line, size) || !is_within(info.point, line, size) ||
		    !is_within(info.type, line, size) || !is_within(info.source, line, size) ||
		    report_escape(shown, sizeof(shown), info.point) != strlen(shown))
			__builtin_trap();
	}
	free(line);
	return 0;
}
