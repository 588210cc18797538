#include <sys/stat.h>
#include <unistd.h>

#include "directory.h"
#include "report.h"

void
directory_check_apart(const char *option, const char *path, const struct locations *private)
{
	for (size_t i = 0; i < private->count; i++) {
		const char *dir = private->items[i].path;

		if (path_within(path, dir))
			diex("%s %s: is inside %s, which is private", option, path, dir);
		if (path_within(dir, path))
			diex("%s %s: contains %s, which is private", option, path, dir);
	}
}

const struct located *
directory_walk(const char *dir, struct place *place, struct locations *private)
{
	bool first = strcmp(dir, PRIVATE_TMP) == 0;
	const char *option = first ? "private" : "--also";
	mode_t mode;

	path_walk_or_die(option, dir, place);
	if (!S_ISDIR(place->at.mode))
		diex("%s %s: is no directory", option, dir);
	for (size_t i = 0; i < private->count; i++)
		if (strcmp(private->items[i].path, place->path) == 0) {
			(void)close(place->fd);
			return NULL;
		}
	if (first && strcmp(place->path, PRIVATE_TMP) != 0)
		diex(
		    "%s %s: is a symbolic link; make it a directory, or a bind mount", option, dir);
	directory_check_apart(option, place->path, private);
	/* As root, refuse a directory unlike /tmp: a private /etc would make USER root. */
	mode = place->at.mode & (S_ISVTX | S_IWOTH);
	if (!first && geteuid() == 0 &&
	    (!path_owner_is_root(place->at.uid) || mode != (S_ISVTX | S_IWOTH)))
		diex("%s %s: is not like /tmp: root's, sticky and writable by all", option,
		    place->path);
	return path_append(place, private);
}
