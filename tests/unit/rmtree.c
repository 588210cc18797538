/* wraps: unlinkat openat renameat lseek mremap */

/* On the real file system; as an ordinary user as far as that goes. */

#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* linux/fs.h, which cannot be included together with all headers of libc */
#define GET_FLAGS _IOR('f', 1, long)
#define SET_FLAGS _IOW('f', 2, long)
#define IMMUTABLE 0x10

int __real_unlinkat(int dir, const char *path, int flags);
int __real_openat(int dir, const char *path, int flags, ...);
int __real_renameat(int from, const char *path, int to, const char *name);
void *__real_mremap(void *memory, size_t size, size_t larger, int flags);

#define OWNER 65534 /* of a tree, where it matters */

/*
 * Somebody removes each third entry just before we do or open it, or removes the top as soon as it
 * is empty, or replaces a directory by a link just before we open it, or moves a directory away
 * just before a certain call, or the owner creates a file wherever he can.
 */
static bool removing, removing_top, replacing, creating;
static const char *kept = ""; /* nobody can remove what has that name */
static unsigned int calls, moving_at = UINT_MAX;
static int moving_from, moving_to;

#define MOVED_LEVELS 12 /* more than are open at once */

static int created;	  /* files of the owner */
static int highest;	  /* descriptor that has been opened */
static size_t memory;	  /* in bytes */
static const char *seeks; /* instead to the "end" or the "start", or does "not" */

static void
create(int dir)
{
	(void)setfsuid(OWNER);
	(void)fchmod(dir, 0777);
	if (mknodat(dir, "created", S_IFREG, 0) == 0)
		created++;
	(void)setfsuid(geteuid());
}

static void
interfere(int dir, const char *path)
{
	if (creating)
		create(dir);
	if (calls++ == moving_at)
		(void)__real_renameat(moving_from, "d", moving_to, "moved");
	if (removing && calls % 3 == 0 && __real_unlinkat(dir, path, 0) == -1)
		(void)__real_unlinkat(dir, path, AT_REMOVEDIR);
}

int
__wrap_unlinkat(int dir, const char *path, int flags)
{
	int result;

	interfere(dir, path);
	if (strcmp(path, kept) == 0) {
		errno = EPERM;
		return -1;
	}
	result = __real_unlinkat(dir, path, flags);
	if (removing_top)
		(void)__real_unlinkat(scratch_fd, "top", AT_REMOVEDIR);
	return result;
}

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	int fd;

	interfere(dir, path);
	if (replacing && __real_unlinkat(dir, path, AT_REMOVEDIR) == 0)
		assert_int_equal(symlinkat("../beside", dir, path), 0);
	fd = __real_openat(dir, path, flags);
	if (fd > highest)
		highest = fd;
	return fd;
}

/* The owner of a tree can make that impossible. */
int
__wrap_renameat(int from, const char *path, int to, const char *name)
{
	(void)from;
	(void)to;
	fail_msg("renameat %s %s", path, name);
	return -1;
}

void *
__wrap_mremap(void *area, size_t size, size_t larger, int flags)
{
	memory = larger;
	return __real_mremap(area, size, larger, flags);
}

/* Not all file systems keep the offsets of entries while others are removed. */
off_t
__wrap_lseek(int fd, off_t offset, int whence)
{
	int64_t result = offset;
	char listing[4096];

	assert_int_equal(whence, SEEK_SET);
	if (seeks != NULL && offset != 0 && strcmp(seeks, "not") == 0) {
		errno = EINVAL;
		return -1;
	}
	if (seeks != NULL && strcmp(seeks, "start") == 0)
		offset = 0;
#ifdef SYS__llseek
	if (syscall(SYS__llseek, fd, (long)(offset >> 32), (long)offset, &result, whence) == -1)
		return -1;
#else
	result = syscall(SYS_lseek, fd, offset, whence);
#endif
	if (seeks != NULL && offset != 0 && strcmp(seeks, "end") == 0)
		while (syscall(SYS_getdents64, fd, listing, sizeof(listing)) > 0)
			continue;
	return result;
}

/* Make a directory and open it. */
static int
add_dir_at(int dir, const char *name)
{
	int fd;

	assert_int_equal(mkdirat(dir, name, 0700), 0);
	fd = __real_openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd != -1);
	return fd;
}

static void
add_file_at(int dir, const char *name)
{
	assert_int_equal(mknodat(dir, name, S_IFREG | 0600, 0), 0);
}

/* Fill the directory with a tree of that width and depth. */
static void
add_tree(int dir, int width, int depth)
{
	char name[16];

	for (int i = 0; i < width; i++) {
		int below;

		(void)snprintf(name, sizeof(name), "%d", i);
		below = add_dir_at(dir, name);
		add_file_at(below, "file");
		if (depth > 1)
			add_tree(below, width, depth - 1);
		assert_int_equal(close(below), 0);
	}
}

static void
add_levels(int levels)
{
	int dir = dup(scratch_fd);

	for (int i = 0; i < levels; i++) {
		int below = add_dir_at(dir, "d");

		if (i % 100 == 0)
			add_file_at(dir, "f");
		assert_int_equal(close(dir), 0);
		dir = below;
	}
	assert_int_equal(close(dir), 0);
}

static bool
is_empty(void)
{
	int count = 0;
	DIR *dir = opendir(scratch);

	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count == 2;
}

static void
rmtree__removes_names_and_files_of_all_kinds(void **state)
{
	static const char *const names[] = { "a", "\n", "\033[31m", "\xff", " ", "-rf", "*", "0",
		"1", "...", "0000" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		int dir = add_dir_at(scratch_fd, names[i]);

		for (size_t j = 0; j < COUNT(names); j++)
			add_file_at(dir, names[j]);
		assert_int_equal(symlinkat("/etc", dir, "link"), 0);
		assert_int_equal(symlinkat("cycle", dir, "cycle"), 0);
		assert_int_equal(mkfifoat(dir, "fifo", 0), 0);
		assert_int_equal(fchmod(dir, 0), 0);
		assert_int_equal(close(dir), 0);
	}
	assert_int_equal(rmtree(scratch_fd), 0);
	assert_true(is_empty());
	assert_int_equal(access("/etc/passwd", F_OK), 0);
	assert_int_equal(rmtree(scratch_fd), 0);
}

static void
rmtree__follows_no_link(void **state)
{
	int beside = add_dir_at(scratch_fd, "beside"), top = add_dir_at(scratch_fd, "top");
	int dir = add_dir_at(top, "dir"), result;

	(void)state;
	add_file_at(beside, "canary");
	assert_int_equal(symlinkat("../../beside", dir, "link"), 0);
	assert_int_equal(symlinkat("../beside", top, "link"), 0);
	assert_int_equal(rmtree(top), 0);
	assert_int_equal(faccessat(beside, "canary", F_OK, 0), 0);
	(void)close(add_dir_at(top, "replaced"));
	replacing = true;
	result = rmtree(top);
	replacing = false;
	assert_int_equal(faccessat(beside, "canary", F_OK, 0), 0);
	assert_true(result == 0 || errno == ENOTDIR || errno == ELOOP);
	(void)close(beside);
	(void)close(top);
	(void)close(dir);
}

static void
rmtree__takes_each_directory_from_its_owner_before_it_empties_it(void **state)
{
	int dir;

	(void)state;
	NEED_ROOT();
	for (int mode = 0; mode <= 0777; mode += 0777) {
		dir = add_dir_at(scratch_fd, "dir");
		add_file_at(dir, "1");
		add_file_at(dir, "2");
		assert_int_equal(fchown(dir, OWNER, OWNER), 0);
		assert_int_equal(fchmod(dir, (mode_t)mode), 0);
		creating = true;
		assert_int_equal(rmtree(scratch_fd), 0);
		creating = false;
		assert_int_equal(created, 0);
		assert_true(is_empty());
		(void)close(dir);
	}
}

/* In memory: elsewhere, making that many directories would take most of the time. */
static int
make_in_memory(void **state)
{
	(void)state;
	return scratch_make_in("/dev/shm");
}

static void
rmtree__of_30000_levels_takes_a_modest_time(void **state)
{
	/* The seconds that a system test has are more on slow machines. */
	const char *deadline = getenv("DEADLINE");
	long most = (deadline != NULL ? atol(deadline) : 60) / 10;
	struct rusage before, after;

	(void)state;
	add_levels(30000);
	memory = 0;
	highest = 0;
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(rmtree(scratch_fd), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_true(is_empty());
	if (after.ru_stime.tv_sec - before.ru_stime.tv_sec > most)
		fail_msg("%ld seconds", (long)(after.ru_stime.tv_sec - before.ru_stime.tv_sec));
	/* In bytes a level, and some more. */
	assert_in_range(memory, 1, 32 * 30000 + 65536);
	assert_in_range(highest - scratch_fd, 1, 12);
}

static void
rmtree__needs_one_descriptor(void **state)
{
	struct rlimit before, limited;
	int next = dup(scratch_fd);

	(void)state;
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (int spare = 0; spare <= 10; spare++) {
		int result;

		add_tree(scratch_fd, 2, 6);
		add_levels(30);
		limited = before;
		limited.rlim_cur = (rlim_t)(next + spare);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limited), 0);
		errno = 0;
		result = rmtree(scratch_fd);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		if (spare == 0) {
			assert_true(result == -1 && errno == EMFILE);
			assert_int_equal(rmtree(scratch_fd), 0);
		}
		if ((spare > 0 && result != 0) || !is_empty())
			fail_msg("with %d descriptors", spare);
	}
}

static void
rmtree__copes_with_others_who_remove(void **state)
{
	int top = add_dir_at(scratch_fd, "top");

	(void)state;
	add_tree(scratch_fd, 3, 5);
	add_levels(30);
	removing = true;
	assert_int_equal(rmtree(scratch_fd), 0);
	removing = false;
	assert_true(is_empty());
	/* The top itself has gone before. */
	assert_int_equal(rmtree(top), 0);
	(void)close(top);
	/* The top goes in the midst. */
	top = add_dir_at(scratch_fd, "top");
	add_file_at(top, "1");
	add_file_at(top, "2");
	removing_top = true;
	assert_int_equal(rmtree(top), 0);
	removing_top = false;
	assert_true(is_empty());
	(void)close(top);
}

/* Root moves a directory of that level out of a tree before a call. Returns whether there is one. */
static bool
move_away(int level, unsigned int call)
{
	int top = add_dir_at(scratch_fd, "top"), dir = dup(top), result;
	bool moved;

	/* The same names as in the tree. */
	moving_to = add_dir_at(scratch_fd, "outside");
	add_file_at(moving_to, "f");
	(void)close(add_dir_at(moving_to, "d"));
	for (int i = 0; i < MOVED_LEVELS; i++) {
		int below = add_dir_at(dir, "d");

		add_file_at(dir, "f");
		if (i == level)
			moving_from = dir;
		else
			(void)close(dir);
		dir = below;
	}
	(void)close(dir);
	calls = 0;
	moving_at = call;
	result = rmtree(top);
	moved = calls > call;
	moving_at = UINT_MAX;
	/* Before it has removed anything, it may have lost its way. */
	assert_true(result == 0 || errno == ESTALE);
	assert_int_equal(faccessat(moving_to, "d", F_OK, 0), 0);
	assert_int_equal(faccessat(moving_to, "f", F_OK, 0), 0);
	assert_int_equal(rmtree(top), 0);
	assert_int_equal(rmdir("top"), 0);
	assert_int_equal(rmtree(moving_to), 0);
	assert_int_equal(rmdir("outside"), 0);
	(void)close(top);
	(void)close(moving_from);
	(void)close(moving_to);
	return moved;
}

static void
rmtree__leaves_what_root_moves_out_of_the_tree(void **state)
{
	(void)state;
	for (int level = 0; level < MOVED_LEVELS; level++)
		for (unsigned int call = 0; move_away(level, call);)
			call++;
}

static void
rmtree__copes_with_offsets_that_change(void **state)
{
	static const char *const ways[] = { "end", "start", "not" };
	int result;

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		add_tree(scratch_fd, 2, 11);
		seeks = ways[i];
		assert_int_equal(rmtree(scratch_fd), 0);
		assert_true(is_empty());
	}
	/* It ends, too. */
	add_tree(scratch_fd, 2, 11);
	kept = "file";
	result = rmtree(scratch_fd);
	kept = "";
	seeks = NULL;
	assert_int_equal(result, -1);
}

static void
rmtree__leaves_what_is_immutable_alone(void **state)
{
	static const char *const paths[] = { "dir/immutable", "immutable" };

	(void)state;
	NEED_ROOT();
	/* 9 is CAP_LINUX_IMMUTABLE. */
	NEED(prctl(PR_CAPBSET_READ, 9) == 1, "CAP_LINUX_IMMUTABLE");
	for (size_t i = 0; i < COUNT(paths); i++) {
		int dir = add_dir_at(scratch_fd, "dir"), flags = 0, result, error, fd;

		(void)close(add_dir_at(scratch_fd, "immutable"));
		add_tree(scratch_fd, 2, 3);
		add_file_at(dir, "a");
		add_file_at(dir, "immutable");
		add_file_at(dir, "z");
		(void)close(dir);
		fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		NEED(ioctl(fd, GET_FLAGS, &flags) == 0, "a file system that knows immutable files");
		flags |= IMMUTABLE;
		assert_int_equal(ioctl(fd, SET_FLAGS, &flags), 0);
		result = rmtree(scratch_fd);
		error = errno;
		flags &= ~IMMUTABLE;
		assert_int_equal(ioctl(fd, SET_FLAGS, &flags), 0);
		(void)close(fd);
		assert_int_equal(result, -1);
		assert_int_equal(error, EPERM);
		assert_int_equal(remove(paths[i]), 0);
		assert_int_equal(rmdir("dir"), i == 0 ? 0 : -1);
		assert_true(is_empty());
	}
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
#define IN_MEMORY(test) cmocka_unit_test_setup_teardown(test, make_in_memory, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(rmtree__removes_names_and_files_of_all_kinds),
		IN_SCRATCH(rmtree__follows_no_link),
		IN_SCRATCH(rmtree__takes_each_directory_from_its_owner_before_it_empties_it),
		IN_MEMORY(rmtree__of_30000_levels_takes_a_modest_time),
		IN_SCRATCH(rmtree__needs_one_descriptor),
		IN_SCRATCH(rmtree__copes_with_others_who_remove),
		IN_MEMORY(rmtree__leaves_what_root_moves_out_of_the_tree),
		IN_MEMORY(rmtree__copes_with_offsets_that_change),
		IN_SCRATCH(rmtree__leaves_what_is_immutable_alone),
	};

	return cmocka_run_group_tests_name("rmtree", tests, NULL, NULL);
}
