/* wraps: exit */

/* libFuzzer: the command line, its words separated by NUL. */

#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "report.h"

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
_Noreturn void __wrap_exit(int status);

static struct options options;
static jmp_buf refused;
static bool parsing;

void
__wrap_exit(int status)
{
	if (!parsing)
		_Exit(status);
	parsing = false;
	if (status != EXIT_PRIVTMP)
		__builtin_trap();
	longjmp(refused, 1);
}

static void
check_list(const struct list *list)
{
	if (list->count > LIST_MAX)
		__builtin_trap();
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].path[0] != '/' || strlen(list->items[i].path) >= PATH_MAX)
			__builtin_trap();
}

static void
check(char **argv, int argc)
{
	const struct list *const lists[] = { &options.also, &options.expose, &options.hide,
		&options.unmount };

	if (options.command < argv || options.command > argv + argc ||
	    (options.mode & ~07777U) != 0 ||
	    (options.size != NULL && (options.size[0] < '1' || options.size[0] > '9')) ||
	    options.join < 0)
		__builtin_trap();
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_list(lists[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[2 * PATH_MAX], program[] = "privtmp";
	static char *argv[WORDS + 2] = { program };
	static int argc;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	argc = 1;
	for (size_t at = 0; at < size && argc <= WORDS; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	if (setjmp(refused) == 0) {
		parsing = true;
		options_parse(argc, argv, &options);
		parsing = false;
		check(argv, argc);
	}
	return 0;
}
