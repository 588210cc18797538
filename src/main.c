/*
 * privtmp: run a command with a /tmp of its own.
 *
 * Until the exec, an error means: one line, 125, nothing left, nothing run.
 */

#include <stdlib.h>
#include <sys/auxv.h>

#include "path.h"
#include "cell.h"
#include "cleaner.h"
#include "command.h"
#include "descriptors.h"
#include "environment.h"
#include "identity.h"
#include "join.h"
#include "list.h"
#include "namespace.h"
#include "options.h"
#include "plan.h"
#include "report.h"
#include "sweep.h"
#include "terminal.h"

#define EXIT_FAILED 125

static int
enter(struct plan *plan, int watch)
{
	if (plan->joining)
		return join_enter(&plan->join, plan->here, plan->start);
	if (plan->rootless && namespace_enter_user() == -1)
		return -1;
	return namespace_enter(plan->mounts, plan->mount_count, plan->propagation, watch, plan->start);
}

/* The world changes, and the cleaner, where there is something to clean, undoes it. Returns the status of a failed start. */
static int
start(struct plan *plan, const struct cleaner *cleaner)
{
	if (enter(plan, cleaner->watch) == -1)
		return EXIT_FAILED;
	/* Inside, and still root, be it only there. */
	if (plan->drop && (terminal_protect() == -1 || identity_assume(&plan->identity) == -1))
		return EXIT_FAILED;
	if (plan->rootless && identity_renounce() == -1)
		return EXIT_FAILED;
	/* Inside, and the user. */
	if (command_prepare(plan) == -1 || (plan->cell_count > 0 && cleaner_release(cleaner) == -1))
		return EXIT_FAILED;
	return command_exec(plan);
}

static int
run(const struct options *options, char **argv)
{
	static struct plan plan;
	struct cleaner cleaner = { -1, -1 };
	int status;

	if (plan_make(options, &plan) == -1)
		return EXIT_FAILED;
	/* Nothing has happened yet. */
	if (plan.cell_count > 0 && cleaner_start(plan.cells, plan.cell_count, plan.keep, plan.rootless, argv, &cleaner) == -1)
		return EXIT_FAILED;
	for (size_t i = 0; plan.keep && i < plan.cell_count; i++)
		say("keeping %s", plan.cells[i].path);
	status = start(&plan, &cleaner);
	if (plan.cell_count > 0)
		cleaner_abandon(&cleaner);
	return status;
}

int
main(int argc, char **argv)
{
	static struct options options;

	/* Whose environment and descriptors would these be? */
	if (getauxval(AT_SECURE) != 0) {
		say("refuses to run setuid, setgid or with file capabilities");
		return EXIT_FAILED;
	}
	if (options_parse(argc, argv, &options) == -1)
		return EXIT_FAILED;
	report_steps(options.verbose);
	if (options.action < ACTION_HELP && descriptors_settle(options.preserve_fds) == -1)
		return EXIT_FAILED;
	switch (options.action) {
	case ACTION_RUN:
	case ACTION_JOIN:
		return run(&options, argv);
	case ACTION_LIST:
		return list(&options) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	case ACTION_SWEEP:
		return sweep(&options) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	default:
		return options_print(options.action) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	}
}
