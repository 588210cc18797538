#include <linux/nsfs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "instances.h"

bool
instances_trust(int mount_namespace)
{
	int owner = ioctl(mount_namespace, NS_GET_USERNS); /* -1 if it is an outer one */
	struct stat ours, theirs;
	uid_t uid = (uid_t)-1;
	bool same, trusted;

	same = stat("/proc/self/ns/user", &ours) == 0 && fstat(owner, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
	/* An ordinary user's instances have a user namespace of their own. */
	trusted = geteuid() == 0
		      ? same
		      : !same && ioctl(owner, NS_GET_OWNER_UID, &uid) == 0 && uid == geteuid();
	(void)close(owner);
	return trusted;
}

/* The store of a mount, NULL if it is not ours. */
static const char *
find_store(const struct mountinfo *info)
{
	if (cell_is_private(info->root))
		return "disk";
	if (strcmp(info->type, "tmpfs") != 0)
		return NULL;
	return strcmp(info->source, SOURCE_PRIVATE) == 0    ? "tmpfs"
	       : strcmp(info->source, SOURCE_SENTINEL) == 0 ? "dir"
							    : NULL;
}

size_t
instances_read(int process, struct directory *directories)
{
	static char *text;
	struct directory *end = directories, *directory;
	struct mountinfo info;
	char *rest;

	free(text);
	rest = text = mounts_read(process);
	while (mounts_next(&rest, &info)) {
		const char *store = find_store(&info);

		for (directory = directories; directory < end; directory++)
			if (strcmp(directory->mount.point, info.point) == 0)
				break;
		if (store == NULL) {
			/* Something else may be mounted on top. */
			if (directory < end && info.parent == directory->mount.id)
				directory->mount.id = info.id;
		} else if (directory < directories + DIRECTORIES_MAX &&
			   strlen(info.point) < PATH_MAX) {
			/* A later mount at the same point replaces the entry. */
			*directory = (struct directory){ store, info };
			end += directory == end;
		}
	}
	return (size_t)(end - directories);
}
