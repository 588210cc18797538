/* privtmp: run a command with a /tmp of its own. Who detects an error dies: a line, status 125. */

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

_Noreturn static void
run(const struct options *options, char **argv)
{
	static struct identity identity;
	static struct mount_table table;
	bool joining = options->join != 0;
	char **command = command_or_shell(options->command);
	const struct cleaner *cleaner;
	int control;

	/* Outside. The cleaner comes before names: name services leave descriptors and threads. */
	namespace_check();
	identity_check(options->user.name, &identity);
	cleaner = launch_cleaner(options, argv);
	identity_lookup(options->user.name, options->group, &identity);
	if (identity.other)
		terminal_find();
	command_find_directory(options->chdir);
	if (joining) {
		join_find(options->join, &table.private);
		environment_set(&identity, &table.private, &table.exposed);
		join_enter();
	} else {
		table_look_outside(options, &table);
		namespace_unshare(options->slave);
		table_make(options, &identity, cleaner, &table);
		environment_set(&identity, &table.private, &table.exposed);
		table_mount(&table, cleaner);
	}
	/* Inside, still privileged. */
	command_enter_directory(joining, &table.private, &table.covered);
	control = launch_commit(table.sentinel, table.sentinel_inodes);
	descriptors_close_ours(control);
	terminal_protect();
	identity_assume(&identity);
	/* As the user. */
	command_prepare(options->no_new_privs, &table.private);
	command_exec(command, &table.private);
}

int
main(int argc, char **argv)
{
	static struct options options;

	identity_refuse_setuid();
	options_parse(argc, argv, &options);
	if (options.help || options.version)
		options_print(options.version);
	descriptors_check(options.user.name[0] != '\0');
	if (options.sweep)
		return sweep_run(options.base) ? EXIT_SUCCESS : EXIT_PRIVTMP;
	if (!options.list)
		run(&options, argv);
	list_print();
	return EXIT_SUCCESS;
}
