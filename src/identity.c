#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "number.h"
#include "report.h"

/* The kernel's capget and capset, which no libc declares; version 3 takes 64 capabilities as two elements. */
#define CAPABILITY_VERSION_3 0x20080522

struct capability_header {
	uint32_t version;
	int pid;
};

struct capability_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};

#define GROUPS_USUAL 64

#define KEYCTL_JOIN_SESSION_KEYRING 1

/* The capabilities that the work takes. */
static const struct {
	unsigned int number;
	const char *name;
	bool drop; /* needed only to become another user */
} needed[] = {
	{ 21, "CAP_SYS_ADMIN", false },
	{ 0, "CAP_CHOWN", false },
	{ 1, "CAP_DAC_OVERRIDE", false },
	{ 6, "CAP_SETGID", true },
	{ 7, "CAP_SETUID", true },
};

int
identity_check(bool drop)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[2] = { 0 };

	if (syscall(SYS_capget, &header, data) == -1) {
		say_errno("capget");
		return -1;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if ((needed[i].drop && !drop) || (data[0].effective >> needed[i].number & 1) != 0)
			continue;
		say("needs %s, which root does not have here (a container? allow it there)", needed[i].name);
		return -1;
	}
	return 0;
}

static int
ascending(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* The user's supplementary groups; the primary group counts as one, as login and id have it. */
static int
lookup_groups(struct identity *identity)
{
	int count = GROUPS_USUAL, room, listed;

	/* A list that is too short costs a second search of the group database, and says how long it should be. */
	do {
		room = count;
		free(identity->groups);
		identity->groups = calloc((size_t)room, sizeof(gid_t));
		if (identity->groups == NULL) {
			say_errno("groups of user %s", identity->name);
			return -1;
		}
		listed = getgrouplist(identity->name, identity->gid, identity->groups, &count);
	} while (listed == -1 && count > room);
	if (listed == -1 || count < 1 || count > room) {
		say("groups of user %s: cannot be listed", identity->name);
		return -1;
	}
	identity->group_count = count;
	/* As the kernel keeps them, so that the verification can compare. */
	qsort(identity->groups, (size_t)count, sizeof(gid_t), ascending);
	if (identity->groups[count - 1] == (gid_t)-1) {
		say("groups of user %s: group id 4294967295 is no group", identity->name);
		return -1;
	}
	return 0;
}

static int
lookup_group(const char *text, gid_t *gid)
{
	const struct group *entry;
	uint32_t number;

	errno = 0;
	if ((entry = getgrnam(text)) != NULL) {
		*gid = entry->gr_gid;
	} else if (number_id(text, &number) == 0) {
		*gid = number;
	} else {
		/* Which errno means "no such name" differs between databases; EIO and the like are worth telling. */
		if (errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			say_errno("group '%s'", text);
		else
			say("group '%s': no such group", text);
		return -1;
	}
	if (*gid == (gid_t)-1) {
		say("group '%s': group id 4294967295 is no group", text);
		return -1;
	}
	return 0;
}

static char *
copy_or(const char *text, const char *otherwise)
{
	return strdup(text != NULL && *text != '\0' ? text : otherwise);
}

int
identity_lookup(const char *user, const char *group, struct identity *identity)
{
	const struct passwd *entry;
	uint32_t number;

	*identity = (struct identity){ .change = IDENTITY_ASSUMED };
	errno = 0;
	if ((entry = getpwnam(user)) == NULL && number_id(user, &number) == 0) {
		errno = 0;
		entry = getpwuid(number);
		if (entry == NULL && group[0] == '\0') {
			say("user '%s': no such user; a bare number needs a group as well: --user=%s:GROUP", user, user);
			return -1;
		}
		identity->uid = number;
	} else if (entry == NULL) {
		if (errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			say_errno("user '%s'", user);
		else
			say("user '%s': no such user", user);
		return -1;
	}
	identity->name = copy_or(entry != NULL ? entry->pw_name : NULL, user);
	identity->home = copy_or(entry != NULL ? entry->pw_dir : NULL, "/");
	identity->shell = copy_or(entry != NULL ? entry->pw_shell : NULL, "/bin/sh");
	if (identity->name == NULL || identity->home == NULL || identity->shell == NULL) {
		say_errno("user '%s'", user);
		return -1;
	}
	if (entry != NULL) {
		identity->uid = entry->pw_uid;
		identity->gid = entry->pw_gid;
	}
	if (identity->uid == (uid_t)-1 || identity->gid == (gid_t)-1) {
		say("user '%s': id 4294967295 is no user or group", user);
		return -1;
	}
	if (group[0] != '\0' && lookup_group(group, &identity->gid) == -1)
		return -1;
	return entry != NULL ? lookup_groups(identity) : 0;
}

/* Give up all capabilities. */
static int
renounce(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[2] = { 0 };

	/* Emptying permitted and inheritable empties ambient as well: the kernel keeps it below both. */
	if (syscall(SYS_capset, &header, data) == -1) {
		say_errno("capset");
		return -1;
	}
	memset(data, 0xff, sizeof(data));
	if (syscall(SYS_capget, &header, data) == -1) {
		say_errno("capget");
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0) {
			say("capset: claimed success, but capabilities are left");
			return -1;
		}
	}
	return 0;
}

/* The caller's session keyring may hold root's keys; to whoever inherits it, it answers as to root. */
static int
leave_keyring(void)
{
	long serial = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

	if (serial > 0)
		return 0;
	/* A kernel without keyrings has nothing to leave. It lacks the whole family, or this is something else. */
	if (serial == -1 && errno == ENOSYS && syscall(SYS_add_key, NULL, NULL, NULL, 0, 0) == -1 && errno == ENOSYS)
		return 0;
	if (serial == -1)
		say_errno("session keyring");
	else
		say("session keyring: claimed success, but there is no new one");
	return -1;
}

static bool
has_groups(const struct identity *identity)
{
	size_t count = (size_t)identity->group_count;
	gid_t *groups = calloc(count + 1, sizeof(gid_t)); /* one more, to see one too many */
	bool same;

	same = groups != NULL && getgroups((int)count + 1, groups) == (int)count &&
	    (count == 0 || memcmp(groups, identity->groups, count * sizeof(gid_t)) == 0);
	free(groups);
	return same;
}

static int
verify(const struct identity *identity)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (!has_groups(identity)) {
		say("setgroups: claimed success, but the groups are not those of %s", identity->name);
		return -1;
	}
	if (getresgid(&rgid, &egid, &sgid) == -1 || rgid != identity->gid || egid != rgid || sgid != rgid) {
		say("setresgid: claimed success, but the group is not %u", identity->gid);
		return -1;
	}
	if (getresuid(&ruid, &euid, &suid) == -1 || ruid != identity->uid || euid != ruid || suid != ruid) {
		say("setresuid: claimed success, but the user is not %s", identity->name);
		return -1;
	}
	if (identity->uid != 0 && setuid(0) != -1) {
		say("setuid: root can be regained");
		return -1;
	}
	return 0;
}

int
identity_assume(const struct identity *identity)
{
	if (identity->change != IDENTITY_ASSUMED)
		return identity->change == IDENTITY_KEPT ? 0 : renounce();
	/* Root until setresuid, which must come last: only root may set the others. */
	if (setgroups((size_t)identity->group_count, identity->groups) == -1) {
		say_errno("setgroups");
		return -1;
	}
	if (setresgid(identity->gid, identity->gid, identity->gid) == -1) {
		say_errno("setresgid %u", identity->gid);
		return -1;
	}
	if (setresuid(identity->uid, identity->uid, identity->uid) == -1) {
		say_errno("setresuid %u", identity->uid);
		return -1;
	}
	/* Nobody else of that user may look at, or change, the memory that is shared with the cleaner. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1) {
		say_errno("prctl");
		return -1;
	}
	/* The user from here on, but with SECBIT_NO_SETUID_FIXUP still holding every capability. */
	if (renounce() == -1 || verify(identity) == -1 || leave_keyring() == -1)
		return -1;
	tell("became uid %u, gid %u, with %d supplementary groups and no capabilities", identity->uid, identity->gid,
	    identity->group_count);
	return 0;
}
