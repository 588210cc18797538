#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"
#include "report.h"

#define LINKS_MAX 40

/* How the kernel shows an owner that a user namespace does not map (sysctl kernel.overflowuid). */
#define OVERFLOW_UID 65534U

/* What a walk accepts. */
struct rules {
	const char *private; /* NULL: what only root can change; else see path_walk_below() */
	uid_t owner;
	bool automount; /* let autofs mount the last component, too */
};

/* Copy the next component to name, and skip it. Returns its length, 0 at the end. */
static size_t
next_name(const char **rest, char *name)
{
	size_t length;

	*rest += strspn(*rest, "/");
	length = strcspn(*rest, "/");
	if (length <= NAME_MAX) {
		memcpy(name, *rest, length);
		name[length] = '\0';
	}
	*rest += length;
	return length;
}

/* Append the component to the path, or remove the last one for "..". */
static bool
extend(char *path, const char *name)
{
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (strcmp(name, "..") == 0) {
		while (length > 1 && path[--length] != '/')
			;
		path[length > 0 ? length : 1] = '\0';
	} else if (strcmp(name, ".") != 0) {
		if (length + 1 + strlen(name) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return false;
		}
		path[length] = '/';
		strcpy(path + length + 1, name);
	}
	return true;
}

bool
path_normalize(const char *path, char *clean)
{
	char name[NAME_MAX + 1];
	size_t length;

	strcpy(clean, "/");
	while ((length = next_name(&path, name)) != 0)
		if (length > NAME_MAX || !extend(clean, name))
			return false;
	return true;
}

const char *
path_within(const char *path, const char *dir)
{
	size_t length = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	if (strncmp(path, dir, length) != 0 || (path[length] != '\0' && path[length] != '/'))
		return NULL;
	return strcmp(path, "/") == 0 ? "" : path + length;
}

const struct located *
path_enclosing(const char *path, const struct locations *locations)
{
	for (size_t i = 0; i < locations->count; i++)
		if (path_within(path, locations->items[i].path))
			return &locations->items[i];
	return NULL;
}

const struct located *
path_find(const struct place *place, const struct locations *locations)
{
	for (size_t i = 0; i < locations->count; i++)
		if (locations->items[i].dev == place->at.dev &&
		    locations->items[i].ino == place->at.ino)
			return &locations->items[i];
	return NULL;
}

const struct located *
path_append(const struct place *place, struct locations *locations)
{
	struct located *item = &locations->items[locations->count++];

	*item = (struct located){ strdup(place->path), place->at.dev, place->at.ino };
	if (item->path == NULL)
		die("%s", place->path);
	return item;
}

/*
 * Whether we have made our user namespace, and it does not map root. Then root's files, such as
 * /proc/self/ns/user, have the overflow uid, and nobody else is root in it.
 */
static bool
made_user_namespace(void)
{
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	struct stat st;
	uid_t maker;
	bool made;

	made = fstat(fd, &st) == 0 && st.st_ino != INITIAL_USER_NAMESPACE &&
	       st.st_uid == OVERFLOW_UID && ioctl(fd, NS_GET_OWNER_UID, &maker) == 0 &&
	       maker == geteuid();
	(void)close(fd);
	return made;
}

bool
path_owner_is_root(uid_t owner)
{
	return owner == 0 || (owner == OVERFLOW_UID && made_user_namespace());
}

/* Return NULL if only root can replace the entry of dir, else the reason. */
static const char *
changeable(const struct facts *dir, const struct facts *entry)
{
	if (!path_owner_is_root(dir->uid))
		return dir->uid == OVERFLOW_UID
			   ? "the owner of a directory above it is unknown in this user namespace"
			   : "a directory above it, or one that a symbolic link leads through, is "
			     "not root's";
	if ((dir->mode & (S_IWGRP | S_IWOTH)) == 0)
		return NULL;
	if ((dir->mode & S_ISVTX) == 0)
		return "others than root can write to a directory above it";
	if (!path_owner_is_root(entry->uid))
		return "it, or a directory above it, is not root's in a directory that others can "
		       "write to";
	return NULL;
}

/* Return NULL if a walk may go from dir to entry, open as fd, else the reason. */
static const char *
refuse(struct rules *rules, const struct facts *dir, const struct place *entry, int fd)
{
	/* Whoever calls for path_walk_below() has walked to private. */
	bool above = rules->private != NULL && path_within(rules->private, entry->path) != NULL;

	if (geteuid() == 0 && !above && entry->at.dev != dir->dev && mounts_is_fuse(fd))
		return "it, or a directory above it, is on FUSE, whose server decides who owns it "
		       "(or, without /proc and statmount, this cannot be told)";
	/* Behind a symbolic link of root's, the path lies anywhere. */
	if (S_ISLNK(entry->at.mode) && path_owner_is_root(entry->at.uid))
		rules->private = NULL;
	if (rules->private == NULL)
		return geteuid() == 0 ? changeable(dir, &entry->at) : NULL;
	if (S_ISLNK(entry->at.mode))
		return "it, or a directory above it, is a symbolic link that is not root's; name "
		       "what it leads to";
	if (above || path_owner_is_root(entry->at.uid) || entry->at.uid == rules->owner)
		return NULL;
	return "it, or a directory above it, belongs neither to root nor to the user; chown it, or "
	       "run the command as its owner";
}

/* Write the target of the symbolic link fd, followed by rest, to text. */
static bool
splice_link(int fd, char *text, const char *rest)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);

	if (length == -1)
		return false;
	target[length] = '\0';
	if (snprintf(joined, sizeof(joined), "%s%s", target, rest) >= (int)sizeof(joined)) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(text, joined);
	return true;
}

static bool
fail(struct place *place, int fd, const char *why)
{
	int error = why != NULL ? EPERM : errno;

	place->why = why != NULL ? why : strerror(error);
	if (fd != -1)
		(void)close(fd);
	if (place->fd != -1)
		(void)close(place->fd);
	place->fd = -1;
	errno = error;
	return false;
}

/* Go to the root directory. */
static bool
restart(struct place *place)
{
	if (place->fd != -1)
		(void)close(place->fd);
	strcpy(place->path, "/");
	place->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return place->fd != -1 && mounts_stat(place->fd, "", &place->at) == 0;
}

/* Open the entry of place, and fill place->at. Returns a descriptor, or -1 with errno set. */
static int
open_entry(struct place *place, const char *name, bool automount)
{
	/* With O_DIRECTORY, autofs mounts what it has there. */
	int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, first = automount ? O_DIRECTORY : 0;
	int fd = openat(place->fd, name, flags | first);

	if (fd == -1 && errno == ENOTDIR && automount)
		fd = openat(place->fd, name, flags);
	if (fd != -1 && mounts_stat(fd, "", &place->at) == -1) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static bool
walk(const char *path, struct rules rules, struct place *place)
{
	char text[PATH_MAX], name[NAME_MAX + 1];
	const char *rest = path;
	size_t length;
	int links = 0;

	place->fd = -1;
	if (!restart(place))
		return fail(place, -1, NULL);
	while ((length = next_name(&rest, name)) != 0) {
		struct facts above = place->at;
		bool last = rest[strspn(rest, "/")] == '\0';
		const char *why;
		int fd = -1;

		if (length > NAME_MAX)
			errno = ENAMETOOLONG;
		else
			fd = open_entry(place, name, rules.automount || !last);
		if (fd == -1 || !extend(place->path, name))
			return fail(place, fd, NULL);
		if ((why = refuse(&rules, &above, place, fd)) != NULL)
			return fail(place, fd, why);
		if (!S_ISLNK(place->at.mode)) {
			(void)close(place->fd);
			place->fd = fd;
			continue;
		}
		/* Stay in the directory of the link. */
		place->at = above;
		(void)extend(place->path, "..");
		if (++links > LINKS_MAX)
			errno = ELOOP;
		if (links > LINKS_MAX || !splice_link(fd, text, rest) ||
		    (text[0] == '/' && !restart(place)))
			return fail(place, fd, NULL);
		(void)close(fd);
		rest = text;
	}
	return true;
}

bool
path_walk(const char *path, struct place *place)
{
	return walk(path, (struct rules){ .private = NULL }, place);
}

void
path_walk_or_die(const char *option, const char *path, struct place *place)
{
	if (!path_walk(path, place))
		diex("%s %s: %s", option, path, place->why);
}

bool
path_walk_below(const char *path, const char *private, uid_t owner, struct place *place)
{
	return walk(path, (struct rules){ .private = private, .owner = owner }, place);
}

void
path_automount(const char *path)
{
	struct place place;

	if (walk(path, (struct rules){ .automount = true }, &place))
		(void)close(place.fd);
}
