/* wraps: setgroups setresgid setresuid setuid getgroups getresgid getresuid syscall say say_errno getgrnam getpwnam */

#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"

/* A kernel that remembers what it was told, notes the order, and lies about one of the calls. */
static struct {
	char order[256];
	const char *liar;
	const char *failing;
	uid_t uid;
	gid_t gid;
	gid_t groups[8];
	size_t group_count;
	uint32_t capabilities;
	char said[512];
} kernel;

static int
called(const char *name)
{
	(void)snprintf(kernel.order + strlen(kernel.order), sizeof(kernel.order) - strlen(kernel.order), "%s ", name);
	if (kernel.failing != NULL && strcmp(kernel.failing, name) == 0) {
		errno = EPERM;
		return -1;
	}
	return kernel.liar != NULL && strcmp(kernel.liar, name) == 0;
}

int __wrap_setgroups(size_t count, const gid_t *groups);
int __wrap_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
int __wrap_setresuid(uid_t ruid, uid_t euid, uid_t suid);
int __wrap_setuid(uid_t uid);
int __wrap_getgroups(int count, gid_t *groups);
int __wrap_getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid);
int __wrap_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid);
long __wrap_syscall(long number, ...);
void __wrap_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void __wrap_say_errno(const char *format, ...);
struct group *__wrap_getgrnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name);

int
__wrap_setgroups(size_t count, const gid_t *groups)
{
	int lie = called("setgroups");

	if (lie == 0) {
		kernel.group_count = count;
		for (size_t i = 0; i < count; i++)
			kernel.groups[i] = groups[i];
	}
	return lie == -1 ? -1 : 0;
}

int
__wrap_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	int lie = called("setresgid");

	assert_true(rgid == egid && egid == sgid);
	if (lie == 0)
		kernel.gid = rgid;
	return lie == -1 ? -1 : 0;
}

int
__wrap_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	int lie = called("setresuid");

	assert_true(ruid == euid && euid == suid);
	if (lie == 0)
		kernel.uid = ruid;
	return lie == -1 ? -1 : 0;
}

int
__wrap_setuid(uid_t uid)
{
	assert_int_equal(uid, 0);
	if (called("setuid") != 0)
		return 0;
	errno = EPERM;
	return -1;
}

int
__wrap_getgroups(int count, gid_t *groups)
{
	if ((size_t)count < kernel.group_count) {
		errno = EINVAL;
		return -1;
	}
	memcpy(groups, kernel.groups, kernel.group_count * sizeof(gid_t));
	return (int)kernel.group_count;
}

int
__wrap_getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)
{
	*rgid = *egid = *sgid = kernel.gid;
	return 0;
}

int
__wrap_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
{
	*ruid = *euid = *suid = kernel.uid;
	return 0;
}

long
__wrap_syscall(long number, ...)
{
	va_list args;
	uint32_t *data;
	int lie;

	va_start(args, number);
	(void)va_arg(args, void *);
	data = va_arg(args, uint32_t *);
	va_end(args);
	switch (number) {
	case SYS_capset:
		lie = called("capset");
		for (int i = 0; i < 6; i++)
			assert_int_equal(data[i], 0);
		if (lie == 0)
			kernel.capabilities = 0;
		return lie == -1 ? -1 : 0;
	case SYS_capget:
		for (int i = 0; i < 6; i++)
			data[i] = kernel.capabilities;
		return 0;
	case SYS_keyctl:
		lie = called("keyctl");
		return lie == -1 ? -1 : lie == 0 ? 12345 : 0;
	default:
		fail_msg("system call %ld", number);
		return -1;
	}
}

void
__wrap_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(kernel.said, sizeof(kernel.said), format, args);
	va_end(args);
}

void
__wrap_say_errno(const char *format, ...)
{
	(void)snprintf(kernel.said, sizeof(kernel.said), "%s", format);
}

static struct group staff = { .gr_gid = 50 };
static struct group none = { .gr_gid = (gid_t)-1 };

struct group *
__wrap_getgrnam(const char *name)
{
	return strcmp(name, "staff") == 0 ? &staff : strcmp(name, "none") == 0 ? &none : NULL;
}

static char empty[] = "", x[] = "x";
static struct passwd entries[] = {
	{ .pw_name = (char[]){ "plain" }, .pw_uid = 1234, .pw_gid = 1234, .pw_dir = x, .pw_shell = empty },
	{ .pw_name = (char[]){ "nouid" }, .pw_uid = (uid_t)-1, .pw_gid = 1, .pw_dir = x, .pw_shell = x },
	{ .pw_name = (char[]){ "nogid" }, .pw_uid = 1, .pw_gid = (gid_t)-1, .pw_dir = x, .pw_shell = x },
	{ .pw_name = (char[]){ "77" }, .pw_uid = 78, .pw_gid = 79, .pw_dir = x, .pw_shell = x },
};

struct passwd *
__wrap_getpwnam(const char *name)
{
	for (size_t i = 0; i < COUNT(entries); i++)
		if (strcmp(entries[i].pw_name, name) == 0)
			return &entries[i];
	return NULL;
}

static gid_t groups[] = { 20, 33, 44 };
static const struct identity user = {
	.change = IDENTITY_ASSUMED,
	.uid = 33,
	.gid = 33,
	.groups = groups,
	.group_count = 3,
	.name = (char[]){ "user" },
};

static int
assume(const struct identity *identity, const char *liar, const char *failing)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.capabilities = 0xffffffff;
	kernel.liar = liar;
	kernel.failing = failing;
	return identity_assume(identity);
}

static void
identity_assume__drops_in_the_one_order_that_works(void **state)
{
	(void)state;
	assert_int_equal(assume(&user, NULL, NULL), 0);
	assert_string_equal(kernel.order, "setgroups setresgid setresuid capset setuid keyctl ");
}

static void
identity_assume__notices_every_lie_and_every_failure(void **state)
{
	static const char *const calls[] = { "setgroups", "setresgid", "setresuid", "capset", "keyctl" };

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		if (assume(&user, calls[i], NULL) != -1 || strstr(kernel.said, "claimed success") == NULL)
			fail_msg("a lie of %s: %s", calls[i], kernel.said);
		if (assume(&user, NULL, calls[i]) != -1 || kernel.said[0] == '\0')
			fail_msg("a failure of %s", calls[i]);
	}
	assert_int_equal(assume(&user, "setuid", NULL), -1);
	assert_string_equal(kernel.said, "setuid: root can be regained");
}

static void
identity_assume__changes_no_more_than_it_was_asked_to(void **state)
{
	struct identity other = { .change = IDENTITY_KEPT };

	(void)state;
	assert_int_equal(assume(&other, NULL, NULL), 0);
	assert_string_equal(kernel.order, "");
	other.change = IDENTITY_RENOUNCED;
	assert_int_equal(assume(&other, NULL, NULL), 0);
	assert_string_equal(kernel.order, "capset ");
	other.change = IDENTITY_ASSUMED;
	other.name = user.name;
	assert_int_equal(assume(&other, NULL, NULL), 0);
	assert_string_equal(kernel.order, "setgroups setresgid setresuid capset keyctl ");
}

static void
identity_lookup__takes_the_name_before_the_number(void **state)
{
	struct identity identity;

	(void)state;
	assert_int_equal(identity_lookup("77", "", &identity), 0);
	assert_int_equal(identity.uid, 78);
	assert_int_equal(identity_lookup("plain", "staff", &identity), 0);
	assert_int_equal(identity.gid, 50);
	assert_string_equal(identity.shell, "/bin/sh");
	assert_int_equal(identity_lookup("3999999999", "51", &identity), 0);
	assert_int_equal(identity.uid, 3999999999U);
	assert_int_equal(identity.gid, 51);
	assert_int_equal(identity.group_count, 0);
}

static void
identity_lookup__refuses_what_is_no_id_from_every_source(void **state)
{
	static const char *const cases[][2] = { { "nouid", "" }, { "nogid", "" }, { "plain", "none" },
		{ "plain", "4294967295" }, { "4294967295", "1" }, { "plain", "unknown" }, { "unknown", "" },
		{ "3999999999", "" }, { " 33", "1" }, { "+33", "1" }, { "0x21", "1" } };
	struct identity identity;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		kernel.said[0] = '\0';
		if (identity_lookup(cases[i][0], cases[i][1], &identity) != -1 || kernel.said[0] == '\0')
			fail_msg("user '%s', group '%s'", cases[i][0], cases[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_assume__drops_in_the_one_order_that_works),
		cmocka_unit_test(identity_assume__notices_every_lie_and_every_failure),
		cmocka_unit_test(identity_assume__changes_no_more_than_it_was_asked_to),
		cmocka_unit_test(identity_lookup__takes_the_name_before_the_number),
		cmocka_unit_test(identity_lookup__refuses_what_is_no_id_from_every_source),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
