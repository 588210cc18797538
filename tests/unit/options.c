/* wraps: exit write */

#include "unit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "options.h"
#include "report.h"

#define WORDS 8

static struct options options;

static bool
parse_argv(int argc, char **argv)
{
	unit_begin();
	if (setjmp(exit_point) != 0)
		return false;
	options_parse(argc, argv, &options);
	return true;
}

/* Parse copies of the words. Returns whether they are right. */
static bool
parse(const char *const *words)
{
	static char copies[WORDS][PATH_MAX + 2], program[] = "privtmp";
	static char *argv[WORDS + 2] = { program };
	int argc = 1;

	for (; argc <= WORDS && words[argc - 1] != NULL; argc++) {
		(void)snprintf(copies[argc - 1], sizeof(copies[0]), "%s", words[argc - 1]);
		argv[argc] = copies[argc - 1];
	}
	argv[argc] = NULL;
	return parse_argv(argc, argv);
}

static const struct {
	const char *words[WORDS];
	const char *part; /* of the message */
} refused[] = {
	{ { "-u" }, "option --user needs an argument, USER[:GROUP]" },
	{ { "--base" }, "--base needs an argument" },
	{ { "-u", "" }, "--user: a name is empty" },
	{ { "--user=" }, "--user: a name is empty" },
	{ { "-u", ":x" }, "--user: a name is empty" },
	{ { "-u", "x:" }, "--user: a name is empty" },
	{ { "-u", "x", "-g", "" }, "--group: a name is empty" },
	{ { "-g", "x" }, "--group: 'x' needs a --user" },
	{ { "-g", "x", "true" }, "--group: 'x' needs a --user" },
	{ { "-b", "" }, "--base: ''" },
	{ { "-b", "relative" }, "--base: 'relative'" },
	{ { "-b", "/a/../b" }, "--base: '/a/../b'" },
	{ { "-b", "/.." }, "--base: '/..'" },
	{ { "-b", "/a//..//" }, "--base: '/a//..//'" },
	{ { "-C", "x" }, "--chdir: 'x'" },
	{ { "-d", "x" }, "--dir: 'x'" },
	{ { "-a", "x" }, "--also: 'x'" },
	{ { "-a", "-/x" }, "--also: '-/x'" },
	{ { "-Z" }, "unknown option -Z" },
	{ { "-vZ" }, "unknown option -Z" },
	{ { "-v=1" }, "unknown option -=" },
	{ { "--zzz" }, "unknown or ambiguous option --zzz; see --help" },
	{ { "--zzz=1" }, "unknown or ambiguous option --zzz=1; see --help" },
	{ { "--ex" }, "unknown or ambiguous option --ex; see --help" },
	{ { "--in", "x" }, "--inodes: 'x'" },
	{ { "--verbose=1" }, "option --verbose takes no argument" },
	{ { "-s", "" }, "--size: ''" },
	{ { "-s", "0" }, "--size: '0'" },
	{ { "-s", "0g" }, "--size: '0g'" },
	{ { "-s", "1,mode=777" }, "--size: '1,mode=777'" },
	{ { "-s", "-1" }, "--size: '-1'" },
	{ { "-s", "1mm" }, "--size: '1mm'" },
	{ { "-s", "1t" }, "--size: '1t'" },
	{ { "-s", "0%" }, "--size: '0%'" },
	{ { "-s", "101%" }, "--size: '101%'" },
	{ { "-s", "5%%" }, "--size: '5%%'" },
	{ { "-s", "64mb" }, "--size: '64mb' is not a size: write 64m, 1g or 5%" },
	{ { "-s", "4095" }, "--size: '4095' is less than a page of memory, 4k" },
	{ { "-s", "1k" }, "--size: '1k' is less than a page of memory, 4k" },
	{ { "-s", "9223372036854775808" }, "--size: '9223372036854775808'" },
	{ { "-s", "8589934592g" }, "--size: '8589934592g'" },
	{ { "--inodes=5%" }, "--inodes: '5%'" },
	{ { "--inodes=0" }, "--inodes: '0'" },
	{ { "-m", "" }, "--mode: ''" },
	{ { "-m", "10000" }, "--mode: '10000'" },
	{ { "-m", "78" }, "--mode: '78'" },
	{ { "-m", "u+x" }, "--mode: 'u+x'" },
	{ { "-e", "x" }, "--expose: 'x'" },
	{ { "-e", "-" }, "--expose: ''" },
	{ { "-e", "--/x" }, "--expose: '-/x'" },
	{ { "-e", ":ro" }, "--expose: ''" },
	{ { "--hide=" }, "--hide: ''" },
	{ { "--unmount", "x" }, "--unmount: 'x'" },
	{ { "--propagation", "shared" }, "--propagation: 'shared'" },
	{ { "-j", "0" }, "--join: '0'" },
	{ { "-j", "-1" }, "--join: '-1'" },
	{ { "-j", "1x" }, "--join: '1x'" },
	{ { "-j", "2147483648" }, "--join: '2147483648'" },
	{ { "--noswap", "-b", "/tmp" }, "--noswap: cannot go with --base" },
	{ { "-d", "/x", "--noswap" }, "--noswap: cannot go with --dir" },
	{ { "-j", "1", "--noswap" }, "--noswap: cannot go with --join" },
	{ { "--noswap=1" }, "option --noswap takes no argument" },
	{ { "-t", "-b", "/tmp" }, "--tmpfs: cannot go with --base" },
	{ { "-b", "/tmp", "-s", "1m" }, "--size: cannot go with --base" },
	{ { "-d", "/x", "-t" }, "--tmpfs: cannot go with --dir" },
	{ { "-d", "/x", "-b", "/y" }, "--base: cannot go with --dir" },
	{ { "-d", "/x", "-m", "700" }, "--mode: cannot go with --dir" },
	{ { "-d", "/x", "-e", "/tmp/x" }, "--dir: cannot go with --expose" },
	{ { "-j", "1", "-a", "/x" }, "--also: cannot go with --join" },
	{ { "--join=1", "--list" }, "--join: cannot go with --list" },
	{ { "--sweep", "--list" }, "--list: cannot go with --sweep" },
	{ { "--list", "-u", "x" }, "--user: cannot go with --list" },
	{ { "--list", "-b", "/x" }, "--base: cannot go with --list" },
	{ { "--sweep", "-t" }, "--tmpfs: cannot go with --sweep" },
	{ { "--list", "x" }, "--list: is an action by itself; leave out 'x'" },
	{ { "--sweep", "--", "x" }, "--sweep: is an action by itself; leave out 'x'" },
};

static void
options_parse__refuses_wrong_usage_in_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (parse(refused[i].words))
			fail_msg("case %zu is accepted: %s", i, refused[i].part);
		if (exit_status != EXIT_PRIVTMP || strstr(messages, refused[i].part) == NULL ||
		    strchr(messages, '\n') != messages + strlen(messages) - 1)
			fail_msg("case %zu: status %d, %s", i, exit_status, messages);
	}
}

static void
options_parse__refuses_names_and_paths_that_are_too_long(void **state)
{
	static char name[NAME_SIZE + 1], path[PATH_MAX + 1];
	const char *user[WORDS] = { "-u", name }, *dir[WORDS] = { "-a", path };

	(void)state;
	memset(name, 'x', NAME_SIZE);
	assert_false(parse(user));
	name[NAME_SIZE - 1] = '\0';
	assert_true(parse(user));
	assert_string_equal(options.user.name, name);

	memset(path, '/', PATH_MAX);
	assert_false(parse(dir));
	path[PATH_MAX - 1] = '\0';
	assert_true(parse(dir));
	assert_string_equal(options.also.items[0].path, path);
}

static void
options_parse__refuses_one_more_than_the_most(void **state)
{
	static char argument[] = "-e/tmp/x", program[] = "privtmp";
	char *argv[LIST_MAX + 3] = { program };

	(void)state;
	for (int i = 1; i <= LIST_MAX; i++)
		argv[i] = argument;
	assert_true(parse_argv(LIST_MAX + 1, argv));
	assert_int_equal(options.expose.count, LIST_MAX);
	argv[LIST_MAX + 1] = argument;
	assert_false(parse_argv(LIST_MAX + 2, argv));
}

static void
options_parse__ends_at_the_command(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *command;
	} cases[] = {
		{ { NULL }, NULL },
		{ { "-v" }, NULL },
		{ { "--" }, NULL },
		{ { "true" }, "true" },
		{ { "true", "-Z" }, "true" },
		{ { "--", "-Z" }, "-Z" },
		{ { "-v", "--", "--", "x" }, "--" },
		{ { "-", "-Z" }, "-" },
		{ { "", "-Z" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(parse(cases[i].words));
		if (cases[i].command == NULL)
			assert_null(options.command[0]);
		else
			assert_string_equal(options.command[0], cases[i].command);
	}
}

static void
options_parse__fills_all_fields(void **state)
{
	static const char *const memory[WORDS] = { "-ua:b", "-g", "c", "-s64m", "--inodes=001K",
		"-vm", "01770", "x" };
	static const char *const disk[WORDS] = { "-e-/tmp/a:ro", "--expose", "/tmp/:ro:ro",
		"--propagation=slave", "--exec", "-C/", "-b/b", "--no-new-privs" };
	static const char *const noswap[WORDS] = { "--noswap" };
	static const char *const lists[WORDS] = { "-ua:b", "-a/a", "-a/b", "--hide=-/h",
		"--hide=/i:ro", "--unmount=/u", "-d/d" };

	(void)state;
	assert_true(parse(memory));
	assert_true(!options.list && !options.sweep && !options.help && !options.version);
	assert_int_equal(options.join, 0);
	assert_string_equal(options.user.name, "a");
	assert_string_equal(options.group, "c");
	assert_true(options.tmpfs && options.verbose);
	assert_string_equal(options.size, "64m");
	assert_string_equal(options.inodes, "1K");
	assert_false(options.noswap);
	assert_int_equal(options.mode, 01770);

	assert_true(parse(disk));
	assert_int_equal(options.expose.count, 2);
	assert_true(options.expose.items[0].optional && options.expose.items[0].read_only);
	assert_string_equal(options.expose.items[0].path, "/tmp/a");
	assert_true(!options.expose.items[1].optional && options.expose.items[1].read_only);
	assert_string_equal(options.expose.items[1].path, "/tmp/:ro");
	assert_true(options.slave && options.exec && options.no_new_privs && !options.tmpfs);
	assert_string_equal(options.chdir, "/");
	assert_string_equal(options.base, "/b");

	assert_true(parse(noswap));
	assert_true(options.noswap && options.tmpfs);

	assert_true(parse(lists));
	assert_string_equal(options.group, "b");
	assert_int_equal(options.also.count, 2);
	assert_string_equal(options.also.items[1].path, "/b");
	assert_true(options.hide.items[0].optional && !options.hide.items[1].optional);
	assert_string_equal(options.hide.items[0].path, "/h");
	assert_string_equal(options.hide.items[1].path, "/i:ro");
	assert_string_equal(options.unmount.items[0].path, "/u");
	assert_string_equal(options.dir, "/d");
}

static void
options_parse__lets_the_last_of_two_count(void **state)
{
	static const char *const percent[WORDS] = { "-s64m", "-s05%", "-ua:b", "-uc", "-m1",
		"-m0" };
	static const char *const bytes[WORDS] = { "-s5%", "-s064m", "--propagation=slave",
		"--propagation=private" };

	(void)state;
	assert_true(parse(percent));
	assert_true(options.tmpfs);
	assert_string_equal(options.size, "5%");
	assert_string_equal(options.user.name, "c");
	assert_string_equal(options.group, "");
	assert_int_equal(options.mode, 0);
	assert_true(parse(bytes));
	assert_false(options.slave);
	assert_string_equal(options.size, "64m");
}

static void
options_parse__knows_the_actions(void **state)
{
	static const struct {
		const char *words[WORDS];
		pid_t join;
		bool list, sweep, help, version;
	} cases[] = {
		{ { "-j1", "x" }, 1, false, false, false, false },
		{ { "-j2147483647", "-ux", "-C/" }, INT32_MAX, false, false, false, false },
		{ { "-l", "-v" }, 0, true, false, false, false },
		{ { "-b/x", "--sweep" }, 0, false, true, false, false },
		/* Of what comes behind these, nothing counts. */
		{ { "-h", "-Z" }, 0, false, false, true, false },
		{ { "-l", "-t", "--version", "-Z" }, 0, true, false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(parse(cases[i].words));
		assert_int_equal(options.join, cases[i].join);
		assert_int_equal(options.list, cases[i].list);
		assert_int_equal(options.sweep, cases[i].sweep);
		assert_int_equal(options.help, cases[i].help);
		assert_int_equal(options.version, cases[i].version);
	}
	assert_int_equal(options.command[0][0], '-');
}

static void
options_parse__accepts_an_empty_argv(void **state)
{
	char *argv[] = { NULL, (char[]){ "-Z" }, NULL };

	(void)state;
	assert_true(parse_argv(0, argv));
	assert_int_equal(options.mode, 01777);
	assert_null(options.command[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_parse__refuses_wrong_usage_in_one_line),
		cmocka_unit_test(options_parse__refuses_names_and_paths_that_are_too_long),
		cmocka_unit_test(options_parse__refuses_one_more_than_the_most),
		cmocka_unit_test(options_parse__ends_at_the_command),
		cmocka_unit_test(options_parse__fills_all_fields),
		cmocka_unit_test(options_parse__lets_the_last_of_two_count),
		cmocka_unit_test(options_parse__knows_the_actions),
		cmocka_unit_test(options_parse__accepts_an_empty_argv),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
