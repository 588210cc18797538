#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "mounts.h"
#include "options.h"
#include "plan.h"
#include "report.h"

/* Find where the command starts. It never stands in a directory that a private one covers. */
static void
plan_start(const struct options *options, struct plan *plan)
{
	struct mount_table *table = &plan->table;
	const struct object *cover;

	plan->chdir = options->chdir;
	if (plan->chdir != NULL) {
		table->start = "/";
		return;
	}
	/* Not by libc, which makes up a path for a directory that has none. */
	if (syscall(SYS_getcwd, plan->here, sizeof(plan->here)) == -1 && errno != ENOENT)
		die("working directory; use --chdir");
	/* It was removed, or is in another mount namespace. Its ".." may lead to the outer /tmp. */
	if (plan->here[0] != '/') {
		table->start = TARGET;
		return;
	}
	cover = path_cover(plan->here, &plan->directories);
	if (cover != NULL)
		table->start = cover->path;
	/* In what is hidden or unmounted, the command starts in what is there instead. */
	for (size_t i = 0; cover == NULL && i < table->count; i++)
		if (path_within(plan->here, table->rows[i].target))
			table->start = table->rows[i].target;
}

static void
plan_command(const struct options *options, struct plan *plan)
{
	static char fallback[] = "/bin/sh";
	char *shell = getenv("SHELL");

	plan->no_new_privs = options->no_new_privs;
	plan->command = options->command;
	if (plan->command[0] != NULL)
		return;
	plan->shell[0] = shell != NULL && *shell != '\0' ? shell : fallback;
	plan->command = plan->shell;
}

void
plan_make(const struct options *options, struct plan *plan)
{
	/* The youngest of the calls that are needed (5.12). */
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) == -1 && errno == ENOSYS)
		diex("Linux 5.12 or later is needed (mount_setattr), and no filter that hides it");
	identity_lookup(options->user.name, options->group, &plan->identity);
	descriptors_seal();
	plan->terminal = plan->identity.change == IDENTITY_OTHER && terminal_exists();
	plan->joining = options->action == ACTION_JOIN;
	if (plan->joining)
		join_find(options->join, &plan->join, &plan->directories);
	else
		plan_mounts(options, plan);
	plan_start(options, plan);
	plan->environment = environment_make(plan);
	plan_command(options, plan);
}
