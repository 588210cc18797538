/*
 * privtmp: run a command with a /tmp of its own.
 *
 * On an error before the exec, the function that detects it dies: one line on standard error, exit
 * status 125. exit() waits until the cleaner has removed the cells.
 */

#include <stdlib.h>
#include <sys/auxv.h>

#include "cleaner.h"
#include "command.h"
#include "descriptors.h"
#include "identity.h"
#include "launch.h"
#include "list.h"
#include "namespace.h"
#include "options.h"
#include "plan.h"
#include "report.h"
#include "sweep.h"
#include "terminal.h"

_Noreturn static void
run(const struct options *options, char **argv)
{
	static struct plan plan;

	/* The plan changes nothing. */
	plan_make(options, &plan);
	launch_cleaner(&plan.cleaner, argv);
	if (plan.joining) {
		join_enter(&plan.join, plan.here, plan.table.start);
	} else {
		namespace_unshare(&plan.table);
		launch_record(&plan.cleaner, plan.table.sentinel, plan.table.sentinel_inodes);
		namespace_mount(&plan.table, plan.cleaner.watch);
	}
	/* Inside the namespace, still privileged. */
	launch_commit(&plan.cleaner);
	if (plan.terminal)
		terminal_protect();
	identity_assume(&plan.identity);
	/* Inside, as the user. */
	command_prepare(plan.no_new_privs, plan.chdir, &plan.directories);
	command_exec(plan.command, &plan.directories);
}

int
main(int argc, char **argv)
{
	static struct options options;

	/* Do not trust the environment of another user. */
	if (getauxval(AT_SECURE) != 0)
		diex("refuses to run setuid, setgid or with file capabilities");
	options_parse(argc, argv, &options);
	report_verbose = options.verbose;
	if (options.action == ACTION_HELP || options.action == ACTION_VERSION)
		options_print(options.action);
	descriptors_check(options.user.name[0] != '\0');
	switch (options.action) {
	case ACTION_LIST:
		list_print();
		return EXIT_SUCCESS;
	case ACTION_SWEEP:
		return sweep_run(options.base) ? EXIT_SUCCESS : EXIT_PRIVTMP;
	default:
		run(&options, argv);
	}
}
