/* Who the command runs as: from names to ids, and the one-way step from root to there. */

#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

enum identity_change {
	IDENTITY_KEPT,	    /* the command runs as who we are */
	IDENTITY_RENOUNCED, /* the same, but without the capabilities that an ordinary user has got in a user namespace */
	IDENTITY_ASSUMED,   /* it runs as another user, or anew as root */
};

struct identity {
	enum identity_change change;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary groups, ascending */
	int group_count;
	char *name; /* the texts are what HOME, USER, LOGNAME and SHELL become */
	char *home;
	char *shell;
};

/*
 * Check that this process may do all that is needed, become another user included where drop is set. Returns 0, or -1 with
 * what is missing said.
 */
int identity_check(bool drop);

/*
 * Look up USER and GROUP ("" for none): a name first, then a plain decimal number. Fills *identity with memory that lives
 * as long as the process, change included. Returns 0, or -1 when there is no such user or group, which has been said.
 */
int identity_lookup(const char *user, const char *group, struct identity *identity);

/*
 * Become that identity for good, as far as there is a change: groups, gid, uid, no capability left, a fresh session
 * keyring, all of it verified. Returns 0, or -1, which has been said; the process is then good for nothing but to exit.
 */
int identity_assume(const struct identity *identity);

#endif
