/* The command line. Parsing is pure: it looks nothing up, opens nothing, changes nothing. */

#pragma once

#include "values.h"

/* The texts point into argv. NULL, "", 0 and false stand for options that were not given. */
struct options {
	struct user user;
	char group[NAME_SIZE]; /* that of --group, or else of --user */
	struct list also;
	bool tmpfs; /* also implied by what follows */
	bool noswap;
	const char *size;
	const char *inodes;
	bool exec;
	mode_t mode;
	const char *base;
	const char *dir;
	struct list expose;
	struct list hide;
	struct list unmount;
	const char *chdir;
	bool slave;
	bool no_new_privs;
	bool verbose;
	pid_t join;
	bool list;
	bool sweep;
	bool help;
	bool version;
	char **command; /* the rest of argv; command[0] is NULL if there is none */
};

/* Fill *options from argv, whose strings are cut at ":ro". Dies if the usage is wrong. */
void options_parse(int argc, char **argv, struct options *options);

/* Print the version or else the help text, and exit. */
_Noreturn void options_print(bool version);
