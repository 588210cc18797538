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
instances_read(int process, bool quick, struct directory *directories)
{
	FILE *table = mountinfo_open(process);
	struct directory *end = directories, *directory;
	struct mountinfo info;
	char *line = NULL;
	size_t size = 0;
	int store;

	while (table != NULL && getline(&line, &size, table) != -1) {
		/* Our mounts have "privtmp" in their root or source. */
		if ((quick && strstr(line, "privtmp") == NULL) || !mountinfo_parse(line, &info))
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
		if (directory == directories + OBJECTS_MAX || strlen(info.point) >= PATH_MAX ||
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

bool
instances_locate(const struct cell *cell, struct location *location)
{
	const char *below;
	struct mountinfo info;
	char *line = NULL;
	uint64_t number;
	bool found;

	*location = (struct location){ 0 };
	found = mount_number(cell->base_fd, &number) == 0 && mountinfo_find(number, &line, &info);
	if (found && (below = path_within(cell->base, info.point)) != NULL) {
		location->dev = info.dev;
		found = asprintf(&location->root, "%s%s/%s/" CELL_TMP,
			    strcmp(info.root, "/") == 0 ? "" : info.root, below, cell->name) != -1;
	} else if (found) {
		errno = ENOENT;
		found = false;
	}
	free(line);
	return found;
}

/* A mount namespace, and the mount id of a root directory: it may be in another namespace. */
struct view {
	uint64_t namespace;
	uint64_t root; /* 0 in our own namespace: only root mounts there, so any will do */
};

struct search {
	struct location *locations;
	size_t count;
	uint64_t own; /* the inode of our own mount namespace */
	bool own_searched;
	struct view *views; /* searched so far */
	size_t searched;
	int error;
};

static int
by_root(const void *left, const void *right)
{
	const struct location *a = left, *b = right;

	if (a->dev != b->dev)
		return a->dev > b->dev ? 1 : -1;
	return strcmp(a->root, b->root);
}

/*
 * Add the view of a process, of which mountinfo shows the mounts below the root directory. Returns
 * false if that view has been searched.
 */
static bool
add_view(struct search *search, const struct process *process)
{
	struct view view = { .namespace = process->namespace }, *more;
	bool own = process->namespace == search->own, known = own;
	char path[2];
	int fd;

	/* A chrooted process does not see all. */
	if (readlinkat(process->dir, "root", path, sizeof(path)) != 1)
		return true;
	if (!own && (fd = openat(process->dir, "root", O_PATH | O_CLOEXEC)) != -1) {
		known = mount_number(fd, &view.root) == 0;
		(void)close(fd);
	}
	for (size_t i = 0; known && i < search->searched; i++)
		if (search->views[i].namespace == view.namespace &&
		    search->views[i].root == view.root)
			return false;
	more = known ? reallocarray(search->views, search->searched + 1, sizeof(*more)) : NULL;
	/* Without memory, it is searched again. */
	if (more != NULL) {
		search->views = more;
		more[search->searched++] = view;
	}
	search->own_searched = search->own_searched || own;
	return true;
}

/* Set pid of each location that contains the root of the mount. */
static void
match(struct search *search, const struct process *process, const struct mountinfo *info)
{
	struct location *found, wanted = { .dev = info->dev, .root = info->root };
	char *cell = info->root, *end, after;

	/* Try each cell in the path: cells may be nested. */
	while ((cell = strstr(cell, "/privtmp.")) != NULL) {
		cell++;
		if (strlen(cell) < sizeof(CELL_TEMPLATE "/" CELL_TMP) - 1)
			return;
		end = cell + sizeof(CELL_TEMPLATE "/" CELL_TMP) - 1;
		after = *end;
		*end = '\0';
		found = bsearch(&wanted, search->locations, search->count, sizeof(wanted), by_root);
		*end = after;
		if (found != NULL && (after == '\0' || after == '/'))
			found->pid = process->pid;
	}
}

static void
search_process(const struct process *process, void *context)
{
	struct search *search = context;
	struct mountinfo info;
	char *line = NULL;
	size_t size = 0;
	FILE *table;

	if (search->own_searched && process->namespace == search->own)
		return;
	/* Open it first: it stays readable if the process ends. */
	table = mountinfo_open(process->dir);
	if (table == NULL) {
		/* EINVAL: the process is just ending. */
		if (errno != ENOENT && errno != ESRCH && errno != EINVAL)
			search->error = errno;
		return;
	}
	if (add_view(search, process)) {
		while (errno = 0, getline(&line, &size, table) != -1)
			if (strstr(line, "/privtmp.") != NULL && mountinfo_parse(line, &info))
				match(search, process, &info);
		if (ferror(table))
			search->error = errno;
	}
	free(line);
	(void)fclose(table);
}

int
instances_find(struct location *locations, size_t count)
{
	struct search search = { .locations = locations, .count = count };
	struct stat st;
	int error;

	search.own = stat("/proc/self/ns/mnt", &st) == 0 ? st.st_ino : 0;
	qsort(locations, count, sizeof(*locations), by_root);
	error = instances_visit(search_process, &search);
	free(search.views);
	return search.error != 0 ? search.error : error;
}
