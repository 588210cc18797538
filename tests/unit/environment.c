/* wraps: exit write */

#include "unit.h"

#include <limits.h>
#include <stdio.h>

#include "environment.h"
#include "identity.h"
#include "path.h"
#include "report.h"

#define WORDS 8

static const struct identity same = { .other = false };
static const struct identity other = {
	.other = true,
	.name = (char[]){ "user" },
	.home = (char[]){ "/home/user" },
	.shell = (char[]){ "/bin/zsh" },
};

static const struct locations private = { { { .path = "/tmp" }, { .path = "/var/tmp" } }, 2 };
static const struct locations exposed = { { { .path = "/tmp/.X11-unix" } }, 1 };

/* The environment that is made from those entries, each followed by a blank. */
static const char *
make(const struct identity *identity, const char *const *entries)
{
	static char text[1024], *caller[WORDS];
	char **before = environ;

	unit_begin();
	memcpy(caller, entries, sizeof(caller));
	environ = caller;
	environment_set(identity, &private, &exposed);
	text[0] = '\0';
	for (char **entry = environ; *entry != NULL; entry++)
		strcat(strcat(text, *entry), " ");
	environ = before;
	return text;
}

static void
environment_set__sets_variables_of_temporary_directories(void **state)
{
	static const struct {
		const char *entries[WORDS];
		const char *made;
	} cases[] = {
		{ { NULL }, "" },
		{ { "A=1", "B", "=", "A=2" }, "A=1 B = A=2 " },
		{ { "TMPDIR=/tmp" }, "TMPDIR=/tmp " },
		{ { "TMPDIR=/tmp/x/y" }, "TMPDIR=/tmp " },
		{ { "TMPDIR=/usr/..//tmp/./x" }, "TMPDIR=/tmp " },
		{ { "TEMP=/var/tmp/x" }, "TEMP=/var/tmp " },
		{ { "TMPDIR=/tmpx" }, "TMPDIR=/tmpx " },
		{ { "TMPDIR=/var" }, "TMPDIR=/var " },
		{ { "TMPDIR=tmp" }, "TMPDIR=tmp " },
		{ { "TMPDIR=" }, "TMPDIR= " },
		{ { "TMPDIRX=/tmp/x", "XTMPDIR=/tmp/x" }, "TMPDIRX=/tmp/x XTMPDIR=/tmp/x " },
		{ { "A=1", "TMPDIR=/tmp/x", "TEMPDIR=/srv", "TMP=/tmp/y" },
		    "A=1 TEMPDIR=/srv TMPDIR=/tmp TMP=/tmp " },
		/* Set once, whichever of them leads there. */
		{ { "TMPDIR=/tmp/x", "A=1", "TMPDIR=/tmp/y" }, "A=1 TMPDIR=/tmp " },
		{ { "TMPDIR=/srv", "A=1", "TMPDIR=/tmp/y" }, "A=1 TMPDIR=/tmp " },
		{ { "TMPDIR=/var/tmp/x", "TMPDIR=/tmp/y" }, "TMPDIR=/var/tmp " },
		/* By its place rather than by its name. */
		{ { "TMPDIR=/proc/self/root/tmp/missing" }, "TMPDIR=/tmp " },
		{ { "TMPDIR=/proc/self/root/usr" }, "TMPDIR=/proc/self/root/usr " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(make(&same, cases[i].entries), cases[i].made);
}

static void
environment_set__sets_variables_of_another_user_once(void **state)
{
	static const char *const entries[WORDS] = { "HOME=/root", "A=1", "HOME=/tmp/x",
		"SHELL=/bin/sh", "HOMEX=1", "TMPDIR=/tmp/x" };
	static const char *const none[WORDS] = { NULL };

	(void)state;
	assert_string_equal(make(&other, entries),
	    "A=1 HOMEX=1 HOME=/home/user USER=user LOGNAME=user SHELL=/bin/zsh TMPDIR=/tmp ");
	assert_string_equal(
	    make(&other, none), "HOME=/home/user USER=user LOGNAME=user SHELL=/bin/zsh ");
}

static void
environment_set__prints_the_paths_that_are_lost(void **state)
{
	static const struct {
		const char *entry;
		const char *lost[3];
	} cases[] = {
		{ "A=/tmp", { NULL } },
		{ "A=/tmp//", { NULL } },
		{ "A=/tmp/x", { "A names /tmp/x, which is not there inside" } },
		{ "A=tmp/x", { NULL } },
		{ "A=/tmpx/tmp/x", { NULL } },
		{ "A=/tmp/.X11-unix/X0", { NULL } },
		{ "A=/usr/../var/tmp/x", { "A names /var/tmp/x," } },
		{ "LIBS=/usr/lib:/tmp/a/lib::/var/tmp/b:/tmp",
		    { "LIBS names /tmp/a/lib,", "LIBS names /var/tmp/b," } },
		{ "BUS=unix:path=/tmp/dbus-1,guid=0;unix:path=/run/x",
		    { "BUS names /tmp/dbus-1," } },
		{ "BUS=unix:path=/run/x;unix:path=/tmp/y", { "BUS names /tmp/y," } },
		{ "A=-x /tmp/a /tmp/b", { "A names /tmp/a,", "A names /tmp/b," } },
		{ "TMPDIR=/tmp/x", { "set TMPDIR=/tmp\n" } },
	};

	(void)state;
	report_verbose = true;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *entries[WORDS] = { cases[i].entry }, *line = messages;

		(void)make(&same, entries);
		for (size_t j = 0; j < COUNT(cases[i].lost) && cases[i].lost[j] != NULL; j++) {
			if (strncmp(line, "privtmp: ", 9) != 0 ||
			    strncmp(line + 9, cases[i].lost[j], strlen(cases[i].lost[j])) != 0)
				fail_msg("%s: %s", cases[i].entry, messages);
			line = strchr(line, '\n') + 1;
		}
		if (*line != '\0')
			fail_msg("%s: %s", cases[i].entry, line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_set__sets_variables_of_temporary_directories),
		cmocka_unit_test(environment_set__sets_variables_of_another_user_once),
		cmocka_unit_test(environment_set__prints_the_paths_that_are_lost),
	};

	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
