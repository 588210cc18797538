#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "instances.h"
#include "path.h"

bool
instances_trust(int mount_namespace)
{
	int owner = ioctl(mount_namespace, NS_GET_USERNS);
	struct stat ours, theirs;
	uid_t uid = (uid_t)-1;
	bool same, trusted;

	if (owner == -1)
		return false;
	same = stat("/proc/self/ns/user", &ours) == 0 && fstat(owner, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
	/* An ordinary user's instances have a user namespace of their own. */
	trusted = geteuid() == 0
		      ? same
		      : !same && ioctl(owner, NS_GET_OWNER_UID, &uid) == 0 && uid == geteuid();
	(void)close(owner);
	return trusted;
}

/* The enum store of a mount, -1 if it is not ours. */
static int
find_store(const struct mountinfo *info)
{
	if (cell_is_private(info->root))
		return STORE_DISK;
	if (strcmp(info->type, "tmpfs") != 0)
		return -1;
	return strcmp(info->source, SOURCE_PRIVATE) == 0    ? STORE_TMPFS
	       : strcmp(info->source, SOURCE_SENTINEL) == 0 ? STORE_DIR
							    : -1;
}

size_t
instances_read(int process, struct directory *directories)
{
	FILE *table = mounts_open(process);
	struct directory *end = directories, *directory;
	struct mountinfo info;
	char *line = NULL;
	size_t size = 0;
	int store;

	while (table != NULL && getline(&line, &size, table) != -1) {
		if (!mounts_parse(line, &info))
			continue;
		store = find_store(&info);
		for (directory = directories; directory < end; directory++)
			if (strcmp(directory->point, info.point) == 0)
				break;
		if (store == -1) {
			/* Something else may be mounted on top. */
			if (directory < end && info.parent == directory->mount)
				directory->mount = info.id;
			continue;
		}
		if (directory == directories + DIRECTORIES_MAX || strlen(info.point) >= PATH_MAX ||
		    strlen(info.root) >= PATH_MAX)
			continue;
		/* A later mount at the same point replaces the entry. */
		directory->store = (enum store)store;
		directory->dev = info.dev;
		directory->mount = info.id;
		strcpy(directory->point, info.point);
		strcpy(directory->root, info.root);
		end += directory == end;
	}
	free(line);
	if (table != NULL)
		(void)fclose(table);
	return (size_t)(end - directories);
}
