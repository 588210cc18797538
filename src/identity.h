/* The user and groups of the command: names to ids, and the irrevocable change to them. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct identity {
	bool other; /* the user that was asked for, rather than the caller */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary groups, ascending */
	int group_count;
	char *name; /* LOGNAME, HOME and SHELL, of another */
	char *home;
	char *shell;
	int death_signal; /* the parent-death signal and the parent, at the start */
	pid_t parent;
};

/* The effective capabilities 0 to 31, as bits. */
uint32_t identity_capabilities(void);

/* Die if privtmp is setuid or such: do not trust the environment of another user. */
void identity_refuse_setuid(void);

/*
 * Check that this process has the capabilities that a start needs, "" for no user, and fill the
 * parent-death signal, which changes of the effective uid clear. Dies if one is missing.
 */
void identity_check(const char *user, struct identity *identity);

/*
 * Look up USER and GROUP, "" for none: a name first, then a plain decimal number. Fills the rest of
 * *identity with memory that lives as long as the process. Dies if there is no such user or group.
 */
void identity_lookup(const char *user, const char *group, struct identity *identity);

/*
 * Become that identity irrevocably. For another user, clear securebits, leave the session keyring,
 * set groups, gid and uid, and verify them. Unless root stays root, drop all capabilities. Dies on
 * failure.
 */
void identity_assume(const struct identity *identity);
