#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>

#include "path.h"

static void
path_normalize__considers_the_text_alone(void **state)
{
	static const char *const cases[][2] = { { "/", "/" }, { "//", "/" }, { "/a//b/", "/a/b" },
		{ "/./a/.", "/a" }, { "/..", "/" }, { "/../a", "/a" }, { "/a/../b", "/b" },
		{ "/a/b/../..", "/" }, { "/a/b/../../..", "/" }, { "/a/...", "/a/..." },
		{ "/a/..b", "/a/..b" }, { "/a/.b", "/a/.b" }, { "", "/" } };
	char clean[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(path_normalize(cases[i][0], clean));
		assert_string_equal(clean, cases[i][1]);
	}
}

static void
path_normalize__refuses_a_path_of_more_than_path_max(void **state)
{
	static char path[3 * PATH_MAX + 1], clean[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < PATH_MAX; i++)
		path[i] = i % 100 == 0 ? '/' : 'x';
	assert_false(path_normalize(path, clean));
	path[PATH_MAX - 1] = '\0';
	assert_true(path_normalize(path, clean));
	assert_string_equal(clean, path);
	for (size_t i = 0; i < PATH_MAX; i++)
		memcpy(path + 3 * i, i % 2 == 0 ? "/aa" : "/..", 3);
	assert_true(path_normalize(path, clean));
	assert_string_equal(clean, "/");
}

static void
path_within__compares_whole_components(void **state)
{
	(void)state;
	assert_true(path_within("/tmp", "/tmp"));
	assert_true(path_within("/tmp/x", "/tmp"));
	assert_true(path_within("/tmp", "/"));
	assert_true(path_within("/", "/"));
	assert_false(path_within("/tmpx", "/tmp"));
	assert_false(path_within("/tm", "/tmp"));
	assert_false(path_within("/", "/tmp"));
	assert_false(path_within("/var/tmp", "/tmp"));
}

static void
path_enclosing__finds_the_first(void **state)
{
	static const struct locations objects = {
		{ { .path = "/tmp/a" }, { .path = "/tmp" }, { .path = "/tmp/b" } }, 3
	};

	(void)state;
	assert_ptr_equal(path_enclosing("/tmp/a/x", &objects), &objects.items[0]);
	assert_ptr_equal(path_enclosing("/tmp/b", &objects), &objects.items[1]);
	assert_null(path_enclosing("/var", &objects));
	assert_null(path_enclosing("/tmp", &(struct locations){ .count = 0 }));
}

/* Walk to the path below the scratch directory, and close all. */
static bool
walk(const char *path, struct place *place)
{
	char full[2 * PATH_MAX];
	bool found;

	(void)snprintf(full, sizeof(full), "%s/%s", scratch, path);
	found = path_walk(full, place);
	if (found)
		(void)close(place->fd);
	else
		assert_int_equal(place->fd, -1);
	return found;
}

static void
add_link(const char *target, const char *path, uid_t owner)
{
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(lchown(path, owner, (gid_t)-1), 0);
}

static void
add_tree(void)
{
	char target[sizeof(scratch) + 16], name[16];

	add_dir("dir", 0, 0755);
	add_file("dir/file");
	add_dir("sticky", 0, 01777);
	add_dir("sticky/roots", 0, 0755);
	add_dir("sticky/users", USER, 0755);
	add_dir("sticky/users/x", 0, 0755);
	add_link("../dir", "sticky/roots-link", 0);
	add_link("../dir", "sticky/users-link", USER);
	add_dir("open", 0, 0777);
	add_dir("open/x", 0, 0755);
	add_dir("group", 0, 0775);
	add_dir("group/x", 0, 0755);
	add_dir("users", USER, 0755);
	add_dir("users/x", 0, 0755);
	add_dir("unknown", 65534, 0755);
	add_dir("unknown/x", 0, 0755);
	add_link("users/x", "through", 0);
	add_link("dir/..", "up", 0);
	add_link("loop", "loop", 0);
	(void)snprintf(target, sizeof(target), "%s/dir", scratch);
	add_link(target, "link0", 0);
	for (int i = 1; i <= 40; i++) {
		(void)snprintf(target, sizeof(target), "link%d", i - 1);
		(void)snprintf(name, sizeof(name), "link%d", i);
		add_link(target, name, 0);
	}
}

static void
path_walk__refuses_a_way_that_others_can_change(void **state)
{
	static const char sticky[] = "not root's in a directory that others can write to";
	static const char writable[] = "others than root can write";
	static const struct {
		const char *path;
		const char *end; /* where that leads, or ... */
		const char *why;
	} cases[] = {
		{ "dir/./file", "dir/file", NULL },
		{ "dir//../dir/file", "dir/file", NULL },
		{ "sticky", "sticky", NULL },
		{ "sticky/roots", "sticky/roots", NULL },
		{ "sticky/roots-link", "dir", NULL },
		{ "sticky/roots-link/../dir/file", "dir/file", NULL },
		{ "sticky/users", NULL, sticky },
		{ "sticky/users/x", NULL, sticky },
		{ "sticky/users-link", NULL, sticky },
		{ "open", "open", NULL },
		{ "open/x", NULL, writable },
		{ "group/x", NULL, writable },
		{ "users", "users", NULL },
		{ "users/x", NULL, "is not root's" },
		{ "users/..", NULL, "is not root's" },
		{ "unknown/x", NULL, "unknown in this user namespace" },
		{ "through", NULL, "is not root's" },
		{ "up/dir", "dir", NULL },
		{ "link0", "dir", NULL },
		{ "link39/file", "dir/file", NULL },
	};
	char end[PATH_MAX];
	struct place place;

	(void)state;
	NEED_ROOT();
	add_tree();
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool found = walk(cases[i].path, &place);

		(void)snprintf(end, sizeof(end), "%s/%s", scratch, cases[i].end);
		if (found != (cases[i].end != NULL))
			fail_msg("%s: %s", cases[i].path, found ? place.path : place.why);
		if (found ? strcmp(place.path, end) != 0 : strstr(place.why, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].path, found ? place.path : place.why);
	}
}

static void
path_walk__ends_with_errno(void **state)
{
	static const struct {
		const char *path;
		int error;
	} cases[] = { { "sticky/users", EPERM }, { "missing", ENOENT }, { "missing/..", ENOENT },
		{ "dir/file/x", ENOTDIR }, { "dir/file/..", ENOTDIR }, { "loop", ELOOP },
		{ "link40", ELOOP } };
	struct place place;
	int before = dup(0);

	(void)state;
	NEED_ROOT();
	(void)close(before);
	add_tree();
	for (size_t i = 0; i < COUNT(cases); i++)
		if (walk(cases[i].path, &place) || errno != cases[i].error)
			fail_msg("%s: %s", cases[i].path, place.why);
	assert_int_equal(open("/", O_RDONLY | O_CLOEXEC), before);
	(void)close(before);
}

static void
path_walk__lets_an_ordinary_user_go_anywhere(void **state)
{
	struct place place;
	bool found;

	(void)state;
	NEED_ROOT();
	add_tree();
	assert_int_equal(seteuid(USER), 0);
	found = walk("sticky/users/x", &place) && walk("open/x", &place) && walk("through", &place);
	assert_int_equal(seteuid(0), 0);
	assert_true(found);
}

/* Mount FUSE at a directory of the scratch directory, with a server that answers nothing. */
static bool
mount_fuse(const char *point)
{
	int server = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char data[80];

	(void)snprintf(
	    data, sizeof(data), "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", server);
	return server != -1 && mount("test", point, "fuse", 0, data) == 0;
}

static void
path_walk__never_waits_for_a_server_of_fuse(void **state)
{
	struct place place;
	char private[PATH_MAX], path[PATH_MAX];
	bool local, fuse, below, exposed, itself;

	(void)state;
	NEED_MOUNT_POINT();
	NEED_ROOT();
	add_tree();
	NEED(unshare(CLONE_NEWNS) == 0, "CAP_SYS_ADMIN");
	assert_int_equal(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("none", "sticky/roots", "tmpfs", 0, "mode=755"), 0);
	local = walk("sticky/roots", &place);
	assert_int_equal(umount2("sticky/roots", MNT_DETACH), 0);
	NEED(mount_fuse("sticky/roots"), "FUSE");
	/* SIGALRM ends the test if it waits. */
	(void)alarm(20);
	fuse = walk("sticky/roots", &place);
	assert_true(strstr(place.why, "is on FUSE") != NULL);
	below = walk("sticky/roots/x", &place);
	(void)snprintf(private, sizeof(private), "%s/sticky", scratch);
	(void)snprintf(path, sizeof(path), "%s/sticky/roots/x", scratch);
	exposed = path_walk_below(path, private, USER, &place);
	assert_true(strstr(place.why, "is on FUSE") != NULL);
	/* What was exposed in a tmpfs, and all is on FUSE: there, the walk goes to the mount point. */
	(void)snprintf(path, sizeof(path), "%s/sticky/roots", scratch);
	itself = path_walk_below(path, path, 0, &place);
	if (itself)
		(void)close(place.fd);
	(void)alarm(0);
	assert_int_equal(umount2("sticky/roots", MNT_DETACH), 0);
	assert_true(local && itself);
	assert_false(fuse || below || exposed);
}

/* Make directories in each other until the path of the last has that length, and go there. */
static void
descend(char *path, size_t length)
{
	char name[NAME_MAX + 1];

	while (strlen(path) < length) {
		size_t rest = length - strlen(path) - 1, part = rest > 200 ? 100 : rest;

		memset(name, 'x', part);
		name[part] = '\0';
		assert_true(mkdir(name, 0755) == 0 && chdir(name) == 0);
		strcat(strcat(path, "/"), name);
	}
}

static void
path_walk__refuses_what_is_too_long(void **state)
{
	static char path[2 * PATH_MAX], target[PATH_MAX], deep[PATH_MAX + 100];
	struct place place;

	(void)state;
	add_dir("dir", geteuid(), 0755);
	memset(path, 'x', NAME_MAX + 1);
	assert_false(walk(path, &place));
	assert_int_equal(errno, ENAMETOOLONG);
	path[NAME_MAX] = '\0';
	assert_false(walk(path, &place));
	assert_int_equal(errno, ENOENT);

	/* A target of PATH_MAX - 4, and what follows it. */
	memset(target, '/', PATH_MAX - 4);
	memcpy(target, "dir", 3);
	assert_int_equal(symlink(target, "long"), 0);
	assert_true(walk("long/./", &place));
	assert_false(walk("long/./.", &place));
	assert_int_equal(errno, ENAMETOOLONG);

	/* What is found, at PATH_MAX - 1 and at PATH_MAX. */
	strcpy(deep, scratch);
	descend(deep, PATH_MAX - 3);
	assert_true(mkdir("y", 0755) == 0 && mkdir("yy", 0755) == 0);
	strcat(deep, "/y");
	assert_true(path_walk(deep, &place));
	assert_string_equal(place.path, deep);
	(void)close(place.fd);
	strcat(deep, "y/..");
	assert_false(path_walk(deep, &place));
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
path_walk_below__refuses_links_and_other_owners(void **state)
{
	static const struct {
		const char *path;
		const char *why;
	} cases[] = { { "users", NULL }, { "users/roots", NULL }, { "users/own", NULL },
		{ "users/own/below", NULL }, { "users/other", "neither to root nor to the user" },
		{ "users/other/own", "neither to root nor to the user" },
		{ "users/link", "a symbolic link" }, { "users/link/below", "a symbolic link" },
		{ "users/roots/link", NULL }, { "users/roots/link/share", NULL },
		{ "users/roots/out", "No such file" }, { "users/rootlink", "not root" },
		{ "users/missing", "No such file" } };
	char private[PATH_MAX], path[PATH_MAX];
	struct place place;

	(void)state;
	NEED_ROOT();
	/* Above the private directory and there, the owner does not matter, nor do modes. */
	assert_int_equal(chown(scratch, USER + 1, 0), 0);
	add_dir("users", USER + 1, 0777);
	add_dir("users/roots", 0, 0755);
	add_dir("users/own", USER, 0777);
	add_dir("users/own/below", USER, 0755);
	add_dir("users/other", USER + 1, 0755);
	add_dir("users/other/own", USER, 0755);
	add_link("own", "users/link", USER);
	/* Behind a link of root's, the rules of path_walk() hold: there, others can change nothing. */
	add_link("/usr", "users/roots/link", 0);
	add_link("/missing", "users/roots/out", 0);
	add_link("/usr", "users/rootlink", 0);
	(void)snprintf(private, sizeof(private), "%s/users", scratch);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool found;

		(void)snprintf(path, sizeof(path), "%s/%s", scratch, cases[i].path);
		found = path_walk_below(path, private, USER, &place);
		if (found)
			(void)close(place.fd);
		if (found != (cases[i].why == NULL) ||
		    (!found && strstr(place.why, cases[i].why) == NULL))
			fail_msg("%s: %s", cases[i].path, found ? "found" : place.why);
	}
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_normalize__considers_the_text_alone),
		cmocka_unit_test(path_normalize__refuses_a_path_of_more_than_path_max),
		cmocka_unit_test(path_within__compares_whole_components),
		cmocka_unit_test(path_enclosing__finds_the_first),
		IN_SCRATCH(path_walk__refuses_a_way_that_others_can_change),
		IN_SCRATCH(path_walk__ends_with_errno),
		IN_SCRATCH(path_walk__lets_an_ordinary_user_go_anywhere),
		IN_SCRATCH(path_walk__never_waits_for_a_server_of_fuse),
		IN_SCRATCH(path_walk__refuses_what_is_too_long),
		IN_SCRATCH(path_walk_below__refuses_links_and_other_owners),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
