#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "identity.h"
#include "options.h"
#include "plan.h"
#include "report.h"

#define TARGET "/tmp"

/* Variables that name a directory for temporary files. */
static const char *const temporary[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR" };

/* Write path without "//", "." and ".." to clean, which has PATH_MAX bytes. Looks at the text alone. */
static void
tidy(const char *path, char *clean)
{
	size_t length = 0;

	clean[0] = '\0';
	while (*path != '\0') {
		size_t part = strcspn(path, "/");

		if (part == 2 && memcmp(path, "..", 2) == 0) {
			while (length > 0 && clean[--length] != '/')
				;
		} else if (part != 0 && !(part == 1 && *path == '.') && length + part + 2 < PATH_MAX) {
			clean[length++] = '/';
			memcpy(clean + length, path, part);
			length += part;
		}
		clean[length] = '\0';
		path += part;
		path += strspn(path, "/");
	}
	if (length == 0)
		memcpy(clean, "/", 2);
}

/* The private directory that path, which is tidy, is at or below; or NULL. */
static const char *
cover_of(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		size_t length = strlen(plan->cells[i].target);

		if (strncmp(path, plan->cells[i].target, length) == 0 && (path[length] == '\0' || path[length] == '/'))
			return plan->cells[i].target;
	}
	return NULL;
}

static int
plan_directory(const struct options *options, struct plan *plan)
{
	struct cell *cell = &plan->cells[plan->cell_count++];
	struct stat st;

	if (lstat(TARGET, &st) == -1) {
		say_errno(TARGET);
		return -1;
	}
	if (S_ISLNK(st.st_mode)) {
		say(TARGET ": is a symbolic link; mounting there would cover what it points to");
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		say(TARGET ": is no directory");
		return -1;
	}
	/* A trailing slash would make open follow a symbolic link. */
	tidy(options->base != NULL ? options->base : TARGET, plan->base);
	*cell = (struct cell){
		.target = TARGET,
		.base = plan->base,
		.gid = plan->drop ? plan->identity.gid : 0,
		.mode = plan->drop ? 0770 : 01777,
		.fd = -1,
	};
	return cell_open_base(cell);
}

static int
plan_start(const struct options *options, struct plan *plan)
{
	char here[PATH_MAX];

	plan->chdir = options->chdir;
	if (getcwd(here, sizeof(here)) != NULL) {
		plan->start = cover_of(plan, here);
		return 0;
	}
	if (errno != ENOENT) {
		say_errno("working directory");
		return -1;
	}
	/* Removed, or out of reach. It may well have been below /tmp, and its ".." still leads there. */
	plan->start = TARGET;
	return 0;
}

static void
plan_variable(struct plan *plan, const char *name, const char *value)
{
	plan->environment[plan->variable_count++] = (struct variable){ name, value };
}

static void
plan_environment(struct plan *plan)
{
	if (plan->drop) {
		plan_variable(plan, "HOME", plan->identity.home);
		plan_variable(plan, "USER", plan->identity.name);
		plan_variable(plan, "LOGNAME", plan->identity.name);
		plan_variable(plan, "SHELL", plan->identity.shell);
	}
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++) {
		const char *value = getenv(temporary[i]), *cover;
		char path[PATH_MAX];

		if (value == NULL || value[0] != '/')
			continue;
		/* What it says counts as well as where it leads: neither is there inside. */
		tidy(value, path);
		cover = cover_of(plan, path);
		if (cover == NULL && realpath(value, path) != NULL)
			cover = cover_of(plan, path);
		if (cover != NULL)
			plan_variable(plan, temporary[i], cover);
	}
}

static void
plan_command(const struct options *options, struct plan *plan)
{
	char *shell = getenv("SHELL");
	static char fallback[] = "/bin/sh";

	plan->command = options->command;
	if (plan->command[0] != NULL)
		return;
	plan->shell[0] = shell != NULL && *shell != '\0' ? shell : fallback;
	plan->command = plan->shell;
}

int
plan_make(const struct options *options, struct plan *plan)
{
	*plan = (struct plan){ .drop = options->user[0] != '\0', .keep = options->keep };
	if (identity_check(plan->drop) == -1)
		return -1;
	if (getpid() == 1 && !plan->keep) {
		say("process 1 of a pid namespace: the cleaner would end with it; start privtmp below an init, or use --keep");
		return -1;
	}
	if (plan->drop && identity_lookup(options->user, options->group, &plan->identity) == -1)
		return -1;
	if (plan_directory(options, plan) == -1 || plan_start(options, plan) == -1)
		return -1;
	plan_environment(plan);
	plan_command(options, plan);
	return 0;
}
