#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "cells.h"
#include "options.h"
#include "path.h"
#include "report.h"

/* Where they are made without --base. What of these is missing, or nothing where one can be made, is passed over. */
static const char *const usual[] = { "/tmp", "/var/tmp", "/dev/shm" };

static int
visit_base(const char *path, cells_visitor visit, void *context)
{
	char base[PATH_MAX];
	struct cell cell = { .base = base };
	const struct dirent *entry;
	int result = 0;
	DIR *dir;

	path_tidy(path, base);
	if (cell_open_base(&cell) == -1)
		return -1;
	dir = fdopendir(cell.base_fd);
	if (dir == NULL) {
		say_errno("%s", base);
		(void)close(cell.base_fd);
		return -1;
	}
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, CELL_TEMPLATE, sizeof(CELL_TEMPLATE) - sizeof("XXXXXX")) != 0)
			continue;
		cell.fd = -1;
		if (visit(&cell, entry->d_name, context) == -1)
			result = -1;
		if (cell.fd != -1)
			(void)close(cell.fd);
	}
	if (errno != 0) {
		say_errno("%s", base);
		result = -1;
	}
	(void)closedir(dir);
	return result;
}

static bool
is_base(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && cell_base_flaw(&st) == NULL;
}

int
cells_visit(const struct options *options, cells_visitor visit, void *context)
{
	int result = 0;

	if (options->base != NULL)
		return visit_base(options->base, visit, context);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (is_base(usual[i]) && visit_base(usual[i], visit, context) == -1)
			result = -1;
	return result;
}
