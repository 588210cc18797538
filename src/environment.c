#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "identity.h"
#include "path.h"
#include "report.h"

/* Variables that name a directory for temporary files. */
static const char *const temporary[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR" };

/* Variables with sockets and credentials that people miss inside. */
static const char *const missed[] = {
	"SSH_AUTH_SOCK",
	"XAUTHORITY",
	"KRB5CCNAME",
	"DBUS_SESSION_BUS_ADDRESS",
	"XDG_RUNTIME_DIR",
};

static void
add(struct environment *environment, const char *name, const char *value)
{
	environment->variables[environment->count++] = (struct variable){ name, value };
}

void
environment_add_identity(struct environment *environment, const struct identity *identity)
{
	add(environment, "HOME", identity->home);
	add(environment, "USER", identity->name);
	add(environment, "LOGNAME", identity->name);
	add(environment, "SHELL", identity->shell);
}

/* Where the tidy path leads, as far as it exists. Cuts it there. */
static bool
follow(char *path, char *led)
{
	while (realpath(path, led) == NULL) {
		char *slash = strrchr(path, '/');

		if (slash == NULL || slash == path)
			return false;
		*slash = '\0';
	}
	return true;
}

void
environment_add_temporary(struct environment *environment, const struct object *directories, size_t count)
{
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++) {
		const char *value = getenv(temporary[i]);
		const struct object *cover;
		char path[PATH_MAX], led[PATH_MAX];

		if (value == NULL || value[0] != '/')
			continue;
		/* What it says counts as well as where it leads: neither is there inside. */
		path_tidy(value, path);
		cover = path_cover(path, directories, count);
		if (cover == NULL && follow(path, led))
			cover = path_cover(led, directories, count);
		if (cover != NULL)
			add(environment, temporary[i], cover->path);
	}
}

void
environment_tell_lost(const struct object *directories, size_t count, const struct object *exposed,
    size_t exposed_count)
{
	for (size_t i = 0; i < sizeof(missed) / sizeof(missed[0]); i++) {
		const char *value = getenv(missed[i]);
		char text[PATH_MAX], path[PATH_MAX];
		const struct object *cover;
		size_t length;

		/* A plain path, TYPE:/path, or unix:path=/path,guid=... */
		value = value == NULL ? NULL : strchr(value, '/');
		if (value == NULL || (length = strcspn(value, ",;")) >= sizeof(text))
			continue;
		memcpy(text, value, length);
		text[length] = '\0';
		path_tidy(text, path);
		cover = path_cover(path, directories, count);
		if (cover != NULL && path_cover(path, exposed, exposed_count) == NULL)
			tell("%s leads to %s, which is not there inside: %s is private; --expose would keep it", missed[i],
			    path, cover->path);
	}
}

int
environment_set(const struct environment *environment)
{
	for (size_t i = 0; i < environment->count; i++) {
		const struct variable *variable = &environment->variables[i];

		if (setenv(variable->name, variable->value, 1) == -1) {
			say_errno("%s", variable->name);
			return -1;
		}
		tell("set %s=%s", variable->name, variable->value);
	}
	return 0;
}
