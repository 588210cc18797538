#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "plan.h"
#include "report.h"

/* Variables that name a directory for temporary files. */
static const char *const temporary[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR" };

#define TEMPORARY (sizeof(temporary) / sizeof(temporary[0]))
#define CHANGES_MAX (TEMPORARY + 4)

/* Resolve the part of the normalized path that exists, and cut the path there. */
static bool
resolve(char *path, char *resolved)
{
	while (realpath(path, resolved) == NULL) {
		char *slash = strrchr(path, '/');

		if (slash == NULL || slash == path)
			return false;
		*slash = '\0';
	}
	return true;
}

/* Return the private directory that the variable's path leads into, or NULL. */
static const struct object *
leads_to(const char *name, const struct objects *directories)
{
	char path[PATH_MAX], resolved[PATH_MAX];
	const struct object *cover = NULL;
	size_t length = strlen(name);

	/* environ may contain a variable twice. */
	for (char **entry = environ; *entry != NULL && cover == NULL; entry++) {
		const char *value = *entry + length + 1;

		if (strncmp(*entry, name, length) != 0 || (*entry)[length] != '=' ||
		    value[0] != '/')
			continue;
		/* Of a path that is too long, the first part will do. */
		(void)path_normalize(value, path);
		/* Check the path as it is, then with symbolic links resolved. */
		cover = path_cover(path, directories);
		if (cover == NULL && resolve(path, resolved))
			cover = path_cover(resolved, directories);
	}
	return cover;
}

/* Print the paths in a value, such as "unix:path=/tmp/x,guid=1", that are missing inside. */
static void
print_lost(const char *entry, const struct plan *plan)
{
	char text[PATH_MAX], path[PATH_MAX];
	const struct object *cover;
	size_t length;

	for (const char *start = strchr(entry, '='); start != NULL;
	     start = strpbrk(start + 1, "=:,; ")) {
		if (start[1] != '/' || (length = strcspn(start + 1, ":,; ")) >= sizeof(text))
			continue;
		memcpy(text, start + 1, length);
		text[length] = '\0';
		if (path_normalize(text, path) &&
		    (cover = path_cover(path, &plan->directories)) != NULL &&
		    strcmp(path, cover->path) != 0 && path_cover(path, &plan->exposed) == NULL)
			verbose("%.*s names %s, which is not there inside; --expose would keep it",
			    (int)strcspn(entry, "="), entry, path);
	}
}

static char *
make_entry(const char *name, const char *value)
{
	char *entry;

	if (asprintf(&entry, "%s=%s", name, value) == -1)
		die("environment");
	return entry;
}

static bool
is_changed(const char *entry, char **changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(entry, changes[i], strcspn(changes[i], "=") + 1) == 0)
			return true;
	return false;
}

char **
environment_make(const struct plan *plan)
{
	const struct identity *identity = &plan->identity;
	char *changes[CHANGES_MAX], **made;
	size_t changed = 0, kept = 0, size = 0;

	if (identity->change == IDENTITY_OTHER) {
		changes[changed++] = make_entry("HOME", identity->home);
		changes[changed++] = make_entry("USER", identity->name);
		changes[changed++] = make_entry("LOGNAME", identity->name);
		changes[changed++] = make_entry("SHELL", identity->shell);
	}
	for (size_t i = 0; i < TEMPORARY; i++) {
		const struct object *cover = leads_to(temporary[i], &plan->directories);

		if (cover != NULL)
			changes[changed++] = make_entry(temporary[i], cover->path);
	}
	while (environ[size] != NULL)
		size++;
	made = calloc(size + changed + 1, sizeof(*made));
	if (made == NULL)
		die("environment");
	for (size_t i = 0; i < size; i++) {
		if (is_changed(environ[i], changes, changed))
			continue;
		made[kept++] = environ[i];
		print_lost(environ[i], plan);
	}
	for (size_t i = 0; i < changed; i++) {
		made[kept++] = changes[i];
		verbose("set %s", changes[i]);
	}
	return made;
}
