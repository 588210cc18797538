/* wraps: unshare mount umount2 syscall mount_facts mount_propagation fstat statvfs open close inotify_add_watch chdir say say_errno */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount_facts.h"
#include "namespace.h"
#include "path.h"

#define ROOM_DEV 7
#define ROOM_INO 77

/* A kernel with one mount point, /tmp, which notes what it was told and lies about, or fails, one of the calls. */
static struct {
	char order[1024];
	const char *liar;
	const char *failing;
	uint64_t namespace;
	uint64_t tmp; /* the mount at /tmp */
	int mounted_room;
	unsigned long propagation;
	unsigned long flags;
	char said[512];
} kernel;

static int
called(const char *name)
{
	(void)snprintf(kernel.order + strlen(kernel.order), sizeof(kernel.order) - strlen(kernel.order), "%s\n", name);
	if (kernel.failing != NULL && strcmp(kernel.failing, name) == 0) {
		errno = EPERM;
		return -1;
	}
	return kernel.liar != NULL && strcmp(kernel.liar, name) == 0;
}

int __wrap_unshare(int flags);
int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int __wrap_umount2(const char *target, int flags);
long __wrap_syscall(long number, ...);
int __wrap_mount_facts(const char *path, struct mount_facts *facts);
int __wrap_mount_propagation(const char *path, const struct mount_facts *facts, unsigned long *propagation);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_statvfs(const char *path, struct statvfs *st);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_chdir(const char *path);
void __wrap_say(const char *format, ...);
void __wrap_say_errno(const char *format, ...);

int
__wrap_unshare(int flags)
{
	char name[64];
	int lie;

	(void)snprintf(name, sizeof(name), "unshare %x", (unsigned int)flags);
	lie = called(name);
	if (lie == 0)
		kernel.namespace = 1;
	return lie == -1 ? -1 : 0;
}

int
__wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
{
	char name[256];
	int lie;

	(void)snprintf(name, sizeof(name), "mount %s at %s, %s, %lx, %s", type, target, source, flags,
	    data != NULL ? (const char *)data : "-");
	lie = called(name);
	if (lie == 0 && strcmp(type, "none") == 0) {
		kernel.propagation = flags & ~(unsigned long)MS_REC;
	} else if (lie == 0) {
		kernel.tmp++;
		kernel.propagation = MS_PRIVATE;
		kernel.flags = flags;
	}
	return lie == -1 ? -1 : 0;
}

int
__wrap_umount2(const char *target, int flags)
{
	(void)target;
	(void)flags;
	return called("umount2") == -1 ? -1 : 0;
}

long
__wrap_syscall(long number, ...)
{
	struct {
		uint64_t set, clear, propagation, userns;
	} *attributes;
	const char *to;
	va_list args;
	int lie;

	va_start(args, number);
	(void)va_arg(args, int);
	(void)va_arg(args, const char *);
	(void)va_arg(args, int);
	to = va_arg(args, const char *);
	va_end(args);
	switch (number) {
	case 428:
		return called("open_tree") == -1 ? -1 : 20;
	case 429:
		lie = called("move_mount");
		assert_string_equal(to, "/tmp");
		if (lie == 0) {
			kernel.tmp++;
			kernel.mounted_room = 1;
		}
		return lie == -1 ? -1 : 0;
	case 442:
		memcpy(&attributes, &to, sizeof(to));
		lie = called("mount_setattr");
		kernel.flags = lie == 0 ? attributes->set : 0;
		assert_int_equal(attributes->propagation, MS_PRIVATE);
		assert_int_equal(attributes->clear, 0);
		return lie == -1 ? -1 : 0;
	default:
		fail_msg("system call %ld", number);
		return -1;
	}
}

int
__wrap_mount_facts(const char *path, struct mount_facts *facts)
{
	*facts = (struct mount_facts){ .mount = 100 * kernel.namespace, .mode = S_IFDIR, .gid = 33 };
	if (strcmp(path, "/tmp") == 0) {
		facts->mount += kernel.tmp;
		facts->dev = kernel.mounted_room ? ROOM_DEV : 1;
		facts->ino = kernel.mounted_room ? ROOM_INO : 1;
	}
	return 0;
}

int
__wrap_mount_propagation(const char *path, const struct mount_facts *facts, unsigned long *propagation)
{
	(void)path;
	(void)facts;
	*propagation = kernel.propagation;
	return 0;
}

int
__wrap_fstat(int fd, struct stat *st)
{
	assert_int_equal(fd, 10);
	*st = (struct stat){ .st_mode = S_IFDIR, .st_dev = ROOM_DEV, .st_ino = ROOM_INO };
	return 0;
}

int
__wrap_statvfs(const char *path, struct statvfs *st)
{
	assert_string_equal(path, "/tmp");
	*st = (struct statvfs){ .f_flag = kernel.flags, .f_blocks = 1, .f_files = 1 };
	return 0;
}

int
__wrap_open(const char *path, int flags, ...)
{
	assert_string_equal(path, "/tmp/privtmp.abcdef/tmp");
	assert_true((flags & O_PATH) != 0 && (flags & O_NOFOLLOW) != 0 && (flags & O_CLOEXEC) != 0);
	return called("open") == -1 ? -1 : 10;
}

int
__wrap_close(int fd)
{
	assert_int_equal(fd, 10);
	return called("close");
}

int
__wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	assert_int_equal(fd, 5);
	assert_string_equal(path, "/tmp");
	assert_true((mask & IN_UNMOUNT) != 0);
	return called("watch") == -1 ? -1 : 1;
}

int
__wrap_chdir(const char *path)
{
	assert_string_equal(path, "/tmp");
	return called("chdir") == -1 ? -1 : 0;
}

void
__wrap_say(const char *format, ...)
{
	(void)snprintf(kernel.said, sizeof(kernel.said), "%s", format);
}

void
__wrap_say_errno(const char *format, ...)
{
	(void)snprintf(kernel.said, sizeof(kernel.said), "%s", format);
}

#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

#define SENTINEL "mount tmpfs at /tmp, privtmp-cover, f, uid=0,gid=33,mode=0,size=4k"

static int
enter(const char *liar, const char *failing)
{
	static const struct object room = { "/tmp/privtmp.abcdef/tmp", ROOM_DEV, ROOM_INO };
	struct namespace namespace = {
		.propagation = MS_PRIVATE,
		.start = "/tmp",
		.count = 2,
		.mounts = {
			{ .kind = MOUNT_TMPFS, .option = "sentinel", .target = "/tmp", .data = "size=4k", .gid = 33,
			    .flags = MS_RDONLY | HARMLESS, .watched = true },
			{ .kind = MOUNT_TREE, .option = "private", .target = "/tmp", .source = &room, .flags = HARMLESS },
		},
	};

	memset(&kernel, 0, sizeof(kernel));
	kernel.propagation = MS_SHARED;
	kernel.liar = liar;
	kernel.failing = failing;
	return namespace_enter(&namespace, 5);
}

static void
namespace_enter__mounts_without_suid_dev_and_exec(void **state)
{
	(void)state;
	assert_int_equal(enter(NULL, NULL), 0);
	assert_int_equal(kernel.mounted_room, 1);
	assert_int_equal(kernel.flags, HARMLESS);
}

static void
namespace_enter__notices_calls_that_did_nothing(void **state)
{
	static const char *const liars[] = { "unshare 20000", "mount none at /, none, 44000, -", SENTINEL, "mount_setattr",
		"move_mount" };

	(void)state;
	for (size_t i = 0; i < COUNT(liars); i++)
		if (enter(liars[i], NULL) != -1 || kernel.said[0] == '\0')
			fail_msg("%s", liars[i]);
}

static void
namespace_enter__goes_no_further_than_the_first_failure(void **state)
{
	static const char *const calls[] = { "unshare 20000", "mount none at /, none, 44000, -", "open", SENTINEL, "watch",
		"open_tree", "close", "mount_setattr", "move_mount",
		"chdir" };

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		const char *last;

		if (enter(NULL, calls[i]) != -1 || kernel.said[0] == '\0')
			fail_msg("%s", calls[i]);
		last = strstr(kernel.order, calls[i]);
		assert_non_null(last);
		assert_string_equal(last + strlen(calls[i]), "\n");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespace_enter__mounts_without_suid_dev_and_exec),
		cmocka_unit_test(namespace_enter__notices_calls_that_did_nothing),
		cmocka_unit_test(namespace_enter__goes_no_further_than_the_first_failure),
	};

	return cmocka_run_group_tests_name("namespace", tests, NULL, NULL);
}
