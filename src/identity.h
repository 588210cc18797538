/* Who the command runs as: from names to ids, and the one-way step from root to there. */

#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum identity_change {
	IDENTITY_SAME,	       /* the command runs as the caller, root */
	IDENTITY_UNPRIVILEGED, /* as the caller, an ordinary user, with no capability */
	IDENTITY_OTHER,	       /* as the user that was asked for */
};

struct identity {
	enum identity_change change;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary groups, ascending */
	int group_count;
	char *name; /* LOGNAME and so on, where there is a change to another user */
	char *home;
	char *shell;
	int death_signal; /* the caller's parent-death signal, and the parent that it is about */
	pid_t parent;
};

/* The effective set of capabilities, those up to 31 as bits. */
uint32_t identity_capabilities(void);

/*
 * Look up USER and GROUP, "" for none: a name first, then a plain decimal number. Check that this
 * process has the capabilities that the start needs. Fills *identity with memory that lives as long
 * as the process. Dies if there is no such user or group, or something is missing.
 */
void identity_lookup(const char *user, const char *group, struct identity *identity);

/*
 * Become that identity for good, and verify it: session keyring, groups, gid, uid, no capability,
 * as far as there is a change. To be called as root, be it of a user namespace. Dies on failure.
 */
void identity_assume(const struct identity *identity);

#endif
