/*
 * privtmp: run a command with a /tmp of its own.
 *
 * Until the exec, an error means: one line, 125, nothing left, nothing run.
 */

#include <stdlib.h>
#include <sys/auxv.h>

#include "cell.h"
#include "cleaner.h"
#include "command.h"
#include "descriptors.h"
#include "identity.h"
#include "namespace.h"
#include "options.h"
#include "plan.h"
#include "report.h"

#define EXIT_FAILED 125

/* From here on the world changes, and the cleaner knows how to undo it. Returns the exit status of a failed start. */
static int
start(struct plan *plan, const struct cleaner *cleaner)
{
	if (namespace_enter(plan->cells, plan->cell_count, cleaner->watch, plan->start) == -1)
		return EXIT_FAILED;
	/* Inside, and still root. */
	if (plan->drop && identity_assume(&plan->identity) == -1)
		return EXIT_FAILED;
	/* Inside, and the user. */
	if (command_prepare(plan) == -1 || cleaner_release(cleaner) == -1)
		return EXIT_FAILED;
	return command_exec(plan);
}

int
main(int argc, char **argv)
{
	static struct plan plan;
	struct options options;
	struct cleaner cleaner;
	int status;

	/* Whose environment and descriptors would these be? */
	if (getauxval(AT_SECURE) != 0) {
		say("refuses to run setuid, setgid or with file capabilities");
		return EXIT_FAILED;
	}
	if (options_parse(argc, argv, &options) == -1)
		return EXIT_FAILED;
	if (options.action != ACTION_RUN)
		return options_print(options.action) == -1 ? EXIT_FAILED : EXIT_SUCCESS;
	report_steps(options.verbose);

	if (descriptors_settle() == -1 || plan_make(&options, &plan) == -1)
		return EXIT_FAILED;
	/* Nothing has happened yet. */
	if (cleaner_start(plan.cells, plan.cell_count, plan.keep, argv, &cleaner) == -1)
		return EXIT_FAILED;
	if (plan.keep)
		say("keeping %s/%s/%s", plan.cells[0].base, plan.cells[0].name, CELL_ROOM);
	status = start(&plan, &cleaner);
	cleaner_abandon(&cleaner);
	return status;
}
