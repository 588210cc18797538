#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount.h"
#include "report.h"

/* Interfaces of the kernel (linux/mount.h) that not every libc declares. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define FS_CLOEXEC 1U	       /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
#define FS_SET_FLAG 0U	       /* FSCONFIG_SET_FLAG */
#define FS_SET_STRING 1U       /* FSCONFIG_SET_STRING */
#define FS_CREATE 6U	       /* FSCONFIG_CMD_CREATE */
#define TREE_CLONE 1U	       /* OPEN_TREE_CLONE */
#define TREE_RECURSIVE 0x8000U /* AT_RECURSIVE */
#define MOVE_EMPTY_PATHS 0x44U /* MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH */

struct mount_attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns;
};

/* The flags of a mount are those of mount(2), which mount_setattr(2) and statvfs(3) share. */
_Static_assert((int)MS_RDONLY == (int)ST_RDONLY && (int)MS_NOSUID == (int)ST_NOSUID &&
		   (int)MS_NODEV == (int)ST_NODEV && (int)MS_NOEXEC == (int)ST_NOEXEC,
    "flags of mounts");

#define mount_die(mount, what) die("%s %s: %s", (mount)->option, (mount)->target, what)
#define mount_diex(mount, what) diex("%s %s: %s", (mount)->option, (mount)->target, what)

struct mount *
mount_add(struct mount_table *table, const char *option, const char *target, int point)
{
	struct mount *row = &table->rows[table->count++];

	*row = (struct mount){
		.option = option, .target = target, .flags = HARMLESS, .point = point, .tree = -1
	};
	return row;
}

void
mount_bind(struct mount *mount, const struct place *source, bool recursive)
{
	/*
	 * What is exposed follows the host's mounts with --propagation=slave, unless it is
	 * read-only: what arrives would not be. All else is private.
	 */
	bool follows = recursive && (mount->flags & MS_RDONLY) == 0;
	struct mount_attributes attributes = { .set = mount->flags,
		.propagation = follows ? 0 : MS_PRIVATE };
	unsigned int all = recursive ? TREE_RECURSIVE : 0;

	mount->source = strdup(source->path);
	if (mount->source == NULL)
		mount_die(mount, source->path);
	mount->tree = (int)syscall(SYS_open_tree, source->fd, "",
	    TREE_CLONE | (unsigned int)O_CLOEXEC | AT_EMPTY_PATH | all);
	if (mount->tree == -1 ||
	    syscall(SYS_mount_setattr, mount->tree, "", AT_EMPTY_PATH | all, &attributes,
		sizeof(attributes)) == -1 ||
	    mounts_stat(mount->tree, "", &mount->root) == -1)
		mount_die(mount, "copy of the mount");
	/* The caller may have few descriptors. */
	(void)close(source->fd);
}

void
mount_tmpfs(struct mount *mount, const struct tmpfs *tmpfs)
{
	char uid[16], gid[16], mode[16];
	const char *const parameters[][2] = { { "source", tmpfs->name }, { "size", tmpfs->size },
		{ "nr_inodes", tmpfs->inodes }, { "uid", uid }, { "gid", gid }, { "mode", mode } };
	int fs = (int)syscall(SYS_fsopen, "tmpfs", FS_CLOEXEC);

	(void)snprintf(uid, sizeof(uid), "%u", geteuid());
	(void)snprintf(gid, sizeof(gid), "%u", tmpfs->gid);
	(void)snprintf(mode, sizeof(mode), "%o", tmpfs->mode);
	if (fs == -1)
		mount_die(mount, "tmpfs");
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (syscall(SYS_fsconfig, fs, FS_SET_STRING, parameters[i][0], parameters[i][1],
			0) == -1)
			die("%s %s: tmpfs with %s=%s", mount->option, mount->target,
			    parameters[i][0], parameters[i][1]);
	mount->noswap = tmpfs->noswap;
	if (tmpfs->noswap && syscall(SYS_fsconfig, fs, FS_SET_FLAG, "noswap", NULL, 0) == -1)
		die("--noswap: takes Linux 6.4, and root of the machine, not of a user namespace");
	if (syscall(SYS_fsconfig, fs, FS_CREATE, NULL, NULL, 0) == -1 ||
	    (mount->tree = (int)syscall(SYS_fsmount, fs, FS_CLOEXEC, mount->flags)) == -1 ||
	    close(fs) == -1 || mounts_stat(mount->tree, "", &mount->root) == -1)
		mount_die(mount, "tmpfs");
	/* What was asked for, not what the kernel says, has to be there in the end. */
	mount->root.uid = geteuid();
	mount->root.gid = tmpfs->gid;
	mount->root.mode = S_IFDIR | tmpfs->mode;
}

void
mount_empty(struct mount *mount, const char *name, const char *inodes, gid_t gid)
{
	mount->flags |= MS_RDONLY;
	mount_tmpfs(
	    mount, &(struct tmpfs){ .name = name, .size = "4k", .inodes = inodes, .gid = gid });
}

void
mount_attach(const struct mount *mount, int point)
{
	if (syscall(SYS_move_mount, mount->tree, "", point, "", MOVE_EMPTY_PATHS) == -1)
		mount_die(mount, "mount");
}

void
mount_verify(const struct mount *mount)
{
	const struct facts *root = &mount->root;
	struct mountinfo info;
	struct place place;
	struct statvfs fs;

	/* The way there has been checked, and /proc may be hidden. */
	if (!path_walk_below(mount->target, mount->target, 0, &place))
		mount_diex(mount, place.why);
	if (place.at.id != root->id || !place.at.root)
		mount_diex(mount, "mounting claimed success, but nothing is mounted there");
	if (mount->source == NULL &&
	    (place.at.uid != root->uid || place.at.gid != root->gid || place.at.mode != root->mode))
		mount_diex(mount, "mounting claimed success, but owner or mode do not hold");
	if (fstatvfs(place.fd, &fs) == -1)
		mount_die(mount, "statvfs");
	/* Without a limit, tmpfs reports 0. */
	if ((fs.f_flag & mount->flags) != mount->flags ||
	    (mount->source == NULL && (fs.f_blocks == 0 || fs.f_files == 0)))
		mount_diex(mount, "mounting claimed success, but not all flags and limits hold");
	if (mount->noswap &&
	    (!mounts_find(root->id, &info) || strstr(info.options, ",noswap") == NULL))
		mount_diex(mount, "noswap is not shown in mountinfo, which needs /proc");
	if ((fs.f_flag & MS_NOEXEC) != 0 && (mount->flags & MS_NOEXEC) == 0)
		diex("--exec: %s is mounted noexec; use another --dir or --base, or --tmpfs",
		    mount->source);
	(void)close(place.fd);
}

void
mount_remove(const char *option, const char *path)
{
	struct place place;
	uint64_t before = 0;

	for (;;) {
		path_walk_or_die(option, path, &place);
		(void)close(place.fd);
		if (place.at.id == before)
			diex("%s %s: umount claimed success, but it is still there", option, path);
		if (!place.at.root)
			return;
		before = place.at.id;
		/* Lazily, with all mounts below it: other namespaces keep theirs. */
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == -1)
			die("%s %s: %s", option, path,
			    errno == EINVAL ? "only root can unmount this" : "umount");
	}
}
