#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "options.h"
#include "report.h"

/* Options without a short form. */
enum {
	OPTION_INODES = 256,
	OPTION_EXEC,
	OPTION_HIDE,
	OPTION_UNMOUNT,
	OPTION_PROPAGATION,
	OPTION_NO_NEW_PRIVS,
	OPTION_PRESERVE_FDS,
	OPTION_SWEEP,
};

/* What an option can go with: bits by action. What says how an instance is to be made cannot go with one that is there. */
#define START (1U << ACTION_RUN)
#define ENTRY (START | 1U << ACTION_JOIN)
#define SWEEP (1U << ACTION_SWEEP)
#define ALL (ENTRY | SWEEP | 1U << ACTION_LIST)

/* One row an option: how it is typed, and what --help says of it. The manual page lists the same. */
static const struct row {
	int key; /* what getopt_long returns: the short option, where there is one */
	const char *name;
	const char *argument;
	const char *help;
	unsigned int with; /* what it can go with */
} rows[] = {
	{ 'u', "user", "USER[:GROUP]", "run the command as USER, with its supplementary groups", ENTRY },
	{ 'g', "group", "GROUP", "primary group instead of that of USER", ENTRY },
	{ 'a', "also", "DIR", "make DIR private as well; repeatable", START },
	{ 't', "tmpfs", NULL, "keep the private directories in memory", START },
	{ 's', "size", "SIZE", "limit each of them: 64m, 1g, 5%; implies --tmpfs (10%)", START },
	{ OPTION_INODES, "inodes", "N", "limit their files; implies --tmpfs (400k)", START },
	{ OPTION_EXEC, "exec", NULL, "let programs in private directories be executed", START },
	{ 'm', "mode", "MODE", "mode of the private directories (0770, or 1777)", START },
	{ 'b', "base", "DIR", "make them in DIR (default: each in the one it replaces)", START | SWEEP | 1U << ACTION_LIST },
	{ 'e', "expose", "PATH", "keep PATH below one visible; PATH:ro, -PATH; repeatable", START },
	{ OPTION_HIDE, "hide", "DIR", "cover DIR with an empty directory; repeatable", START },
	{ OPTION_UNMOUNT, "unmount", "DIR", "unmount what is mounted at DIR, inside; repeatable", START },
	{ 'C', "chdir", "DIR", "working directory, resolved inside, as the user", ENTRY },
	{ OPTION_PROPAGATION, "propagation", "TYPE", "private, or slave: later mounts of the host arrive", START },
	{ OPTION_NO_NEW_PRIVS, "no-new-privs", NULL, "no setuid program inside gains anything", ENTRY },
	{ OPTION_PRESERVE_FDS, "preserve-fds", NULL, "leave inherited descriptors open", ENTRY },
	{ 'k', "keep", NULL, "leave the directories behind, and say where they are", START },
	{ 'j', "join", "PID", "enter the instance that PID belongs to", 1U << ACTION_JOIN },
	{ 'l', "list", NULL, "list the live instances, and the stale directories", 1U << ACTION_LIST },
	{ OPTION_SWEEP, "sweep", NULL, "remove directories that are provably dead", SWEEP },
	{ 'v', "verbose", NULL, "say every step on standard error", ALL },
	{ 'h', "help", NULL, "print this and exit", ALL },
	{ 'V', "version", NULL, "print the version and exit", ALL },
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
	options->user_group[0] = '\0';
	if (text[length] == '\0')
		return 0;
	if (text[length + 1] == '\0') {
		say("--%s: empty group in '%s'", row->name, text);
		return -1;
	}
	return take_name(options->user_group, text + length + 1, strlen(text + length + 1), row);
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

/* A path of that length, not necessarily terminated there. */
static int
check_path(const char *text, size_t length, const struct row *row)
{
	char path[PATH_MAX];

	if (length < sizeof(path)) {
		memcpy(path, text, length);
		path[length] = '\0';
		if (path[0] == '/' && !climbs(path))
			return 0;
	}
	say("--%s: '%.*s' is not an absolute path without '..'", row->name, (int)length, text);
	return -1;
}

static int
take_path(const char **path, const char *text, const struct row *row)
{
	*path = text;
	return check_path(text, strlen(text), row);
}

static int
take_item(struct list *list, const char *text, const struct row *row)
{
	if (list->count == LIST_MAX) {
		say("--%s: '%s': no more than %d of these", row->name, text, LIST_MAX);
		return -1;
	}
	return take_path(&list->items[list->count++], text, row);
}

static int
take_exposure(struct options *options, const char *text, const struct row *row)
{
	struct exposure *exposure = &options->expose[options->expose_count];

	if (options->expose_count++ == LIST_MAX) {
		say("--%s: '%s': no more than %d of these", row->name, text, LIST_MAX);
		return -1;
	}
	exposure->optional = text[0] == '-';
	exposure->path = text + exposure->optional;
	exposure->length = strlen(exposure->path);
	if (exposure->length >= 3 && strcmp(exposure->path + exposure->length - 3, ":ro") == 0) {
		exposure->read_only = true;
		exposure->length -= 3;
	}
	return check_path(exposure->path, exposure->length, row);
}

/* Say what was expected, unless the parser of the argument was content. */
static int
expect(int parsed, const char *what, const char *text, const struct row *row)
{
	if (parsed == -1)
		say("--%s: '%s' is not %s", row->name, text, what);
	return parsed;
}

static int
take_size(struct options *options, const char *text, const struct row *row)
{
	options->tmpfs = true;
	options->percent = number_percent(text, &options->size) == 0;
	return options->percent ? 0
				: expect(number_size(text, &options->size),
				      "a size: digits with an optional k, m or g, or 1% to 100%", text, row);
}

static int
take_propagation(struct options *options, const char *text, const struct row *row)
{
	options->slave = strcmp(text, "slave") == 0;
	return expect(options->slave || strcmp(text, "private") == 0 ? 0 : -1, "private or slave", text, row);
}

static int
take(struct options *options, const struct row *row, const char *argument)
{
	switch (row->key) {
	case 'u':
		return take_user(options, argument, row);
	case 'g':
		return take_name(options->group, argument, strlen(argument), row);
	case 'a':
		return take_item(&options->also, argument, row);
	case 't':
		options->tmpfs = true;
		return 0;
	case 's':
		return take_size(options, argument, row);
	case OPTION_INODES:
		options->tmpfs = true;
		return expect(number_size(argument, &options->inodes), "a number of at least 1: digits with an optional k, m or g",
		    argument, row);
	case OPTION_EXEC:
		options->exec = true;
		return 0;
	case 'm':
		options->mode_given = true;
		return expect(number_mode(argument, &options->mode), "an octal mode up to 7777", argument, row);
	case 'b':
		return take_path(&options->base, argument, row);
	case 'e':
		return take_exposure(options, argument, row);
	case OPTION_HIDE:
		return take_item(&options->hide, argument, row);
	case OPTION_UNMOUNT:
		return take_item(&options->unmount, argument, row);
	case 'C':
		return take_path(&options->chdir, argument, row);
	case OPTION_PROPAGATION:
		return take_propagation(options, argument, row);
	case OPTION_NO_NEW_PRIVS:
		options->no_new_privs = true;
		return 0;
	case OPTION_PRESERVE_FDS:
		options->preserve_fds = true;
		return 0;
	case 'k':
		options->keep = true;
		return 0;
	case 'j':
		options->action = ACTION_JOIN;
		return expect(number_pid(argument, &options->join), "the number of a process", argument, row);
	case 'l':
		options->action = ACTION_LIST;
		return 0;
	case OPTION_SWEEP:
		options->action = ACTION_SWEEP;
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

/* What is wrong with options that are right each by itself. */
static int
check_together(const struct options *options, const bool *given)
{
	static const char *const actions[] = { [ACTION_JOIN] = "join", [ACTION_LIST] = "list", [ACTION_SWEEP] = "sweep" };

	for (size_t i = 0; i < ROWS; i++) {
		if (given[i] && (rows[i].with & 1U << options->action) == 0) {
			say("--%s: cannot go with --%s", rows[i].name, actions[options->action]);
			return -1;
		}
	}
	if (options->action == ACTION_LIST || options->action == ACTION_SWEEP) {
		if (options->command[0] == NULL)
			return 0;
		say("'%s': neither --list nor --sweep takes a command", options->command[0]);
		return -1;
	}
	if (options->group[0] != '\0' && options->user[0] == '\0') {
		say("--group: '%s' needs a --user to go with", options->group);
		return -1;
	}
	if (options->tmpfs && (options->base != NULL || options->keep)) {
		say("--tmpfs: cannot go with --%s, which is about directories on disk",
		    options->base != NULL ? "base" : "keep");
		return -1;
	}
	return 0;
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
	bool given[ROWS] = { false };
	int key;

	*options = (struct options){ .command = argv };
	/* Kernels before 5.18 pass on an empty argv, and then argv[1] is the environment. */
	if (argc < 1)
		return 0;
	translate(letters, longs);
	opterr = 0;
	optind = 0; /* also resets what an earlier call left in getopt_long */
	while (options->action < ACTION_HELP && (key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct row *row = row_of(key);

		if (row == NULL) {
			refuse(argv[optind - 1], optopt);
			return -1;
		}
		if (take(options, row, optarg) == -1)
			return -1;
		given[row - rows] = true;
	}
	options->command = argv + optind;
	if (options->group[0] == '\0')
		memcpy(options->group, options->user_group, sizeof(options->group));
	return options->action < ACTION_HELP ? check_together(options, given) : 0;
}

int
options_print(enum action what)
{
	if (what == ACTION_VERSION) {
		printf("privtmp %s\n", VERSION);
	} else {
		printf("Usage: privtmp [OPTION]... [--] [COMMAND [ARG]...]\n"
		       "       privtmp --join=PID [-u USER] [--] [COMMAND [ARG]...]\n"
		       "       privtmp --list | --sweep\n"
		       "Run COMMAND (default: $SHELL, or /bin/sh) with a /tmp of its own.\n\n");
		for (size_t i = 0; i < ROWS; i++) {
			char letter[] = "-?,", typed[40];

			letter[1] = (char)rows[i].key;
			(void)snprintf(typed, sizeof(typed), "%3s --%s%s%s", rows[i].key < OPTION_INODES ? letter : "",
			    rows[i].name, rows[i].argument != NULL ? "=" : "",
			    rows[i].argument != NULL ? rows[i].argument : "");
			printf("  %-24s %s\n", typed, rows[i].help);
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
