#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cell.h"
#include "cleaner.h"
#include "environment.h"
#include "identity.h"
#include "join.h"
#include "mount_facts.h"
#include "namespace.h"
#include "options.h"
#include "path.h"
#include "plan.h"
#include "report.h"

#define TARGET "/tmp"

/* What every mount of ours gets; --exec takes back the last for private directories, and what is visible in them. */
#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* For a tmpfs that nothing is ever written to. */
#define EMPTY_LIMITS "size=4k,nr_inodes=2"

/* How many files a tmpfs takes, if nothing else is said: 400k. */
#define INODES UINT64_C(409600)

/* Directories that a private one in their place would break everything with. */
static const char *const indispensable[] = { "/", "/proc", "/sys", "/dev" };

static unsigned long
flags_of(const struct options *options)
{
	return options->exec ? HARMLESS & ~(unsigned long)MS_NOEXEC : HARMLESS;
}

static struct mount *
add_mount(struct plan *plan, const struct mount *mount)
{
	struct mount *row = &plan->namespace.mounts[plan->namespace.count++];

	*row = *mount;
	return row;
}

/* Whether something private would cover dir, or lie below it: nothing else may be done to it then. */
static int
check_apart(const struct plan *plan, const char *dir, const char *option)
{
	for (size_t i = 0; i < plan->directory_count; i++) {
		const char *private = plan->directories[i].path;

		if (path_within(dir, private)) {
			say("%s %s: is inside %s, which is private already", option, dir, private);
			return -1;
		}
		if (path_within(private, dir)) {
			say("%s %s: contains %s, which is private", option, dir, private);
			return -1;
		}
	}
	return 0;
}

/* Where dir really is, as a string of its own, and what is there. Returns NULL when it is no directory: said. */
static char *
resolve(const char *dir, const char *option, struct mount_facts *facts)
{
	char *path = realpath(dir, NULL);

	if (path == NULL) {
		say_errno("%s %s", option, dir);
		return NULL;
	}
	if (mount_facts(path, facts) == 0) {
		if (S_ISDIR(facts->mode))
			return path;
		say("%s %s: is no directory", option, dir);
	}
	free(path);
	return NULL;
}

/* A directory on disk for target: a cell in --base, or in target itself. */
static int
add_cell(const struct options *options, struct plan *plan, struct mount *row)
{
	struct cell *cell = &plan->charge.cells[plan->charge.count++];
	char base[PATH_MAX];
	struct statvfs st;

	/* A trailing slash would make open follow a symbolic link. */
	path_tidy(options->base != NULL ? options->base : row->target, base);
	*cell = (struct cell){ .base = strdup(base), .gid = row->gid, .mode = row->mode, .fd = -1 };
	if (cell->base == NULL) {
		say_errno("base %s", base);
		return -1;
	}
	if (cell_open_base(cell) == -1)
		return -1;
	if (options->exec && (fstatvfs(cell->base_fd, &st) == -1 || (st.f_flag & ST_NOEXEC) != 0)) {
		say("--exec: %s is on a file system mounted noexec; choose another --base, or --tmpfs", base);
		return -1;
	}
	row->kind = MOUNT_TREE;
	row->source = &cell->room;
	return 0;
}

/* Make dir private, in memory or on disk. */
static int
add_directory(const struct options *options, struct plan *plan, const char *dir, const char *option)
{
	struct mount row = {
		.kind = MOUNT_TMPFS,
		.option = option,
		.target = dir,
		.data = plan->limits,
		.uid = plan->owner,
		.gid = plan->identity.gid,
		.mode = options->mode_given ? options->mode : plan->identity.change == IDENTITY_ASSUMED ? 0770 : 01777,
		.flags = flags_of(options),
	};
	struct mount_facts facts;

	if ((row.target = resolve(dir, option, &facts)) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(indispensable) / sizeof(indispensable[0]); i++) {
		if (strcmp(row.target, indispensable[i]) == 0) {
			say("%s %s: cannot be made private: nothing would work inside", option, row.target);
			return -1;
		}
	}
	for (size_t i = 0; i < plan->directory_count; i++) {
		const struct object *known = &plan->directories[i];

		if (known->dev != facts.dev || known->ino != facts.ino)
			continue;
		/* The same directory by another name. Where that led here through a symbolic link, all is done. */
		if (strcmp(known->path, row.target) != 0) {
			row.kind = MOUNT_TWIN;
			row.source = known;
			(void)add_mount(plan, &row);
		}
		return 0;
	}
	if (check_apart(plan, row.target, option) == -1)
		return -1;
	/* Whoever moves or removes it outside takes the mount away inside. */
	if (plan->owner == 0 && !path_is_fixed(row.target, facts.uid == 0)) {
		say("%s %s: others can move or remove it, or a directory above it", option, row.target);
		return -1;
	}
	if (!options->tmpfs && add_cell(options, plan, &row) == -1)
		return -1;
	plan->directories[plan->directory_count++] = (struct object){ row.target, facts.dev, facts.ino };
	(void)add_mount(plan, &row);
	return 0;
}

/*
 * The sentinel: a file system nobody can reach, since the first private directory comes to lie on it. It is unmounted when
 * the last process of the last namespace that has it is gone, and that is what the cleaner learns.
 */
static void
add_sentinel(struct plan *plan)
{
	(void)add_mount(plan, &(struct mount){
				  .kind = MOUNT_TMPFS,
				  .option = "sentinel",
				  .target = TARGET,
				  .data = EMPTY_LIMITS,
				  .uid = plan->owner,
				  .gid = plan->identity.gid,
				  .flags = MS_RDONLY | HARMLESS,
				  .watched = true,
			      });
}

static int
add_directories(const struct options *options, struct plan *plan)
{
	struct stat st;

	if (options->percent)
		(void)snprintf(plan->limits, sizeof(plan->limits), "size=%" PRIu64 "%%", options->size);
	else if (options->size != 0)
		(void)snprintf(plan->limits, sizeof(plan->limits), "size=%" PRIu64, options->size);
	else
		(void)snprintf(plan->limits, sizeof(plan->limits), "size=10%%");
	(void)snprintf(plan->limits + strlen(plan->limits), sizeof(plan->limits) - strlen(plan->limits),
	    ",nr_inodes=%" PRIu64, options->inodes != 0 ? options->inodes : INODES);

	if (lstat(TARGET, &st) == 0 && S_ISLNK(st.st_mode)) {
		say("private " TARGET ": is a symbolic link; mounting there would cover what it points to");
		return -1;
	}
	if (add_directory(options, plan, TARGET, "private") == -1)
		return -1;
	for (size_t i = 0; i < options->also.count; i++)
		if (add_directory(options, plan, options->also.items[i], "--also") == -1)
			return -1;
	return 0;
}

static int
add_exposure(const struct exposure *exposure, unsigned long flags, struct plan *plan)
{
	struct object *object = &plan->exposed[plan->exposed_count];
	const struct object *below;
	char given[PATH_MAX], path[PATH_MAX];
	struct stat st;
	int fd;

	memcpy(given, exposure->path, exposure->length);
	given[exposure->length] = '\0';
	path_tidy(given, path);
	below = path_cover(path, plan->directories, plan->directory_count);
	if (below == NULL || strcmp(below->path, path) == 0) {
		say("--expose %s: %s", path, below == NULL ? "lies below no private directory, and is visible already"
							   : "is private itself; expose something below it");
		return -1;
	}
	for (size_t i = 0; i < plan->exposed_count; i++) {
		if (path_within(path, plan->exposed[i].path) || path_within(plan->exposed[i].path, path)) {
			say("--expose %s: overlaps with %s, which is exposed already", path, plan->exposed[i].path);
			return -1;
		}
	}
	fd = path_open_owned(path, below->path, plan->identity.uid, &st);
	if (fd == -1) {
		if ((errno == ENOENT || errno == ENOTDIR) && exposure->optional) {
			tell("nothing to expose at %s", path);
			return 0;
		}
		if (errno == ELOOP)
			say("--expose %s: it, or a directory above it, is a symbolic link", path);
		else if (errno == EPERM)
			say("--expose %s: it, or a directory above it, belongs neither to root nor to the user", path);
		else
			say_errno("--expose %s", path);
		return -1;
	}
	/* Only the look was for now: a descriptor from before unshare cannot be mounted. */
	*object = (struct object){ strdup(path), st.st_dev, st.st_ino };
	if (close(fd) == -1 || object->path == NULL) {
		say_errno("--expose %s", path);
		return -1;
	}
	plan->exposed_count++;
	(void)add_mount(plan, &(struct mount){
				  .kind = MOUNT_TREE,
				  .option = "--expose",
				  .target = object->path,
				  .source = object,
				  .flags = exposure->read_only ? MS_RDONLY | flags : flags,
				  .makes_point = true,
			      });
	return 0;
}

/* --hide or --unmount. Undone by nobody inside, if nobody can remove or move the directory outside either. */
static int
add_change(struct plan *plan, const char *dir, const struct mount *change)
{
	struct mount *row;
	struct mount_facts facts;
	char *target = resolve(dir, change->option, &facts);

	if (target == NULL || check_apart(plan, target, change->option) == -1)
		return -1;
	if (change->kind == MOUNT_REMOVED && (!facts.root || strcmp(target, "/") == 0)) {
		say("%s %s: nothing to unmount there", change->option, target);
		return -1;
	}
	if (strcmp(target, "/") == 0 || !path_is_fixed(target, false)) {
		say("%s %s: others than root can write to the directory above it", change->option, target);
		return -1;
	}
	for (size_t i = 0; i < plan->namespace.count; i++) {
		row = &plan->namespace.mounts[i];
		if (row->kind == change->kind && path_within(target, row->target) && strcmp(row->option, change->option) == 0)
			return 0; /* done by an earlier one */
	}
	row = add_mount(plan, change);
	row->target = target;
	row->uid = plan->owner;
	row->gid = plan->identity.gid;
	return 0;
}

static int
add_changes(struct plan *plan, const struct list *dirs, const struct mount *change)
{
	for (size_t i = 0; i < dirs->count; i++)
		if (add_change(plan, dirs->items[i], change) == -1)
			return -1;
	return 0;
}

static int
plan_mounts(const struct options *options, struct plan *plan)
{
	static const struct mount removed = { .kind = MOUNT_REMOVED, .option = "--unmount" };
	static const struct mount hidden = {
		.kind = MOUNT_TMPFS,
		.option = "--hide",
		.data = EMPTY_LIMITS,
		.flags = MS_RDONLY | HARMLESS,
	};

	plan->namespace.propagation = options->slave ? MS_SLAVE : MS_PRIVATE;
	if (!options->tmpfs && !options->keep)
		add_sentinel(plan);
	if (add_directories(options, plan) == -1)
		return -1;
	for (size_t i = 0; i < options->expose_count; i++)
		if (add_exposure(&options->expose[i], flags_of(options), plan) == -1)
			return -1;
	return add_changes(plan, &options->unmount, &removed) == -1 ? -1 : add_changes(plan, &options->hide, &hidden);
}

static int
plan_start(const struct options *options, struct plan *plan)
{
	struct namespace *namespace = &plan->namespace;
	const struct object *cover;
	char *here = plan->here;

	plan->chdir = options->chdir;
	plan->join.here = options->chdir == NULL ? here : NULL;
	/* Not that of libc, which makes up a path for what has none. */
	if (syscall(SYS_getcwd, here, sizeof(plan->here)) == -1 && errno != ENOENT) {
		say_errno("working directory");
		return -1;
	}
	/* Removed, or in another mount namespace. Its ".." may well lead to the outer /tmp. */
	if (here[0] != '/') {
		plan->join.start = namespace->start = TARGET;
		return 0;
	}
	cover = path_cover(here, plan->directories, plan->directory_count);
	if (cover != NULL)
		plan->join.start = namespace->start = cover->path;
	/* Whoever stands in what is hidden or unmounted comes to stand in what is there instead. */
	for (size_t i = 0; cover == NULL && i < namespace->count; i++)
		if (path_within(here, namespace->mounts[i].target))
			namespace->start = namespace->mounts[i].target;
	return 0;
}

static void
plan_command(const struct options *options, struct plan *plan)
{
	char *shell = getenv("SHELL");
	static char fallback[] = "/bin/sh";

	plan->no_new_privs = options->no_new_privs;
	plan->command = options->command;
	if (plan->command[0] != NULL)
		return;
	plan->shell[0] = shell != NULL && *shell != '\0' ? shell : fallback;
	plan->command = plan->shell;
}

static int
plan_identity(const struct options *options, struct plan *plan)
{
	bool assume = options->user[0] != '\0', rootless;

	plan->owner = geteuid();
	rootless = plan->owner != 0;
	plan->charge.rootless = plan->namespace.rootless = rootless;
	if (rootless && assume) {
		say("--user: '%s': to become another user takes root", options->user);
		return -1;
	}
	if (!rootless && identity_check(assume) == -1)
		return -1;
	if (assume)
		return identity_lookup(options->user, options->group, &plan->identity);
	plan->identity.change = rootless ? IDENTITY_RENOUNCED : IDENTITY_KEPT;
	plan->identity.uid = plan->owner;
	plan->identity.gid = rootless ? getegid() : 0;
	return 0;
}

int
plan_make(const struct options *options, struct plan *plan)
{
	plan->charge.keep = options->keep;
	plan->joining = options->action == ACTION_JOIN;
	if (plan_identity(options, plan) == -1)
		return -1;
	if (getpid() == 1 && !options->keep && !options->tmpfs && !plan->joining) {
		say("process 1 of a pid namespace: the cleaner would end with it; use --tmpfs or --keep");
		return -1;
	}
	if (plan->joining
		? join_find(options->join, &plan->join, plan->directories, CELLS_MAX, &plan->directory_count) == -1
		: plan_mounts(options, plan) == -1)
		return -1;
	if (plan_start(options, plan) == -1)
		return -1;
	if (plan->identity.change == IDENTITY_ASSUMED)
		environment_add_identity(&plan->environment, &plan->identity);
	environment_add_temporary(&plan->environment, plan->directories, plan->directory_count);
	environment_tell_lost(plan->directories, plan->directory_count, plan->exposed, plan->exposed_count);
	plan_command(options, plan);
	return 0;
}
