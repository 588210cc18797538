#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

void
path_tidy(const char *path, char *clean)
{
	size_t length = 0;

	clean[0] = '\0';
	while (*path != '\0') {
		size_t part = strcspn(path, "/");

		if (part == 2 && memcmp(path, "..", 2) == 0) {
			while (length > 0 && clean[--length] != '/')
				;
		} else if (part != 0 && !(part == 1 && *path == '.') && length + part + 2 < PATH_MAX) {
			clean[length++] = '/';
			memcpy(clean + length, path, part);
			length += part;
		}
		clean[length] = '\0';
		path += part;
		path += strspn(path, "/");
	}
	if (length == 0)
		memcpy(clean, "/", 2);
}

bool
path_within(const char *path, const char *dir)
{
	size_t length = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

int
path_open_owned(const char *path, const char *from, uid_t owner, struct stat *st)
{
	const char *part = path;
	int dir, fd, error;

	dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (dir != -1 && *part != '\0') {
		char name[NAME_MAX + 1];
		size_t length;

		part += strspn(part, "/");
		length = strcspn(part, "/");
		if (length > NAME_MAX) {
			errno = ENAMETOOLONG;
			break;
		}
		memcpy(name, part, length);
		name[length] = '\0';
		part += length;

		fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		error = errno;
		(void)close(dir);
		dir = fd;
		if (fd == -1) {
			errno = error;
			return -1;
		}
		if (fstat(fd, st) == -1)
			break;
		if (S_ISLNK(st->st_mode)) {
			errno = ELOOP;
			break;
		}
		if ((size_t)(part - path) > strlen(from) && st->st_uid != 0 && st->st_uid != owner) {
			errno = EPERM;
			break;
		}
		if (*part == '\0')
			return fd;
	}
	error = errno;
	if (dir != -1)
		(void)close(dir);
	errno = error;
	return -1;
}

bool
path_is_fixed(const char *path, bool sticky)
{
	mode_t exempt = sticky ? S_ISVTX : 0;
	char above[PATH_MAX];
	struct stat st;
	char *slash;

	if (strlen(path) >= sizeof(above))
		return false;
	memcpy(above, path, strlen(path) + 1);
	do {
		slash = strrchr(above, '/');
		/* The root directory keeps its slash. */
		slash[slash == above] = '\0';
		if (lstat(above, &st) == -1 || !S_ISDIR(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
		    ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & exempt) == 0))
			return false;
		exempt = S_ISVTX;
	} while (slash != above);
	return true;
}

const struct object *
path_cover(const char *path, const struct object *objects, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (path_within(path, objects[i].path))
			return &objects[i];
	return NULL;
}
