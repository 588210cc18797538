#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cell.h"
#include "instances.h"
#include "mount_facts.h"
#include "mountinfo.h"
#include "namespace.h"
#include "path.h"
#include "report.h"
#include "statmount.h"

/*
 * The kernel's requests to a descriptor of a process, and of a mount namespace (linux/pidfd.h, linux/nsfs.h). They go by
 * syscall(2), since libcs do not agree on the type of a request.
 */
#define PIDFD_MOUNT_NAMESPACE _IO(0xff, 3)
#define NAMESPACE_INFO _IOR(0xb7, 10, struct namespace_info)
#define NAMESPACE_NEXT _IOR(0xb7, 11, struct namespace_info)
#define NAMESPACE_PREVIOUS _IOR(0xb7, 12, struct namespace_info)

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

struct namespace_info {
	uint32_t size;
	uint32_t mounts;
	uint64_t id;
};

struct look {
	see_function see;
	void *context;
};

/* A private directory is a room, or a tmpfs that bears our name. */
static bool
is_private(const char *root, const char *type, const char *source)
{
	char name[sizeof(CELL_TEMPLATE)];

	return cell_is_room(root, name) || (strcmp(type, "tmpfs") == 0 && strcmp(source, NAMESPACE_PRIVATE) == 0);
}

/*
 * The way of kernels from 6.13 on: they list all mount namespaces, and the mounts of each.
 */

#define WANTED                                                                                                         \
	(STATMOUNT_WANT_SB_BASIC | STATMOUNT_WANT_MNT_BASIC | STATMOUNT_WANT_MNT_ROOT | STATMOUNT_WANT_MNT_POINT |     \
	    STATMOUNT_WANT_FS_TYPE | STATMOUNT_WANT_SB_SOURCE)

/* What a mount was last said to be. Anyone may make a path of any length in a namespace of their own. */
static struct {
	struct statmount_answer *answer;
	size_t size;
} asked;

/* Ask for one mount of a namespace, 0 for ours. Returns 1, 0 when it is gone, or -1 with errno set. */
static int
ask_mount(uint64_t id, uint64_t namespace)
{
	static const size_t usual = sizeof(struct statmount_answer) + 4UL * PATH_MAX;
	struct statmount_request request = {
		.size = sizeof(request),
		.mount = id,
		.wanted = WANTED,
		.namespace = namespace,
	};

	for (;;) {
		struct statmount_answer *more;

		if (asked.size != 0 && syscall(SYS_statmount, &request, asked.answer, asked.size, 0) == 0)
			return 1;
		if (asked.size != 0 && errno != EOVERFLOW)
			return errno == ENOENT ? 0 : -1;
		more = realloc(asked.answer, asked.size == 0 ? usual : 2 * asked.size);
		if (more == NULL)
			return -1;
		asked.size = asked.size == 0 ? usual : 2 * asked.size;
		asked.answer = more;
	}
}

/* The private directories of the namespace behind fd. */
static int
look_into(int fd, uint64_t id, const struct look *look)
{
	const struct statmount_answer *answer;
	struct statmount_request request = {
		.size = sizeof(request),
		.mount = LISTMOUNT_FROM_ROOT,
		.namespace = id,
	};
	uint64_t ids[256];
	struct stat st;
	long count;

	if (fstat(fd, &st) == -1)
		return -1;
	do {
		count = syscall(SYS_listmount, &request, ids, sizeof(ids) / sizeof(ids[0]), 0);
		if (count == -1)
			return errno == ENOENT ? 0 : -1; /* it ended just now */
		for (long i = 0; i < count; i++) {
			int known = ask_mount(ids[i], id);

			if (known == -1)
				return -1;
			answer = asked.answer;
			if (known == 0 || !is_private(answer->texts + answer->root, answer->texts + answer->type,
					      answer->texts + answer->source))
				continue;
			if (look->see(&(struct sighting){
					  .namespace = st.st_ino,
					  .mount = answer->mount,
					  .dev = makedev(answer->dev_major, answer->dev_minor),
					  .root = answer->texts + answer->root,
					  .point = answer->texts + answer->point,
				      },
				look->context) == -1)
				return -1;
		}
		if (count > 0)
			request.wanted = ids[count - 1];
	} while (count == (long)(sizeof(ids) / sizeof(ids[0])));
	return 0;
}

static int
own_namespace(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0), fd;

	if (pidfd == -1)
		return -1;
	fd = ioctl(pidfd, PIDFD_MOUNT_NAMESPACE, 0);
	(void)close(pidfd);
	return fd;
}

/* The namespace next to that behind fd, which this closes. Returns its descriptor, or -1 with errno set. */
static int
step(int fd, unsigned long direction, struct namespace_info *info)
{
	int next = (int)syscall(SYS_ioctl, fd, direction, info), error = errno;

	(void)close(fd);
	errno = error;
	return next;
}

/* The first of all namespaces. Returns its descriptor, or -1: the kernel cannot list them, or not to us. */
static int
first_namespace(struct namespace_info *info)
{
	int fd = own_namespace(), first = -1;
	struct mount_facts facts;

	/* Of a mount, too, it has to tell all that is wanted. */
	if (fd == -1 || mount_facts("/", &facts) == -1 || !facts.unique || ask_mount(facts.mount, 0) != 1 ||
	    (asked.answer->mask & WANTED) != WANTED || syscall(SYS_ioctl, fd, NAMESPACE_INFO, info) == -1) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	while (fd != -1) {
		struct namespace_info before = { .size = sizeof(before) };

		first = fd;
		fd = (int)syscall(SYS_ioctl, first, NAMESPACE_PREVIOUS, &before);
		if (fd != -1) {
			(void)close(first);
			*info = before;
		}
	}
	if (errno == ENOENT)
		return first;
	(void)close(first);
	return -1;
}

/* Returns 1 if the kernel has told, 0 if it cannot, or -1, which has been said. */
static int
look_by_kernel(const struct look *look)
{
	struct namespace_info info = { .size = sizeof(info) };
	int fd = first_namespace(&info);

	if (fd == -1)
		return 0;
	while (fd != -1) {
		if (look_into(fd, info.id, look) == -1) {
			say_errno("mount namespaces");
			(void)close(fd);
			return -1;
		}
		fd = step(fd, NAMESPACE_NEXT, &info);
	}
	if (errno == ENOENT)
		return 1;
	say_errno("mount namespaces");
	return -1;
}

/*
 * The way of all kernels: the table of each process. A namespace that no process is in shows only as a descriptor, or as
 * something mounted, that leads to it.
 */

struct list {
	uint64_t *namespaces;
	size_t count;
	size_t room;
};

struct visit {
	const struct look *look;
	struct list seen;      /* namespaces with a process, looked into */
	struct list suspected; /* namespaces that something leads to */
	bool complete;
};

static bool
is_in(const struct list *list, uint64_t namespace)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->namespaces[i] == namespace)
			return true;
	return false;
}

static int
add(struct list *list, uint64_t namespace)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : 2 * list->room;
		uint64_t *more = realloc(list->namespaces, room * sizeof(*more));

		if (more == NULL)
			return -1;
		list->namespaces = more;
		list->room = room;
	}
	list->namespaces[list->count++] = namespace;
	return 0;
}

/* Take "mnt:[4026531841]", as links and mounts of namespaces are called, for a suspect. */
static int
suspect(struct visit *visit, const char *name)
{
	return strncmp(name, "mnt:[", 5) == 0 ? add(&visit->suspected, strtoull(name + 5, NULL, 10)) : 0;
}

static int
read_line(struct visit *visit, char *line, uint64_t namespace)
{
	struct mountinfo info;

	if (mountinfo_parse(line, &info) == -1)
		return 0;
	if (strcmp(info.type, "nsfs") == 0)
		return suspect(visit, info.root);
	if (!is_private(info.root, info.type, info.source))
		return 0;
	return visit->look->see(&(struct sighting){
				    .namespace = namespace,
				    .mount = info.id,
				    .dev = info.dev,
				    .root = info.root,
				    .point = info.point,
				},
	    visit->look->context);
}

/* The table of a process. One that has ended just now has none, and others may not be ours to read. */
static int
read_table(struct visit *visit, int process)
{
	FILE *table = NULL;
	char *line = NULL;
	size_t size = 0;
	struct stat st;
	int fd, result = 0;

	if (fstatat(process, "ns/mnt", &st, 0) == 0) {
		if (is_in(&visit->seen, st.st_ino))
			return 0;
		fd = openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);
		table = fd == -1 ? NULL : fdopen(fd, "r");
	}
	if (table == NULL) {
		visit->complete = visit->complete && errno != EACCES && errno != EPERM;
		return 0;
	}
	while (result == 0 && getline(&line, &size, table) != -1)
		result = read_line(visit, line, st.st_ino);
	free(line);
	(void)fclose(table);
	return result == -1 ? -1 : add(&visit->seen, st.st_ino);
}

/* The descriptors of a process. */
static int
read_descriptors(struct visit *visit, int process)
{
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *fds = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (fds == NULL) {
		visit->complete = visit->complete && errno != EACCES && errno != EPERM;
		return 0;
	}
	while (result == 0 && (entry = readdir(fds)) != NULL) {
		char link[64];
		ssize_t length = readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1);

		if (length > 0) {
			link[length] = '\0';
			result = suspect(visit, link);
		}
	}
	(void)closedir(fds);
	return result;
}

/* The first of all pid namespaces has a number of its own (linux/proc_ns.h). Any other shows its own processes alone. */
static bool
sees_all_processes(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == 0xeffffffc;
}

static int
look_by_proc(const struct look *look, bool *complete)
{
	struct visit visit = { .look = look, .complete = sees_all_processes() };
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int result = proc == NULL ? -1 : 0;

	while (result == 0 && (entry = readdir(proc)) != NULL) {
		int process;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		process = openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (process == -1)
			continue; /* it has ended */
		if (read_table(&visit, process) == -1 || read_descriptors(&visit, process) == -1)
			result = -1;
		(void)close(process);
	}
	if (result == -1)
		say_errno("/proc");
	if (proc != NULL)
		(void)closedir(proc);
	for (size_t i = 0; i < visit.suspected.count; i++)
		visit.complete = visit.complete && is_in(&visit.seen, visit.suspected.namespaces[i]);
	free(visit.seen.namespaces);
	free(visit.suspected.namespaces);
	*complete = visit.complete;
	return result;
}

int
instances_look(see_function see, void *context, bool *complete)
{
	const struct look look = { see, context };
	/* To others than root, the kernel lists only what is theirs, and does not say that there is more. */
	int told = geteuid() == 0 ? look_by_kernel(&look) : 0;

	*complete = true;
	return told == 0 ? look_by_proc(&look, complete) : told == 1 ? 0 : -1;
}
