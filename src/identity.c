/* Who the command runs as: looked up before anything is changed, assumed at the end. */

#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "report.h"
#include "values.h"

/* Securebits that change what capabilities a process has, or may raise. */
#define CAPABILITY_BITS \
	(SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS | SECBIT_NO_CAP_AMBIENT_RAISE)

/* The capabilities that a start needs. */
static const struct {
	unsigned int number;
	const char *name;
	bool other; /* only to become another user */
} needed[] = {
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", false },
	{ CAP_CHOWN, "CAP_CHOWN", false },
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", false },
	{ CAP_SETGID, "CAP_SETGID", true },
	{ CAP_SETUID, "CAP_SETUID", true },
};

uint32_t
identity_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	/* If capget fails, assume no capability. */
	return syscall(SYS_capget, &header, data) == -1 ? 0 : data[0].effective;
}

static void
check_capabilities(bool other)
{
	uint32_t capabilities = identity_capabilities();

	if (capabilities == 0)
		diex(
		    "user 0 has no capability here: fakeroot and proot only pretend to be root, so "
		    "start them inside; a container may have to allow some, as by --cap-add "
		    "SYS_ADMIN");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if ((other || !needed[i].other) && (capabilities >> needed[i].number & 1) == 0)
			diex("needs %s, which root lacks here; a container may have to allow it, "
			     "as by --cap-add %s",
			    needed[i].name, needed[i].name + strlen("CAP_"));
}

static int
ascending(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* The user's supplementary groups. The primary group counts as one, as with login and id. */
static void
lookup_groups(struct identity *identity)
{
	static gid_t groups[NGROUPS_MAX];
	int count = NGROUPS_MAX;

	if (getgrouplist(identity->name, identity->gid, groups, &count) == -1 || count < 1)
		diex("groups of user %s: cannot be listed", identity->name);
	qsort(groups, (size_t)count, sizeof(gid_t), ascending);
	if (groups[count - 1] == (gid_t)-1)
		diex("groups of user %s: group id 4294967295 is no group", identity->name);
	identity->groups = groups;
	identity->group_count = count;
}

/* Read an id. 4294967295 is refused: to the kernel it means "leave as it is". */
static bool
parse_id(const char *text, uint32_t *id)
{
	uint64_t value;
	const char *end = value_number(text, 10, UINT32_MAX - 1, &value);

	if (end == NULL || *end != '\0')
		return false;
	*id = (uint32_t)value;
	return true;
}

_Noreturn static void
die_of_lookup(const char *kind, const char *name)
{
	/* The errno of "no such name" differs between databases. */
	if (errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		die("%s '%s'", kind, name);
	diex("%s '%s': no such %s", kind, name, kind);
}

static gid_t
lookup_group(const char *text)
{
	const struct group *entry;
	uint32_t number;

	errno = 0;
	if ((entry = getgrnam(text)) == NULL) {
		if (!parse_id(text, &number))
			die_of_lookup("group", text);
		return number;
	}
	if (entry->gr_gid == (gid_t)-1)
		diex("group '%s': group id 4294967295 is no group", text);
	return entry->gr_gid;
}

static char *
copy_or(const char *text, const char *otherwise)
{
	char *copy = strdup(text != NULL && *text != '\0' ? text : otherwise);

	if (copy == NULL)
		die("user");
	return copy;
}

static void
lookup_user(const char *user, const char *group, struct identity *identity)
{
	const struct passwd *entry;
	uint32_t number;

	errno = 0;
	if ((entry = getpwnam(user)) == NULL) {
		if (!parse_id(user, &number))
			die_of_lookup("user", user);
		entry = getpwuid(number);
		if (entry == NULL && group[0] == '\0')
			diex(
			    "user '%s': no such user; a bare number needs a group: --user=%s:GROUP",
			    user, user);
		identity->uid = number;
	}
	identity->name = copy_or(entry != NULL ? entry->pw_name : NULL, user);
	identity->home = copy_or(entry != NULL ? entry->pw_dir : NULL, "/");
	identity->shell = copy_or(entry != NULL ? entry->pw_shell : NULL, "/bin/sh");
	if (entry != NULL) {
		identity->uid = entry->pw_uid;
		identity->gid = entry->pw_gid;
	}
	if (identity->uid == (uid_t)-1 || identity->gid == (gid_t)-1)
		diex("user '%s': id 4294967295 is no user or group", user);
	if (group[0] != '\0')
		identity->gid = lookup_group(group);
	if (entry != NULL)
		lookup_groups(identity);
}

void
identity_refuse_setuid(void)
{
	if (getauxval(AT_SECURE) != 0)
		diex("refuses to run setuid, setgid or with file capabilities");
}

void
identity_check(const char *user, struct identity *identity)
{
	*identity = (struct identity){ .other = user[0] != '\0', .parent = getppid() };
	if (geteuid() == 0)
		check_capabilities(identity->other);
	else if (identity->other)
		diex("--user: '%s': only root can become another user", user);
	if (prctl(PR_GET_PDEATHSIG, &identity->death_signal) == -1)
		die("prctl");
}

void
identity_lookup(const char *user, const char *group, struct identity *identity)
{
	if (identity->other) {
		lookup_user(user, group, identity);
	} else {
		identity->uid = geteuid();
		identity->gid = geteuid() == 0 ? 0 : getegid();
	}
}

/*
 * Clear the caller's securebits, which last beyond the drop. With them, setuid programs that the
 * command executes would keep what they mean to drop: their capabilities (NO_SETUID_FIXUP), or, as
 * setuid(2) without CAP_SETUID sets the effective id alone, the saved user id 0 (NOROOT). Locked,
 * the others are harmless: KEEP_CAPS ends with the exec, NO_CAP_AMBIENT_RAISE only forbids.
 */
static void
clear_securebits(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0), kept;

	if (bits == -1)
		die("securebits");
	/* The lock of each bit is the bit above. */
	kept = bits & ~(CAPABILITY_BITS & ~(bits >> 1));
	if ((kept & (SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP)) != 0)
		diex("securebits: noroot or no_setuid_fixup is locked: setuid programs of the "
		     "user could not drop root for good; start privtmp outside of that");
	if (kept == bits)
		return;
	if (prctl(PR_SET_SECUREBITS, kept, 0, 0, 0) == -1)
		die("securebits: clearing them takes CAP_SETPCAP");
	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != kept)
		diex("securebits: claimed success, but they are not cleared");
}

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	/* This also clears the ambient set, a subset of permitted and inheritable. */
	if (syscall(SYS_capset, &header, data) == -1)
		die("capset");
	memset(data, 0xff, sizeof(data));
	if (syscall(SYS_capget, &header, data) == -1)
		die("capget");
	for (int i = 0; i < 2; i++)
		if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0)
			diex("capset: claimed success, but capabilities are left");
}

/*
 * Leave the caller's session keyring, which may hold root's keys. Do this as root: the new keyring
 * counts against its creator's quota, and that of a user is small and may be full.
 */
static void
leave_session_keyring(void)
{
	long serial = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

	if (serial > 0)
		return;
	/* If the kernel or a filter denies all keyring calls, the command gets no key. */
	if (serial == -1 && (errno == ENOSYS || errno == EPERM)) {
		int error = errno;

		if (syscall(SYS_add_key, NULL, NULL, NULL, 0, 0) == -1 && errno == error &&
		    syscall(SYS_request_key, NULL, NULL, NULL, 0) == -1 && errno == error)
			return;
		errno = error;
	}
	if (serial == -1)
		die("session keyring");
	diex("session keyring: claimed success, but there is no new one");
}

/* Sort the groups before comparing: a gid_map may change the kernel's order. */
static bool
has_groups(const struct identity *identity)
{
	static gid_t groups[NGROUPS_MAX];
	int count = getgroups(NGROUPS_MAX, groups);

	if (count != identity->group_count)
		return false;
	if (count == 0)
		return true;
	qsort(groups, (size_t)count, sizeof(gid_t), ascending);
	return memcmp(groups, identity->groups, (size_t)count * sizeof(gid_t)) == 0;
}

static void
verify(const struct identity *identity)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (!has_groups(identity))
		diex("setgroups: claimed success, but the groups are not those of %s",
		    identity->name);
	if (getresgid(&rgid, &egid, &sgid) == -1 || rgid != identity->gid || egid != rgid ||
	    sgid != rgid)
		diex("setresgid: claimed success, but the group is not %u", identity->gid);
	if (getresuid(&ruid, &euid, &suid) == -1 || ruid != identity->uid || euid != ruid ||
	    suid != ruid)
		diex("setresuid: claimed success, but the user is not %s", identity->name);
}

static void
become_other(const struct identity *identity)
{
	clear_securebits();
	leave_session_keyring();
	/* setresuid comes last: setgroups and setresgid need root. */
	if (setgroups((size_t)identity->group_count, identity->groups) == -1)
		die("setgroups");
	if (setresgid(identity->gid, identity->gid, identity->gid) == -1)
		die("setresgid %u", identity->gid);
	if (setresuid(identity->uid, identity->uid, identity->uid) == -1)
		die("setresuid %u", identity->uid);
	/* Until the exec, other processes of the user must not ptrace this one. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		die("prctl");
	/* setresuid has kept the inheritable ones. */
	drop_capabilities();
	verify(identity);
	verbose("became uid %u, gid %u, with %d supplementary group%s and no capabilities",
	    identity->uid, identity->gid, identity->group_count,
	    identity->group_count == 1 ? "" : "s");
}

/* Each change of the effective user has cleared the parent-death signal. */
static void
restore_death_signal(const struct identity *identity)
{
	if (identity->death_signal == 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, identity->death_signal, 0, 0, 0) == -1)
		die("parent-death signal");
	/* If the parent has ended, send the signal. */
	if (getppid() != identity->parent && kill(getpid(), identity->death_signal) == -1)
		die("parent-death signal");
}

void
identity_assume(const struct identity *identity)
{
	if (identity->other)
		become_other(identity);
	else if (identity->uid != 0)
		drop_capabilities();
	restore_death_signal(identity);
}
