#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell.h"
#include "command.h"
#include "identity.h"
#include "plan.h"
#include "report.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

int
command_prepare(const struct plan *plan)
{
	for (size_t i = 0; i < plan->variable_count; i++) {
		const struct variable *variable = &plan->environment[i];

		if (setenv(variable->name, variable->value, 1) == -1) {
			say_errno("%s", variable->name);
			return -1;
		}
		tell("set %s=%s", variable->name, variable->value);
	}
	if (plan->chdir != NULL && chdir(plan->chdir) == -1) {
		say_errno("--chdir: %s inside", plan->chdir);
		return -1;
	}
	return 0;
}

/* What is known of the reason, beyond errno. */
static const char *
hint(const struct plan *plan)
{
	const char *name = plan->command[0];

	for (size_t i = 0; i < plan->cell_count; i++) {
		const char *target = plan->cells[i].target;

		if (strncmp(name, target, strlen(target)) == 0 && name[strlen(target)] == '/')
			return errno == EACCES ? " (private directories are noexec)"
					       : " (the directory is private, and empty at the start)";
	}
	return errno == EAGAIN ? " (the user's limit of processes, RLIMIT_NPROC?)" : "";
}

int
command_exec(const struct plan *plan)
{
	tell("executing %s", plan->command[0]);
	execvp(plan->command[0], plan->command);
	say_errno("%s%s", plan->command[0], hint(plan));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
