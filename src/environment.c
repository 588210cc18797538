/* The environment of the command is the caller's, with the variables set that would be wrong. */

#include <stdio.h>
#include <unistd.h>

#include "environment.h"
#include "identity.h"
#include "path.h"
#include "report.h"

/* Variables that name a directory for temporary files. */
static const char *const temporary[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR" };

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
static const struct located *
leads_to(const char *name, const struct locations *private)
{
	char path[PATH_MAX], resolved[PATH_MAX];
	const struct located *cover = NULL;
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
		cover = path_enclosing(path, private);
		if (cover == NULL && resolve(path, resolved))
			cover = path_enclosing(resolved, private);
	}
	return cover;
}

/* Print the paths in a value, such as "unix:path=/tmp/x,guid=1", that are missing inside. */
static void
print_lost(const char *entry, const struct locations *private, const struct locations *exposed)
{
	char text[PATH_MAX], path[PATH_MAX];
	const struct located *cover;

	for (const char *start = strchr(entry, '='); start != NULL;
	     start = strpbrk(start + 1, "=:,; ")) {
		(void)snprintf(
		    text, sizeof(text), "%.*s", (int)strcspn(start + 1, ":,; "), start + 1);
		if (text[0] == '/' && path_normalize(text, path) &&
		    (cover = path_enclosing(path, private)) != NULL &&
		    strcmp(path, cover->path) != 0 && path_enclosing(path, exposed) == NULL)
			verbose("%.*s names %s, which is not there inside; --expose would keep it",
			    (int)strcspn(entry, "="), entry, path);
	}
}

static void
set(const char *name, const char *value)
{
	/* setenv() alone would keep the second of two entries. */
	if (unsetenv(name) == -1 || setenv(name, value, true) == -1)
		die("environment");
	verbose("set %s=%s", name, value);
}

void
environment_set(const struct identity *identity, const struct locations *private,
    const struct locations *exposed)
{
	if (identity->other) {
		set("HOME", identity->home);
		set("USER", identity->name);
		set("LOGNAME", identity->name);
		set("SHELL", identity->shell);
	}
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++) {
		const struct located *cover = leads_to(temporary[i], private);

		if (cover != NULL)
			set(temporary[i], cover->path);
	}
	for (char **entry = environ; *entry != NULL; entry++)
		print_lost(*entry, private, exposed);
}
