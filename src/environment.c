#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "environment.h"
#include "identity.h"
#include "path.h"
#include "report.h"

/* Variables that name a directory for temporary files. */
static const char *const temporary[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR" };

#define TEMPORARY (sizeof(temporary) / sizeof(temporary[0]))
#define CHANGES_MAX (TEMPORARY + 4)

struct change {
	const char *name;
	const char *value;
};

/* The value of an entry of the environment if it has that name, or NULL. */
static const char *
value_of(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '=' ? entry + length + 1
									 : NULL;
}

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

/* The private directory that the value names, or names something below, or NULL. */
static const struct object *
leads_to(const char *value, const struct object *directories, size_t count)
{
	char path[PATH_MAX], resolved[PATH_MAX];
	const struct object *cover;

	if (value[0] != '/' || !path_normalize(value, path))
		return NULL;
	/* Both the name and the place that it leads to: neither is there inside. */
	cover = path_cover(path, directories, count);
	if (cover == NULL && resolve(path, resolved))
		cover = path_cover(resolved, directories, count);
	return cover;
}

/* The changes for variables that name a directory for temporary files. */
static size_t
add_temporary(struct change *changes, const struct object *directories, size_t count)
{
	size_t added = 0;

	for (size_t i = 0; i < TEMPORARY; i++) {
		const struct object *cover = NULL;

		/* A variable may be there more than once. */
		for (char **entry = environ; *entry != NULL && cover == NULL; entry++) {
			const char *value = value_of(*entry, temporary[i]);

			if (value != NULL)
				cover = leads_to(value, directories, count);
		}
		if (cover != NULL)
			changes[added++] = (struct change){ temporary[i], cover->path };
	}
	return added;
}

static bool
is_changed(const char *entry, const struct change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (value_of(entry, changes[i].name) != NULL)
			return true;
	return false;
}

/* Print which paths in the value of an entry, such as "unix:path=/tmp/x,guid=1", are lost. */
static void
print_lost(const char *entry, const struct object *directories, size_t count,
    const struct object *exposed, size_t exposed_count)
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
		if (!path_normalize(text, path) ||
		    (cover = path_cover(path, directories, count)) == NULL)
			continue;
		if (strcmp(path, cover->path) != 0 &&
		    path_cover(path, exposed, exposed_count) == NULL)
			verbose("%.*s names %s, which is not there inside; --expose would keep it",
			    (int)strcspn(entry, "="), entry, path);
	}
}

char **
environment_make(const struct identity *identity, const struct object *directories, size_t count,
    const struct object *exposed, size_t exposed_count)
{
	struct change changes[CHANGES_MAX];
	size_t changed = 0, kept = 0, size = 0;
	char **made;

	if (identity->change == IDENTITY_OTHER) {
		changes[changed++] = (struct change){ "HOME", identity->home };
		changes[changed++] = (struct change){ "USER", identity->name };
		changes[changed++] = (struct change){ "LOGNAME", identity->name };
		changes[changed++] = (struct change){ "SHELL", identity->shell };
	}
	changed += add_temporary(changes + changed, directories, count);
	while (environ[size] != NULL)
		size++;
	made = calloc(size + changed + 1, sizeof(*made));
	if (made == NULL)
		die("environment");
	for (size_t i = 0; i < size; i++) {
		if (is_changed(environ[i], changes, changed))
			continue;
		made[kept++] = environ[i];
		print_lost(environ[i], directories, count, exposed, exposed_count);
	}
	for (size_t i = 0; i < changed; i++) {
		if (asprintf(&made[kept++], "%s=%s", changes[i].name, changes[i].value) == -1)
			die("environment");
		verbose("set %s", made[kept - 1]);
	}
	return made;
}
