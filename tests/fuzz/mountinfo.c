/* libFuzzer: a line of mountinfo, and what is made of its paths. */

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "mountinfo.h"
#include "path.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char clean[PATH_MAX], shown[256], name[sizeof(CELL_TEMPLATE)];
	struct mountinfo info;
	char *line = malloc(size + 1);

	if (line == NULL)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	if (mountinfo_parse(line, &info) == 0) {
		(void)cell_is_room(info.root, name);
		path_tidy(info.point, clean);
		if (clean[0] != '/' || strstr(clean, "//") != NULL || report_escape(shown, sizeof(shown), info.point) >= sizeof(shown))
			__builtin_trap();
	}
	free(line);
	return 0;
}
