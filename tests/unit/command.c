/* wraps: exit write */

#include "scratch.h"

#include <stdbool.h>

#include "command.h"
#include "path.h"

static struct locations private;

static void
exec(char *name)
{
	char *command[] = { name, NULL };

	unit_begin();
	if (setjmp(exit_point) == 0)
		command_exec(command, &private);
}

static const struct {
	const char
	    *name; /* in the scratch directory, which is PATH, after a directory that is missing */
	int status;
	const char *message;
} cases[] = {
	{ "", 127, "privtmp: the command is empty" },
	{ "missing", 127,
	    "missing (not found in PATH; for options, see --help): No such file or directory\n" },
	{ "./missing", 127, "./missing: No such file or directory\n" },
	{ "a b", 127, "separate words" },
	{ "verbose", 127, "not found in PATH; for options, see --help" },
	{ "file", 126, "file: Permission denied\n" },
	{ "./file", 126, "./file: Permission denied\n" },
	{ "./dir", 126, "./dir: Permission denied\n" },
	{ "./file/x", 126, "./file/x: Not a directory\n" },
	{ "script", 126, "it is there, but the interpreter that it names" },
	{ "./script", 126, "it is there, but the interpreter that it names" },
	{ "/private/x", 127, "/private/x (the directory is private" },
	{ "/usr/..//private/./x", 127, "x (the directory is private" },
	{ "./mine/x", 127, "./mine/x (the directory is private" },
	{ "mine/../../x", 127, "/x: No such file or directory\n" },
	{ "./mine/file", 126, "./mine/file (private directories are noexec" },
};

static void
command_exec__exits_with_126_or_127(void **state)
{
	static char path[80], below[80];
	FILE *script;

	(void)state;
	add_file("file");
	add_dir("dir", geteuid(), 0755);
	script = fopen("script", "w");
	assert_true(script != NULL && fputs("#!/missing\n", script) != EOF && fclose(script) == 0);
	assert_int_equal(chmod("script", 0755), 0);
	(void)snprintf(path, sizeof(path), "/missing:%s", scratch);
	assert_int_equal(setenv("PATH", path, 1), 0);
	add_dir("mine", geteuid(), 0755);
	add_file("mine/file");
	(void)snprintf(below, sizeof(below), "%s/mine", scratch);
	private = (struct locations){ { { .path = "/private" }, { .path = below } }, 2 };
	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%s", cases[i].name);
		exec(name);
		if (exit_status != cases[i].status || strstr(messages, cases[i].message) == NULL)
			fail_msg("%s: status %d, %s", cases[i].name, exit_status, messages);
	}
}

static void
command_exec__finds_nothing_where_the_user_may_not_enter(void **state)
{
	(void)state;
	NEED_ROOT();
	add_dir("closed", 0, 0700);
	assert_int_equal(setenv("PATH", "closed", 1), 0);
	assert_int_equal(seteuid(USER), 0);
	exec((char[]){ "missing" });
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(exit_status, 127);
	assert_string_equal(messages, "privtmp: missing (not found in PATH; for options, see "
				      "--help): No such file or directory\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    command_exec__exits_with_126_or_127, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(
		    command_exec__finds_nothing_where_the_user_may_not_enter, scratch_make,
		    scratch_remove),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
