/* The table of options, and what is made of argv with it. */

#include <getopt.h>
#include <stdio.h>

#include "options.h"
#include "report.h"

/* Modes of privtmp. Options without a common mode exclude each other. */
enum {
	DISK = 1, /* private directories on disk */
	MEMORY = 2,
	EXISTING = 4, /* an existing one: --dir */
	JOIN = 8,
	LIST = 16,
	SWEEP = 32,
	FRESH = DISK | MEMORY,
	START = FRESH | EXISTING,
	ENTER = START | JOIN,
	ALL = ENTER | LIST | SWEEP,
};

#define FIELD(name) offsetof(struct options, name)

/* One row per option: names, help text, modes, and the field for its value. */
static const struct row {
	char letter; /* 0 if there is only the long form */
	const char *name;
	const char *argument; /* "" if there is none */
	const char *help;
	int with;
	value_parser *parse;
	size_t field;
} option_rows[] = {
	{ 'u', "user", "=USER[:GROUP]", "run the command as USER, with supplementary groups", ENTER,
	    value_user, FIELD(user) },
	{ 'g', "group", "=GROUP", "primary group instead of that of USER", ENTER, value_name,
	    FIELD(group) },
	{ 'a', "also", "=DIR", "make DIR private as well; repeatable", START, value_item,
	    FIELD(also) },
	{ 't', "tmpfs", "", "keep the private directories in memory", MEMORY, value_flag,
	    FIELD(tmpfs) },
	{ 0, "noswap", "", "like --tmpfs, and never in swap (Linux 6.4)", MEMORY, value_flag,
	    FIELD(noswap) },
	{ 's', "size", "=SIZE", "limit of each: 64m, 1g, 5%; implies --tmpfs (10%)", MEMORY,
	    value_size, FIELD(size) },
	{ 0, "inodes", "=N", "limit their files; implies --tmpfs (400k)", MEMORY, value_count,
	    FIELD(inodes) },
	{ 0, "exec", "", "let programs in private directories be executed", START, value_flag,
	    FIELD(exec) },
	{ 'm', "mode", "=MODE", "mode of the private directories (0770, or 1777)", FRESH,
	    value_mode, FIELD(mode) },
	{ 'b', "base", "=DIR", "make them in DIR (default: in the one each replaces)", DISK | SWEEP,
	    value_path, FIELD(base) },
	{ 'd', "dir", "=DIR", "bind-mount the existing DIR over /tmp; DIR stays", EXISTING,
	    value_path, FIELD(dir) },
	{ 'e', "expose", "=PATH", "keep PATH in one visible; PATH:ro, -PATH; repeatable", FRESH,
	    value_exposure, FIELD(expose) },
	{ 0, "hide", "=PATH", "cover PATH with something empty; -PATH; repeatable", START,
	    value_optional_item, FIELD(hide) },
	{ 0, "unmount", "=DIR", "unmount what is mounted at DIR, inside; repeatable", START,
	    value_item, FIELD(unmount) },
	{ 'C', "chdir", "=DIR", "working directory, resolved inside, as the user", ENTER,
	    value_path, FIELD(chdir) },
	{ 0, "propagation", "=TYPE", "private, or slave: later mounts of the host arrive", START,
	    value_propagation, FIELD(slave) },
	{ 0, "no-new-privs", "", "setuid programs inside gain no privileges", ENTER, value_flag,
	    FIELD(no_new_privs) },
	{ 'j', "join", "=PID", "enter the instance that PID belongs to", JOIN, value_pid,
	    FIELD(join) },
	{ 'l', "list", "", "list the live instances", LIST, value_flag, FIELD(list) },
	{ 0, "sweep", "", "remove directories that are provably dead", SWEEP, value_flag,
	    FIELD(sweep) },
	{ 'v', "verbose", "", "print each step on standard error", ALL, value_flag,
	    FIELD(verbose) },
	{ 'h', "help", "", "print this and exit", ALL, value_flag, FIELD(help) },
	{ 'V', "version", "", "print the version and exit", ALL, value_flag, FIELD(version) },
};

#define ROWS (sizeof(option_rows) / sizeof(option_rows[0]))

/* getopt_long returns LONG_OPTIONS + i for the long option of row i. */
#define LONG_OPTIONS 256

static const struct row *
find_row(int key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (key == LONG_OPTIONS + (int)i || (key != 0 && option_rows[i].letter == key))
			return &option_rows[i];
	return NULL;
}

/* Describe the table to getopt_long. */
static void
describe_rows(char *letters, struct option *longs)
{
	/* "+": stop at the first operand. ":": report a missing argument. */
	letters = stpcpy(letters, "+:");
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &option_rows[i];
		int has_argument = row->argument[0] != '\0';

		if (row->letter != 0)
			letters += sprintf(letters, "%c%s", row->letter, has_argument ? ":" : "");
		longs[i] = (struct option){ row->name, has_argument, NULL, LONG_OPTIONS + (int)i };
	}
	longs[ROWS] = (struct option){ 0 };
}

/* getopt_long has refused word. key is optopt, 0 for an unknown long one. */
_Noreturn static void
die_of_usage(const char *word, int key)
{
	const struct row *row = find_row(key);

	if (row != NULL && row->argument[0] != '\0')
		diex("option --%s needs an argument, %s", row->name, row->argument + 1);
	if (row != NULL)
		diex("option --%s takes no argument", row->name);
	if (key != 0)
		diex("unknown option -%c; see --help", key);
	diex("unknown or ambiguous option %s; see --help", word);
}

/* Refuse options that exclude each other. */
static void
check_together(const struct options *options, const bool *given)
{
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t j = 0; given[i] && j < i; j++)
			if (given[j] && (option_rows[i].with & option_rows[j].with) == 0)
				diex("--%s: cannot go with --%s", option_rows[j].name,
				    option_rows[i].name);
		if (given[i] && (option_rows[i].with & ENTER) == 0 && options->command[0] != NULL)
			diex("--%s: is an action by itself; leave out '%s'", option_rows[i].name,
			    options->command[0]);
	}
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

	*options = (struct options){ .command = argv, .mode = (mode_t)-1 };
	describe_rows(letters, longs);
	opterr = 0;
	optind = 0; /* also resets what an earlier call left in getopt_long */
	/* Kernels before 5.18 pass on an empty argv, and then argv[1] is the environment. */
	while (argc > 0 && !options->help && !options->version &&
	       (key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct row *row = key == '?' || key == ':' ? NULL : find_row(key);

		if (row == NULL)
			die_of_usage(argv[optind - 1], optopt);
		row->parse(row->name, optarg, (char *)options + row->field);
		given[row - option_rows] = true;
	}
	options->command = argv + optind;
	report_verbose = options->verbose;
	options->tmpfs |= options->noswap || options->size != NULL || options->inodes != NULL;
	if (options->mode == (mode_t)-1)
		options->mode = options->user.name[0] != '\0' ? 0770 : 01777;
	if (options->group[0] == '\0')
		strcpy(options->group, options->user.group);
	if (!options->help && !options->version)
		check_together(options, given);
}

void
options_print(bool version)
{
	if (version) {
		printf("privtmp %s\n", VERSION);
	} else {
		printf("Usage: privtmp [OPTION]... [--] [COMMAND [ARG]...]\n"
		       "       privtmp --join=PID [-u USER] [--] [COMMAND [ARG]...]\n"
		       "       privtmp --list | --sweep\n"
		       "Run COMMAND (default: $SHELL, or /bin/sh) with a /tmp of its own.\n\n");
		for (size_t i = 0; i < ROWS; i++) {
			char letter[] = { '-', option_rows[i].letter, ',', '\0' }, typed[40];

			(void)snprintf(typed, sizeof(typed), "%3s --%s%s",
			    option_rows[i].letter != 0 ? letter : "", option_rows[i].name,
			    option_rows[i].argument);
			printf("  %-24s %s\n", typed, option_rows[i].help);
		}
		printf("\nExit status: that of COMMAND; 125 if privtmp failed, 126 if COMMAND "
		       "cannot be\nexecuted, 127 if it is not found.\n\n"
		       "Example: privtmp -u www-data -- /bin/bash\n"
		       "Manual: privtmp(1)\n");
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		die("standard output");
	exit(EXIT_SUCCESS);
}
