/* The command line, taken apart. Pure: looks nothing up, opens nothing, changes nothing. */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

/* Longer than any name that a passwd or group database hands out. */
#define NAME_SIZE 256

enum action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
};

struct options {
	enum action action;
	char user[NAME_SIZE];	/* "" when not given */
	char group[NAME_SIZE];	/* "" when not given */
	const char *base;	/* NULL when not given; these point into argv */
	const char *chdir;
	bool keep;
	bool verbose;
	char **command;		/* the rest of argv; command[0] is NULL when there is none */
};

/* Fill *options from argv. Returns 0, or -1 when the usage is wrong, which has been said. */
int options_parse(int argc, char **argv, struct options *options);

/* Print the help text, or the version, on standard output. Returns 0, or -1 when that failed, which has been said. */
int options_print(enum action what);

#endif
