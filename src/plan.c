#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "environment.h"
#include "options.h"
#include "plan.h"
#include "report.h"
#include "terminal.h"

/* Choose the working directory of the command: never one that a private directory covers. */
static void
plan_start(const struct options *options, struct plan *plan)
{
	struct mount_table *table = &plan->table;
	const struct located *cover;

	plan->chdir = options->chdir;
	if (plan->chdir != NULL) {
		table->start = "/";
		return;
	}
	/* By syscall: libc invents a path for an unreachable directory. */
	if (syscall(SYS_getcwd, plan->here, sizeof(plan->here)) == -1 && errno != ENOENT)
		die("working directory; use --chdir");
	/* It is removed or unreachable. Its ".." may lead to the /tmp outside. */
	if (plan->here[0] != '/') {
		table->start = TARGET;
		return;
	}
	cover = path_enclosing(plan->here, &plan->directories);
	if (cover != NULL)
		table->start = cover->path;
	/* In a hidden or unmounted directory, start at the target of its row. */
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
	/* The newest system call that we need (5.12). */
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) == -1 && errno == ENOSYS)
		diex("Linux 5.12 or later is needed (mount_setattr), and no filter that hides it");
	identity_lookup(options->user.name, options->group, &plan->identity);
	descriptors_set_cloexec();
	plan->terminal = plan->identity.other && terminal_exists();
	plan->joining = options->action == ACTION_JOIN;
	if (plan->joining)
		join_find(options->join, &plan->join, &plan->directories);
	else
		plan_mounts(options, plan);
	plan_start(options, plan);
	/* plan_command() looks at the SHELL of the caller. */
	plan_command(options, plan);
	environment_set(&plan->identity, &plan->directories, &plan->exposed);
}
