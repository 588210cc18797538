/*
 * privtmp: run a command with a /tmp of its own.
 *
 * Until the exec, an error means: one line, 125, nothing left, nothing run.
 */

#include <stdlib.h>
#include <sys/auxv.h>

#include "cleaner.h"
#include "command.h"
#include "descriptors.h"
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

/* The world changes, and the cleaner, where there is something to clean, undoes it. Returns the status of a failed start. */
static int
start(struct plan *plan, const struct cleaner *cleaner)
{
	if (plan->joining ? join_enter(&plan->join) == -1 : namespace_enter(&plan->namespace, cleaner->watch) == -1)
		return EXIT_FAILED;
	/* Inside, and still root, be it only there. */
	if (terminal_protect(&plan->identity) == -1 || identity_assume(&plan->identity) == -1)
		return EXIT_FAILED;
	/* Inside, and the user. */
	if (command_prepare(plan) == -1 || cleaner_release(cleaner, &plan->charge) == -1)
		return EXIT_FAILED;
	return command_exec(plan);
}

static int
run(const struct options *options)
{
	static struct plan plan;
	struct cleaner cleaner;
	int status;

	report_steps(options->verbose);
	/* Nothing has happened yet. */
	if (plan_make(options, &plan) == -1 || cleaner_start(&plan.charge, &cleaner) == -1)
		return EXIT_FAILED;
	status = start(&plan, &cleaner);
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
	if (options.action == ACTION_HELP || options.action == ACTION_VERSION)
		return options_print(options.action) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	if (descriptors_settle(options.preserve_fds) == -1)
		return EXIT_FAILED;
	if (options.action == ACTION_LIST)
		return list(&options) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	if (options.action == ACTION_SWEEP)
		return sweep(&options) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	return run(&options);
}
