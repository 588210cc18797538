#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "report.h"
#include "values.h"

/* Options without a short form. */
enum {
	OPTION_INODES = 256,
	OPTION_EXEC,
	OPTION_HIDE,
	OPTION_UNMOUNT,
	OPTION_PROPAGATION,
	OPTION_NO_NEW_PRIVS,
	OPTION_SWEEP,
};

/* The actions that an option goes with. An instance that is joined has been set up already. */
#define START (1U << ACTION_RUN)
#define ENTER (START | 1U << ACTION_JOIN)
#define SWEEP (1U << ACTION_SWEEP)
#define ALL (ENTER | SWEEP | 1U << ACTION_LIST)

/* Where private directories are. Options about two of these cannot go together. */
enum storage {
	ANY,
	MEMORY, /* in memory */
	DISK,	/* on disk */
	FRESH,	/* either of both */
	GIVEN,	/* an existing directory */
};

#define FIELD(name) offsetof(struct options, name)

/* One row an option: how it is typed, what --help says, and where its value goes. */
static const struct row {
	int key; /* the short option, if there is one */
	const char *name;
	const char *argument;
	const char *help;
	unsigned int with;
	enum storage storage;
	value_parser *parse; /* NULL: the option is an action by itself */
	size_t field;
	enum action action;
} rows[] = {
	{ 'u', "user", "USER[:GROUP]", "run the command as USER, with its supplementary groups",
	    ENTER, ANY, value_user, FIELD(user), 0 },
	{ 'g', "group", "GROUP", "primary group instead of that of USER", ENTER, ANY, value_name,
	    FIELD(group), 0 },
	{ 'a', "also", "DIR", "make DIR private as well; repeatable", START, ANY, value_item,
	    FIELD(also), 0 },
	{ 't', "tmpfs", NULL, "keep the private directories in memory", START, MEMORY, value_flag,
	    FIELD(tmpfs), 0 },
	{ 's', "size", "SIZE", "limit each of them: 64m, 1g, 5%; implies --tmpfs (10%)", START,
	    MEMORY, value_size, FIELD(size), 0 },
	{ OPTION_INODES, "inodes", "N", "limit their files; implies --tmpfs (400k)", START, MEMORY,
	    value_count, FIELD(inodes), 0 },
	{ OPTION_EXEC, "exec", NULL, "let programs in private directories be executed", START, ANY,
	    value_flag, FIELD(exec), 0 },
	{ 'm', "mode", "MODE", "mode of the private directories (0770, or 1777)", START, FRESH,
	    value_mode, FIELD(mode), 0 },
	{ 'b', "base", "DIR", "make them in DIR (default: each in the one it replaces)",
	    START | SWEEP, DISK, value_path, FIELD(base), 0 },
	{ 'd', "dir", "DIR", "bind DIR over /tmp, which stays, instead of a fresh one", START,
	    GIVEN, value_path, FIELD(dir), 0 },
	{ 'e', "expose", "PATH", "keep PATH below one visible; PATH:ro, -PATH; repeatable", START,
	    FRESH, value_exposure, FIELD(expose), 0 },
	{ OPTION_HIDE, "hide", "PATH", "cover PATH with something empty; -PATH; repeatable", START,
	    ANY, value_optional_item, FIELD(hide), 0 },
	{ OPTION_UNMOUNT, "unmount", "DIR", "unmount what is mounted at DIR, inside; repeatable",
	    START, ANY, value_item, FIELD(unmount), 0 },
	{ 'C', "chdir", "DIR", "working directory, resolved inside, as the user", ENTER, ANY,
	    value_path, FIELD(chdir), 0 },
	{ OPTION_PROPAGATION, "propagation", "TYPE",
	    "private, or slave: later mounts of the host arrive", START, ANY, value_propagation,
	    FIELD(slave), 0 },
	{ OPTION_NO_NEW_PRIVS, "no-new-privs", NULL, "no setuid program inside gains anything",
	    ENTER, ANY, value_flag, FIELD(no_new_privs), 0 },
	{ 'j', "join", "PID", "enter the instance that PID belongs to", 1U << ACTION_JOIN, ANY,
	    value_pid, FIELD(join), ACTION_JOIN },
	{ 'l', "list", NULL, "list the live instances", 1U << ACTION_LIST, ANY, NULL, 0,
	    ACTION_LIST },
	{ OPTION_SWEEP, "sweep", NULL, "remove directories that are provably dead", SWEEP, ANY,
	    NULL, 0, ACTION_SWEEP },
	{ 'v', "verbose", NULL, "print each step on standard error", ALL, ANY, value_flag,
	    FIELD(verbose), 0 },
	{ 'h', "help", NULL, "print this and exit", ALL, ANY, NULL, 0, ACTION_HELP },
	{ 'V', "version", NULL, "print the version and exit", ALL, ANY, NULL, 0, ACTION_VERSION },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *
find_row(int key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].key == key)
			return &rows[i];
	return NULL;
}

bool
options_has(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

/* Describe the table to getopt_long. */
static void
describe_rows(char *letters, struct option *longs)
{
	/* Stop at the first operand; tell a missing argument from an unknown option. */
	*letters++ = '+';
	*letters++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].key < OPTION_INODES) {
			*letters++ = (char)rows[i].key;
			if (rows[i].argument != NULL)
				*letters++ = ':';
		}
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument != NULL ? required_argument : no_argument,
			.val = rows[i].key,
		};
	}
	*letters = '\0';
	longs[ROWS] = (struct option){ 0 };
}

/* getopt_long has refused the word, or the option with that key in it. */
_Noreturn static void
die_of_usage(const char *word, int key)
{
	const struct row *row = find_row(key), *best = NULL;
	size_t most = 0;

	if (row != NULL && row->argument != NULL)
		diex("option --%s needs an argument, %s", row->name, row->argument);
	if (row != NULL)
		diex("option --%s takes no argument", row->name);
	if (key != 0)
		diex("unknown option -%c; see --help", key);
	/* The first of those that begin most like it. */
	for (size_t i = 0; i < ROWS; i++) {
		size_t common = 0;

		while (rows[i].name[common] != '\0' && rows[i].name[common] == word[2 + common])
			common++;
		if (common > most) {
			most = common;
			best = &rows[i];
		}
	}
	if (best != NULL)
		diex("unknown or ambiguous option %s; is it --%s? see --help", word, best->name);
	diex("unknown option %s; see --help", word);
}

/* Options that are right each by itself may not go together. */
static void
check_together(const struct options *options, const bool *given)
{
	static const char *const actions[] = {
		[ACTION_JOIN] = "join",
		[ACTION_LIST] = "list",
		[ACTION_SWEEP] = "sweep",
	};
	const struct row *first = NULL;

	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		if (!given[i])
			continue;
		if ((row->with & 1U << options->action) == 0)
			diex("--%s: cannot go with --%s", row->name, actions[options->action]);
		for (size_t j = 0; j < i; j++) {
			first = &rows[j];
			if (given[j] && row->storage != ANY && first->storage != ANY &&
			    row->storage != first->storage &&
			    (row->storage == GIVEN || first->storage == GIVEN ||
				(row->storage != FRESH && first->storage != FRESH)))
				diex("--%s: cannot go with --%s", first->name, row->name);
		}
	}
	if ((options->action == ACTION_LIST || options->action == ACTION_SWEEP) &&
	    options->command[0] != NULL)
		diex("--%s: takes no command, such as '%s'", actions[options->action],
		    options->command[0]);
	if (options->group[0] != '\0' && options->user.name[0] == '\0')
		diex("--group: '%s' needs a --user to go with", options->group);
}

void
options_parse(int argc, char **argv, struct options *options)
{
	char letters[2 * ROWS + 3];
	struct option longs[ROWS + 1];
	bool given[ROWS] = { false };
	int key;

	*options = (struct options){ .command = argv };
	/* Kernels before 5.18 pass on an empty argv, and then argv[1] is the environment. */
	if (argc < 1)
		return;
	describe_rows(letters, longs);
	opterr = 0;
	optind = 0; /* also resets what an earlier call left in getopt_long */
	while (options->action < ACTION_HELP &&
	       (key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct row *row = find_row(key);

		if (row == NULL)
			die_of_usage(argv[optind - 1], optopt);
		if (row->parse != NULL)
			row->parse(row->name, optarg, (char *)options + row->field);
		if (row->action != ACTION_RUN)
			options->action = row->action;
		given[row - rows] = true;
	}
	options->command = argv + optind;
	options->tmpfs = options->tmpfs || options->size.count != 0 || options->inodes.count != 0;
	if (options->group[0] == '\0')
		strcpy(options->group, options->user.group);
	if (options->action < ACTION_HELP)
		check_together(options, given);
}

void
options_print(enum action action)
{
	if (action == ACTION_VERSION) {
		printf("privtmp %s\n", VERSION);
	} else {
		printf("Usage: privtmp [OPTION]... [--] [COMMAND [ARG]...]\n"
		       "       privtmp --join=PID [-u USER] [--] [COMMAND [ARG]...]\n"
		       "       privtmp --list | --sweep\n"
		       "Run COMMAND (default: $SHELL, or /bin/sh) with a /tmp of its own.\n\n");
		for (size_t i = 0; i < ROWS; i++) {
			char letter[] = "-?,", typed[40];

			letter[1] = (char)rows[i].key;
			(void)snprintf(typed, sizeof(typed), "%3s --%s%s%s",
			    rows[i].key < OPTION_INODES ? letter : "", rows[i].name,
			    rows[i].argument != NULL ? "=" : "",
			    rows[i].argument != NULL ? rows[i].argument : "");
			printf("  %-24s %s\n", typed, rows[i].help);
		}
		printf(
		    "\nExit status: that of COMMAND; 125 if privtmp failed, 126 if COMMAND cannot be\n"
		    "executed, 127 if it is not found.\n");
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		die("standard output");
	exit(EXIT_SUCCESS);
}
