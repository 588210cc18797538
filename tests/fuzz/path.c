/* libFuzzer: a path. What it becomes is clean, stays the same, and is within itself. */

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *clean = malloc(PATH_MAX), *again = malloc(PATH_MAX), *path = malloc(size + 2);

	if (clean == NULL || again == NULL || path == NULL)
		exit(EXIT_FAILURE);
	path[0] = '/';
	memcpy(path + 1, data, size);
	path[size + 1] = '\0';
	if (path_normalize(path, clean)) {
		if (clean[0] != '/' || strlen(clean) >= PATH_MAX || strstr(clean, "//") != NULL ||
		    strstr(clean, "/./") != NULL || strstr(clean, "/../") != NULL ||
		    (clean[1] != '\0' && clean[strlen(clean) - 1] == '/') ||
		    !path_normalize(clean, again) || strcmp(clean, again) != 0 ||
		    !path_within(clean, clean) || !path_within(clean, "/"))
			__builtin_trap();
	} else if (strlen(path) <= NAME_MAX) {
		__builtin_trap();
	}
	free(clean);
	free(again);
	free(path);
	return 0;
}
