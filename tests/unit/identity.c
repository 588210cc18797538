/* wraps: setgroups setresgid setresuid getgroups getresgid getresuid geteuid getegid getppid */
/* wraps: prctl kill syscall getgrnam getpwnam getpwuid getgrouplist exit write */

#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "identity.h"
#include "report.h"

#define ALL_CAPABILITIES UINT32_MAX
#define PARENT 100

/* A kernel that records the order of calls, and lies about one of them, or fails some. */
static struct {
	char order[256];
	const char *liar;
	const char *failing; /* names */
	int error;
	uid_t uid;
	gid_t gid;
	int stale; /* which of the ids that follow, counted from 1, is still 0 */
	gid_t groups[8];
	size_t group_count;
	uint32_t capabilities;
	int securebits;
	int death_signal;
	pid_t parent;
} kernel;

/* Record the call. Returns 0, 1 if it has to lie, or -1 if it has to fail. */
static int
called(const char *name)
{
	strcat(strcat(kernel.order, name), " ");
	if (kernel.failing != NULL && strstr(kernel.failing, name) != NULL) {
		errno = kernel.error;
		return -1;
	}
	return kernel.liar != NULL && strcmp(kernel.liar, name) == 0;
}

int
__wrap_setgroups(size_t count, const gid_t *groups)
{
	int result = called("setgroups");

	if (result == 0) {
		kernel.group_count = count;
		/* In an order that is not ours. */
		for (size_t i = 0; i < count; i++)
			kernel.groups[count - 1 - i] = groups[i];
	}
	return result == -1 ? -1 : 0;
}

int
__wrap_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	int result = called("setresgid");

	assert_true(rgid == egid && egid == sgid);
	if (result == 0)
		kernel.gid = rgid;
	return result == -1 ? -1 : 0;
}

int
__wrap_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	int result = called("setresuid");

	assert_true(ruid == euid && euid == suid);
	if (result == 0)
		kernel.uid = ruid;
	return result == -1 ? -1 : 0;
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
	*rgid = kernel.stale == 1 ? 0 : kernel.gid;
	*egid = kernel.stale == 2 ? 0 : kernel.gid;
	*sgid = kernel.stale == 3 ? 0 : kernel.gid;
	return 0;
}

int
__wrap_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
{
	*ruid = kernel.stale == 4 ? 0 : kernel.uid;
	*euid = kernel.stale == 5 ? 0 : kernel.uid;
	*suid = kernel.stale == 6 ? 0 : kernel.uid;
	return 0;
}

uid_t
__wrap_geteuid(void)
{
	return kernel.uid;
}

gid_t
__wrap_getegid(void)
{
	return kernel.gid;
}

pid_t
__wrap_getppid(void)
{
	return kernel.parent;
}

int
__wrap_prctl(int option, ...)
{
	va_list args;
	int result = 0;

	va_start(args, option);
	switch (option) {
	case PR_GET_PDEATHSIG:
		*va_arg(args, int *) = kernel.death_signal;
		break;
	case PR_SET_PDEATHSIG:
		assert_int_equal(va_arg(args, int), SIGUSR1);
		result = called("pdeathsig");
		break;
	case PR_GET_SECUREBITS:
		result = kernel.securebits;
		break;
	case PR_SET_SECUREBITS:
		result = called("securebits");
		if (result == 0)
			kernel.securebits = va_arg(args, int);
		result = result == -1 ? -1 : 0;
		break;
	case PR_SET_DUMPABLE:
		assert_int_equal(va_arg(args, int), 0);
		result = called("dumpable");
		break;
	default:
		fail_msg("prctl %d", option);
	}
	va_end(args);
	return result;
}

int
__wrap_kill(pid_t pid, int number)
{
	assert_int_equal(pid, getpid());
	assert_int_equal(number, SIGUSR1);
	return called("kill");
}

long
__wrap_syscall(long number, ...)
{
	uint32_t *data;
	va_list args;
	int result;

	switch (number) {
	case SYS_keyctl:
		result = called("keyctl");
		return result == 0 ? 12345 : result == -1 ? -1 : 0;
	case SYS_add_key:
	case SYS_request_key:
		/* Where they are allowed, it is their arguments that are wrong. */
		if (called(number == SYS_add_key ? "add_key" : "request_key") == 0)
			errno = EFAULT;
		return -1;
	}
	va_start(args, number);
	(void)va_arg(args, void *);
	data = va_arg(args, uint32_t *);
	va_end(args);
	if (number == SYS_capget) {
		for (int i = 0; i < 6; i++)
			data[i] = kernel.capabilities;
		return 0;
	}
	assert_int_equal(number, SYS_capset);
	for (int i = 0; i < 6; i++)
		assert_int_equal(data[i], 0);
	result = called("capset");
	if (result == 0)
		kernel.capabilities = 0;
	return result == -1 ? -1 : 0;
}

struct group *
__wrap_getgrnam(const char *name)
{
	static struct group staff = { .gr_gid = 50 }, none = { .gr_gid = (gid_t)-1 };

	return strcmp(name, "staff") == 0 ? &staff : strcmp(name, "none") == 0 ? &none : NULL;
}

static char empty[] = "", home[] = "/home/x", shell[] = "/bin/x";
static struct passwd entries[] = {
	{ .pw_name = (char[]){ "plain" },
	    .pw_uid = 1234,
	    .pw_gid = 1234,
	    .pw_dir = home,
	    .pw_shell = empty },
	{ .pw_name = (char[]){ "nouid" },
	    .pw_uid = (uid_t)-1,
	    .pw_gid = 1,
	    .pw_dir = home,
	    .pw_shell = shell },
	{ .pw_name = (char[]){ "nogid" },
	    .pw_uid = 1,
	    .pw_gid = (gid_t)-1,
	    .pw_dir = home,
	    .pw_shell = shell },
	{ .pw_name = (char[]){ "77" },
	    .pw_uid = 78,
	    .pw_gid = 79,
	    .pw_dir = home,
	    .pw_shell = shell },
};

struct passwd *
__wrap_getpwnam(const char *name)
{
	for (size_t i = 0; i < COUNT(entries); i++)
		if (strcmp(entries[i].pw_name, name) == 0)
			return &entries[i];
	return NULL;
}

struct passwd *
__wrap_getpwuid(uid_t uid)
{
	for (size_t i = 0; i < COUNT(entries); i++)
		if (entries[i].pw_uid == uid)
			return &entries[i];
	return NULL;
}

/* More groups than fit at first, in no order. That of user 77 is none. */
int
__wrap_getgrouplist(const char *user, gid_t group, gid_t *list, int *count)
{
	static const int total = 100;
	bool fits = *count >= total;

	for (int i = 0; i < total && fits; i++)
		list[i] = i == 50 ? group : 1000U - (gid_t)i;
	if (fits && strcmp(user, "77") == 0)
		list[3] = (gid_t)-1;
	*count = total;
	return fits ? total : -1;
}

static gid_t groups[] = { 20, 33, 44 };
static const struct identity user = {
	.other = true,
	.uid = 33,
	.gid = 34,
	.groups = groups,
	.group_count = 3,
	.name = (char[]){ "user" },
	.parent = PARENT,
};

static void
begin(const char *liar, const char *failing, int error)
{
	unit_begin();
	memset(&kernel, 0, sizeof(kernel));
	kernel.capabilities = ALL_CAPABILITIES;
	kernel.parent = PARENT;
	kernel.liar = liar;
	kernel.failing = failing;
	kernel.error = error;
}

static bool
assume(const struct identity *identity)
{
	if (setjmp(exit_point) != 0)
		return false;
	identity_assume(identity);
	return true;
}

static void
identity_assume__drops_in_the_one_order_that_works(void **state)
{
	(void)state;
	begin(NULL, NULL, 0);
	assert_true(assume(&user));
	assert_string_equal(kernel.order, "keyctl setgroups setresgid setresuid dumpable capset ");
	assert_true(kernel.uid == 33 && kernel.gid == 34 && kernel.group_count == 3 &&
		    kernel.capabilities == 0);
}

static void
identity_assume__ends_at_a_lie_or_a_failure(void **state)
{
	static const char *const calls[] = { "keyctl", "setgroups", "setresgid", "setresuid",
		"dumpable", "capset" };

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		const char *last;

		begin(NULL, calls[i], EPERM);
		if (assume(&user) || exit_status != EXIT_PRIVTMP || messages[0] == '\0')
			fail_msg("a failure of %s", calls[i]);
		last = strstr(kernel.order, calls[i]) + strlen(calls[i]);
		assert_true(i == 0 || strcmp(last, " ") == 0);
		/* This one answers nothing that could be checked. */
		if (strcmp(calls[i], "dumpable") == 0)
			continue;
		begin(calls[i], NULL, 0);
		if (assume(&user) || exit_status != EXIT_PRIVTMP ||
		    strstr(messages, "claimed success") == NULL)
			fail_msg("a lie of %s: %s", calls[i], messages);
	}
	for (int i = 1; i <= 6; i++) {
		begin(NULL, NULL, 0);
		kernel.stale = i;
		assert_false(assume(&user));
	}
}

static void
identity_assume__clears_securebits_unless_dangerous_ones_are_locked(void **state)
{
	static const struct {
		int before;
		int after; /* -1: refused */
	} cases[] = {
		{ SECBIT_NOROOT, 0 },
		{ SECBIT_NO_SETUID_FIXUP, 0 },
		{ SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS |
			SECBIT_NO_CAP_AMBIENT_RAISE,
		    0 },
		{ SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, -1 },
		{ SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED, -1 },
		{ SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP_LOCKED, SECBIT_NO_SETUID_FIXUP_LOCKED },
		{ SECBIT_NO_SETUID_FIXUP | SECBIT_NOROOT_LOCKED, SECBIT_NOROOT_LOCKED },
		{ SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NOROOT,
		    SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED },
		{ SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE,
		    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE },
		/* EXEC_RESTRICT_FILE and its lock (6.14): a policy that everybody may impose. */
		{ 0x300 | SECBIT_NOROOT, 0x300 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(NULL, NULL, 0);
		kernel.securebits = cases[i].before;
		if (assume(&user) != (cases[i].after != -1))
			fail_msg("securebits %x: %s", (unsigned int)cases[i].before, messages);
		if (cases[i].after == -1)
			assert_non_null(strstr(messages, "locked"));
		else
			assert_int_equal(kernel.securebits, cases[i].after);
	}
	for (int lie = 0; lie <= 1; lie++) {
		begin(lie ? "securebits" : NULL, lie ? NULL : "securebits", EPERM);
		kernel.securebits = SECBIT_NOROOT;
		assert_false(assume(&user));
		assert_string_equal(kernel.order, "securebits ");
	}
}

static void
identity_assume__compares_groups_as_sets(void **state)
{
	struct identity other = user;

	(void)state;
	begin("setgroups", NULL, 0);
	memcpy(kernel.groups, (gid_t[]){ 33, 44, 20, 7 }, 4 * sizeof(gid_t));
	kernel.group_count = 3;
	assert_true(assume(&user));
	for (size_t count = 0; count <= 4; count++) {
		begin("setgroups", NULL, 0);
		memcpy(kernel.groups, (gid_t[]){ 33, 44, 7, 20 }, 4 * sizeof(gid_t));
		kernel.group_count = count;
		assert_false(assume(&user));
	}
	/* One more, behind the others. */
	begin("setgroups", NULL, 0);
	memcpy(kernel.groups, (gid_t[]){ 20, 33, 44, 99 }, 4 * sizeof(gid_t));
	kernel.group_count = 4;
	other.groups = kernel.groups;
	assert_false(assume(&other));
	other.group_count = 0;
	begin(NULL, NULL, 0);
	assert_true(assume(&other));
	begin("setgroups", NULL, 0);
	kernel.group_count = 1;
	assert_false(assume(&other));
}

static void
identity_assume__does_without_keyrings_only_if_all_calls_agree(void **state)
{
	static const struct {
		const char *failing;
		int error;
		bool tolerated;
	} cases[] = {
		{ "keyctl add_key request_key", ENOSYS, true },
		{ "keyctl add_key request_key", EPERM, true },
		{ "keyctl add_key request_key", EDQUOT, false },
		{ "keyctl add_key", EPERM, false },
		{ "keyctl request_key", EPERM, false },
		{ "keyctl", EPERM, false },
		{ "keyctl", ENOSYS, false },
		{ "keyctl", ENOMEM, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(NULL, cases[i].failing, cases[i].error);
		if (assume(&user) != cases[i].tolerated)
			fail_msg("%s: %s", cases[i].failing, strerror(cases[i].error));
		if (!cases[i].tolerated)
			assert_non_null(strstr(messages, strerror(cases[i].error)));
	}
}

static void
identity_assume__changes_no_more_than_was_asked_for(void **state)
{
	struct identity other = { .uid = 0 };

	(void)state;
	begin(NULL, NULL, 0);
	assert_true(assume(&other));
	assert_string_equal(kernel.order, "");
	other.uid = 33;
	begin(NULL, NULL, 0);
	assert_true(assume(&other));
	assert_string_equal(kernel.order, "capset ");
	begin("capset", NULL, 0);
	assert_false(assume(&other));
}

static void
identity_assume__restores_the_death_signal(void **state)
{
	struct identity other = user;

	(void)state;
	other.death_signal = SIGUSR1;
	begin(NULL, NULL, 0);
	assert_true(assume(&other));
	assert_non_null(strstr(kernel.order, "capset pdeathsig "));
	assert_null(strstr(kernel.order, "kill"));
	/* The parent has ended before. */
	begin(NULL, NULL, 0);
	kernel.parent = 1;
	assert_true(assume(&other));
	assert_non_null(strstr(kernel.order, "pdeathsig kill "));
	begin(NULL, "pdeathsig", EINVAL);
	assert_false(assume(&other));
}

static struct identity found;

static bool
lookup(const char *name, const char *group)
{
	if (setjmp(exit_point) != 0)
		return false;
	identity_check(name, &found);
	identity_lookup(name, group, &found);
	return true;
}

static void
identity_lookup__prefers_the_name_to_the_number(void **state)
{
	(void)state;
	begin(NULL, NULL, 0);
	kernel.death_signal = SIGUSR1;
	assert_true(lookup("plain", "staff"));
	assert_true(found.other && found.uid == 1234 && found.gid == 50);
	assert_string_equal(found.home, "/home/x");
	assert_string_equal(found.shell, "/bin/sh");
	assert_int_equal(found.group_count, 100);
	for (int i = 1; i < found.group_count; i++)
		assert_true(found.groups[i - 1] < found.groups[i]);
	assert_true(found.death_signal == SIGUSR1 && found.parent == PARENT);
	assert_true(lookup("1234", ""));
	assert_string_equal(found.name, "plain");
	assert_true(found.uid == 1234 && found.gid == 1234);
	assert_true(lookup("3999999999", "51"));
	assert_string_equal(found.name, "3999999999");
	assert_string_equal(found.home, "/");
	assert_true(found.uid == 3999999999U && found.gid == 51 && found.group_count == 0);
	/* 77 is the name of user 78, who is in a group that is none. */
	assert_false(lookup("77", ""));
	assert_non_null(strstr(messages, "is no group"));
}

static void
identity_lookup__refuses_what_is_no_id(void **state)
{
	static const char *const cases[][2] = { { "nouid", "" }, { "nogid", "" },
		{ "plain", "none" }, { "plain", "4294967295" }, { "4294967295", "1" },
		{ "plain", "unknown" }, { "unknown", "" }, { "3999999999", "" }, { " 33", "1" },
		{ "+33", "1" }, { "0x21", "1" }, { "33 ", "1" }, { "plain", "1x" },
		{ "3999999999", "none" }, { "3999999999", "4294967295" } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(NULL, NULL, 0);
		if (lookup(cases[i][0], cases[i][1]) || exit_status != EXIT_PRIVTMP ||
		    messages[0] == '\0')
			fail_msg("user '%s', group '%s'", cases[i][0], cases[i][1]);
	}
}

static void
identity_lookup__needs_capabilities(void **state)
{
	(void)state;
	begin(NULL, NULL, 0);
	kernel.capabilities = ~(1U << 7);
	assert_false(lookup("plain", ""));
	assert_non_null(strstr(messages, "needs CAP_SETUID"));
	assert_true(lookup("", ""));
	assert_true(!found.other && found.uid == 0);
	kernel.capabilities = ~(1U << 21);
	assert_false(lookup("", ""));
	assert_non_null(strstr(messages, "needs CAP_SYS_ADMIN"));
	kernel.capabilities = 0;
	assert_false(lookup("", ""));
	assert_non_null(strstr(messages, "fakeroot"));
	/* An ordinary user has none, and needs none. */
	begin(NULL, NULL, 0);
	kernel.uid = kernel.gid = 33;
	kernel.capabilities = 0;
	assert_true(lookup("", ""));
	assert_true(!found.other && found.uid == 33 && found.gid == 33);
	assert_false(lookup("plain", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_assume__drops_in_the_one_order_that_works),
		cmocka_unit_test(identity_assume__ends_at_a_lie_or_a_failure),
		cmocka_unit_test(
		    identity_assume__clears_securebits_unless_dangerous_ones_are_locked),
		cmocka_unit_test(identity_assume__compares_groups_as_sets),
		cmocka_unit_test(identity_assume__does_without_keyrings_only_if_all_calls_agree),
		cmocka_unit_test(identity_assume__changes_no_more_than_was_asked_for),
		cmocka_unit_test(identity_assume__restores_the_death_signal),
		cmocka_unit_test(identity_lookup__prefers_the_name_to_the_number),
		cmocka_unit_test(identity_lookup__refuses_what_is_no_id),
		cmocka_unit_test(identity_lookup__needs_capabilities),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
