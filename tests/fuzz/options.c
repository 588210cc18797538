/* libFuzzer: the command line, its words separated by NUL. */

#include <stdint.h>
#include <string.h>

#include "options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS 64

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options;
	static char text[4096], program[] = "privtmp";
	char *argv[WORDS + 2] = { program };
	int argc = 1;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at < size && argc <= WORDS; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	if (options_parse(argc, argv, &options) == 0 && (options.command < argv || options.command > argv + argc))
		__builtin_trap();
	return 0;
}
