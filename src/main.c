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
#include "environment.h"
#include "identity.h"
#include "join.h"
#include "launch.h"
#include "list.h"
#include "mount.h"
#include "namespace.h"
#include "options.h"
#include "report.h"
#include "sweep.h"
#include "table.h"
#include "terminal.h"
#include "workdir.h"

_Noreturn static void
run(const struct options *options, char **argv)
{
	static struct cleaner cleaner;
	static struct identity identity;
	static struct workdir workdir;
	static struct mount_table table;
	static struct join join;
	bool joining = options->action == ACTION_JOIN, terminal;
	char **command = command_or_shell(options->command);

	/* Outside. The cleaner comes first: name services leave descriptors and threads. */
	if (!joining) {
		table_automount(options);
		launch_cleaner(options, &cleaner, argv);
	}
	identity_lookup(options->user.name, options->group, &identity);
	descriptors_set_cloexec();
	terminal = identity.other && terminal_exists();
	workdir_find(options->chdir, &workdir);
	if (joining) {
		join_find(options->join, &join, &table.private);
		environment_set(&identity, &table.private, &table.exposed);
		join_enter(&join);
	} else {
		namespace_unshare(options->slave);
		table_make(options, &identity, &cleaner, &table);
		/* This resolves symbolic links: do it before anything is mounted. */
		environment_set(&identity, &table.private, &table.exposed);
		launch_record(&cleaner, table.sentinel, table.sentinel_inodes);
		table_mount(&table, cleaner.watch);
	}
	/* Inside, still privileged. */
	workdir_enter(&workdir, joining, &table.private, &table.covered);
	launch_commit(&cleaner);
	if (terminal)
		terminal_protect();
	identity_assume(&identity);
	/* As the user. */
	command_prepare(options->no_new_privs, options->chdir, &table.private);
	command_exec(command, &table.private);
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
	if (options.action == ACTION_LIST)
		list_print();
	else if (options.action == ACTION_SWEEP)
		return sweep_run(options.base) ? EXIT_SUCCESS : EXIT_PRIVTMP;
	else
		run(&options, argv);
	return EXIT_SUCCESS;
}
