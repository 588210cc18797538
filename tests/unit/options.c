/* wraps: say */

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "options.h"

void __wrap_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was said last, and how many times. */
static char said[1024];
static int said_count;

void
__wrap_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	said_count++;
}

#define WORDS 8

static int
parse(const char *const words[WORDS], struct options *options)
{
	static char copies[WORDS][600];
	static char *argv[WORDS + 2];
	int argc = 1;

	argv[0] = (char[]){ "privtmp" };
	for (int i = 0; i < WORDS && words[i] != NULL; i++) {
		(void)snprintf(copies[i], sizeof(copies[i]), "%s", words[i]);
		argv[argc++] = copies[i];
	}
	argv[argc] = NULL;
	said_count = 0;
	return options_parse(argc, argv, options);
}

static const struct {
	const char *words[WORDS];
	const char *part; /* of what is said */
} refused[] = {
	{ { "-u" }, "--user needs an argument" },
	{ { "-u", "" }, "empty name in ''" },
	{ { "-u", ":x" }, "empty name in ':x'" },
	{ { "-u", "x:" }, "empty group in 'x:'" },
	{ { "--user=" }, "empty name" },
	{ { "-u", "x", "-g", "" }, "--group: empty name" },
	{ { "-g", "x" }, "'x' needs a --user" },
	{ { "-g", "x", "true" }, "'x' needs a --user" },
	{ { "-b", "" }, "--base: ''" },
	{ { "-b", "relative" }, "--base: 'relative'" },
	{ { "-b", "/a/../b" }, "--base: '/a/../b'" },
	{ { "-b", "/.." }, "--base: '/..'" },
	{ { "-C", "x" }, "--chdir: 'x'" },
	{ { "-C", "" }, "--chdir: ''" },
	{ { "--base" }, "--base needs an argument" },
	{ { "-Z" }, "unknown option -Z" },
	{ { "-kZ" }, "unknown option -Z" },
	{ { "--zzz" }, "--zzz" },
	{ { "--zzz=1" }, "--zzz=1" },
	{ { "--in", "x" }, "--inodes: 'x'" },
	{ { "--ex" }, "ambiguous option --ex" },
	{ { "-k=1" }, "unknown option -=" },
	{ { "--verbose=1" }, "--verbose takes no argument" },
	{ { "-s", "0" }, "--size: '0'" },
	{ { "-s", "1,2" }, "--size: '1,2'" },
	{ { "-s", "101%" }, "--size: '101%'" },
	{ { "--inodes=5%" }, "--inodes: '5%'" },
	{ { "-m", "" }, "--mode: ''" },
	{ { "-m", "10000" }, "--mode: '10000'" },
	{ { "-e", "x" }, "--expose: 'x'" },
	{ { "-e", "-" }, "--expose: ''" },
	{ { "-e", ":ro" }, "--expose: ''" },
	{ { "--hide=" }, "--hide: ''" },
	{ { "--unmount", "x" }, "--unmount: 'x'" },
	{ { "--propagation", "shared" }, "'shared'" },
	{ { "-t", "-k" }, "--tmpfs: cannot go with --keep" },
	{ { "-s", "1m", "-b", "/tmp" }, "--tmpfs: cannot go with --base" },
	{ { "-j", "0" }, "--join: '0'" },
	{ { "-j", "1", "-a", "/x" }, "--also: cannot go with --join" },
	{ { "-j", "1", "--keep" }, "--keep: cannot go with --join" },
	{ { "--list", "x" }, "'x': neither" },
	{ { "--sweep", "--", "x" }, "'x': neither" },
	{ { "--sweep", "--list" }, "--sweep: cannot go with --list" },
	{ { "--join=1", "--list" }, "--join: cannot go with --list" },
	{ { "--list", "-u", "x" }, "--user: cannot go with --list" },
	{ { "--list", "-a", "/x" }, "--also: cannot go with --list" },
	{ { "--sweep", "-k" }, "--keep: cannot go with --sweep" },
};

static void
options__that_are_wrong_are_refused_by_name(void **state)
{
	struct options options;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (parse(refused[i].words, &options) != -1 || said_count != 1 || strstr(said, refused[i].part) == NULL)
			fail_msg("case %zu: said %d times: %s", i, said_count, said);
}

static void
options__too_long_or_too_many_are_refused(void **state)
{
	static char long_name[NAME_SIZE + 1], argument[] = "-e/tmp/x", program[] = "privtmp";
	const char *words[WORDS] = { "-u", long_name };
	char *argv[LIST_MAX + 3] = { program };
	struct options options;

	(void)state;
	memset(long_name, 'x', NAME_SIZE);
	assert_int_equal(parse(words, &options), -1);
	long_name[NAME_SIZE - 1] = '\0';
	assert_int_equal(parse(words, &options), 0);
	assert_string_equal(options.user, long_name);

	for (int i = 1; i <= LIST_MAX + 1; i++)
		argv[i] = argument;
	argv[LIST_MAX + 1] = NULL;
	assert_int_equal(options_parse(LIST_MAX + 1, argv, &options), 0);
	argv[LIST_MAX + 1] = argument;
	assert_int_equal(options_parse(LIST_MAX + 2, argv, &options), -1);
}

static void
options__end_at_the_command(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *command;
	} cases[] = {
		{ { NULL }, NULL },
		{ { "-k" }, NULL },
		{ { "--" }, NULL },
		{ { "true" }, "true" },
		{ { "true", "-Z" }, "true" },
		{ { "--", "-Z" }, "-Z" },
		{ { "-k", "--", "--", "x" }, "--" },
		{ { "-", "-Z" }, "-" },
		{ { "", "-Z" }, "" },
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(parse(cases[i].words, &options), 0);
		if (cases[i].command == NULL)
			assert_null(options.command[0]);
		else
			assert_string_equal(options.command[0], cases[i].command);
	}
}

static void
options__fill_what_they_are_for(void **state)
{
	const char *words[WORDS] = { "-ua:b", "-g", "c", "-s64m", "--inodes=1k", "-vm", "01770", "x" };
	const char *more[WORDS] = { "-e-/tmp/a:ro", "--expose", "/tmp/:ro:ro", "--propagation=slave", "--exec", "-C/", "-b/b", "-k" };
	struct options options;

	(void)state;
	assert_int_equal(parse(words, &options), 0);
	assert_string_equal(options.user, "a");
	assert_string_equal(options.group, "c");
	assert_true(options.tmpfs && options.verbose && options.mode_given && !options.percent && !options.keep);
	assert_int_equal(options.size, 64 << 20);
	assert_int_equal(options.inodes, 1024);
	assert_int_equal(options.mode, 01770);

	assert_int_equal(parse(more, &options), 0);
	assert_int_equal(options.expose_count, 2);
	assert_true(options.expose[0].optional && options.expose[0].read_only);
	assert_int_equal(options.expose[0].length, strlen("/tmp/a"));
	assert_true(!options.expose[1].optional && options.expose[1].read_only);
	assert_int_equal(options.expose[1].length, strlen("/tmp/:ro"));
	assert_true(options.slave && options.exec && options.keep && !options.tmpfs);
	assert_string_equal(options.chdir, "/");
	assert_string_equal(options.base, "/b");
}

static void
options__of_an_empty_argv_are_none(void **state)
{
	char *argv[] = { NULL, (char[]){ "-Z" }, NULL };
	struct options options;

	(void)state;
	assert_int_equal(options_parse(0, argv, &options), 0);
	assert_int_equal(options.action, ACTION_RUN);
	assert_null(options.command[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options__that_are_wrong_are_refused_by_name),
		cmocka_unit_test(options__too_long_or_too_many_are_refused),
		cmocka_unit_test(options__end_at_the_command),
		cmocka_unit_test(options__fill_what_they_are_for),
		cmocka_unit_test(options__of_an_empty_argv_are_none),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
