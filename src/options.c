#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "report.h"

/* One row an option: how it is typed, and what --help says of it. The manual page lists the same. */
static const struct row {
	int key; /* what getopt_long returns: the short option, where there is one */
	const char *name;
	const char *argument;
	const char *help;
} rows[] = {
	{ 'u', "user", "USER[:GROUP]", "run the command as USER, with its supplementary groups" },
	{ 'g', "group", "GROUP", "primary group instead of that of USER" },
	{ 'b', "base", "DIR", "make the private directory in DIR (default: /tmp)" },
	{ 'C', "chdir", "DIR", "working directory, resolved inside, as the user" },
	{ 'k', "keep", NULL, "leave the private directory behind, and say where it is" },
	{ 'v', "verbose", NULL, "say every step on standard error" },
	{ 'h', "help", NULL, "print this and exit" },
	{ 'V', "version", NULL, "print the version and exit" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *
row_of(int key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].key == key)
			return &rows[i];
	return NULL;
}

/* Describe to getopt_long what the table says. */
static void
translate(char *letters, struct option *longs)
{
	/* Stop at the first operand; tell a missing argument from an unknown option. */
	*letters++ = '+';
	*letters++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		*letters++ = (char)rows[i].key;
		if (rows[i].argument != NULL)
			*letters++ = ':';
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument != NULL ? required_argument : no_argument,
			.val = rows[i].key,
		};
	}
	*letters = '\0';
	longs[ROWS] = (struct option){ 0 };
}

static int
take_name(char *name, const char *text, size_t length, const struct row *row)
{
	if (length == 0) {
		say("--%s: empty name in '%s'", row->name, text);
		return -1;
	}
	if (length >= NAME_SIZE) {
		say("--%s: name too long", row->name);
		return -1;
	}
	memcpy(name, text, length);
	name[length] = '\0';
	return 0;
}

static int
take_user(struct options *options, const char *text, const struct row *row)
{
	size_t length = strcspn(text, ":");

	if (take_name(options->user, text, length, row) == -1)
		return -1;
	if (text[length] == '\0')
		return 0;
	if (text[length + 1] == '\0') {
		say("--%s: empty group in '%s'", row->name, text);
		return -1;
	}
	return take_name(options->group, text + length + 1, strlen(text + length + 1), row);
}

static bool
climbs(const char *path)
{
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part += strspn(part, "/");
		if (strcspn(part, "/") == 2 && part[0] == '.' && part[1] == '.')
			return true;
	}
	return false;
}

static int
take_path(const char **path, const char *text, const struct row *row)
{
	if (text[0] != '/' || climbs(text) || strlen(text) >= PATH_MAX) {
		say("--%s: '%s' is not an absolute path without '..'", row->name, text);
		return -1;
	}
	*path = text;
	return 0;
}

static int
take(struct options *options, const struct row *row, const char *argument)
{
	switch (row->key) {
	case 'u':
		return take_user(options, argument, row);
	case 'g':
		return take_name(options->group, argument, strlen(argument), row);
	case 'b':
		return take_path(&options->base, argument, row);
	case 'C':
		return take_path(&options->chdir, argument, row);
	case 'k':
		options->keep = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'h':
		options->action = ACTION_HELP;
		return 0;
	default:
		options->action = ACTION_VERSION;
		return 0;
	}
}

/* Say what getopt_long did not like; word is the argument it stands at. */
static void
refuse(const char *word, int key)
{
	const struct row *row = row_of(key);

	if (row != NULL && row->argument != NULL)
		say("option --%s needs an argument, %s", row->name, row->argument);
	else if (row != NULL)
		say("option --%s takes no argument", row->name);
	else if (key != 0)
		say("unknown option -%c; see --help", key);
	else
		say("unknown or ambiguous option %s; see --help", word);
}

int
options_parse(int argc, char **argv, struct options *options)
{
	char letters[2 * ROWS + 3];
	struct option longs[ROWS + 1];
	int key;

	*options = (struct options){ .command = argv };
	/* Kernels before 5.18 pass on an empty argv, and then argv[1] is the environment. */
	if (argc < 1)
		return 0;
	translate(letters, longs);
	opterr = 0;
	optind = 0; /* also resets what an earlier call left in getopt_long */
	while (options->action == ACTION_RUN && (key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct row *row = row_of(key);

		if (row == NULL) {
			refuse(argv[optind - 1], optopt);
			return -1;
		}
		if (take(options, row, optarg) == -1)
			return -1;
	}
	options->command = argv + optind;
	if (options->action == ACTION_RUN && options->group[0] != '\0' && options->user[0] == '\0') {
		say("--group: '%s' needs a --user to go with", options->group);
		return -1;
	}
	return 0;
}

int
options_print(enum action what)
{
	if (what == ACTION_VERSION) {
		printf("privtmp %s\n", VERSION);
	} else {
		printf("Usage: privtmp [OPTION]... [--] [COMMAND [ARG]...]\n"
		       "Run COMMAND (default: $SHELL, or /bin/sh) with a /tmp of its own.\n\n");
		for (size_t i = 0; i < ROWS; i++) {
			char typed[40];

			(void)snprintf(typed, sizeof(typed), "-%c, --%s%s%s", rows[i].key, rows[i].name,
			    rows[i].argument != NULL ? "=" : "", rows[i].argument != NULL ? rows[i].argument : "");
			printf("  %-25s %s\n", typed, rows[i].help);
		}
		printf("\nExit status: that of COMMAND; 125 if privtmp failed, 126 if COMMAND cannot be\n"
		       "executed, 127 if it is not found.\n");
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		say_errno("standard output");
		return -1;
	}
	return 0;
}
