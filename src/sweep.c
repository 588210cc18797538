#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cell.h"
#include "cells.h"
#include "instances.h"
#include "path.h"
#include "report.h"
#include "sweep.h"

struct search {
	const char *name;
	bool found;
};

/* Names of cells are random enough to tell them apart; where two bases share one, both count as in use. */
static int
see(const struct sighting *sighting, void *context)
{
	struct search *search = context;
	char name[sizeof(CELL_TEMPLATE)];

	if (cell_is_room(sighting->root, name) && strcmp(name, search->name) == 0)
		search->found = true;
	return 0;
}

/* Returns NULL for a cell that is nobody's any more, or in words why it may not be. */
static const char *
why_alive(const char *name)
{
	struct search search = { .name = name };
	bool complete;

	if (instances_look(see, &search, &complete) == -1)
		return "what is mounted cannot be told";
	if (search.found)
		return "it is in use, though no cleaner waits for it";
	return complete ? NULL : "whether it is in use cannot be told: not all mount namespaces can be seen";
}

static int
sweep_one(struct cell *cell, const char *name, void *context)
{
	const char *why = cell_seize(cell, name, true);
	char shown[4 * NAME_MAX + 1];

	(void)context;
	/* Only now that nobody else can seize it: an answer from before would be out of date. */
	if (why == NULL)
		why = why_alive(name);
	/* Another sweep, or the cleaner, was faster. */
	if (why != NULL && faccessat(cell->base_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		return 0;
	if (why != NULL) {
		/* Anybody may have made it. */
		(void)report_escape(shown, sizeof(shown), name);
		printf("left %s/%s: %s\n", cell->base, shown, why);
		return 0;
	}
	if (cell_remove(cell) == -1) {
		say_errno("%s/%s: cannot be removed", cell->base, name);
		return -1;
	}
	printf("removed %s/%s\n", cell->base, name);
	return 0;
}

int
sweep(const struct options *options)
{
	int result = cells_visit(options, sweep_one, NULL);

	if (fflush(stdout) != 0) {
		say_errno("standard output");
		return -1;
	}
	return result;
}
