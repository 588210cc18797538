/* The command line, taken apart. Pure: looks nothing up, opens nothing, changes nothing. */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer than any name that a passwd or group database hands out. */
#define NAME_SIZE 256

/* Those from ACTION_HELP on are done with as soon as they are read. */
enum action {
	ACTION_RUN,
	ACTION_JOIN,
	ACTION_LIST,
	ACTION_SWEEP,
	ACTION_HELP,
	ACTION_VERSION,
};

/* How often an option that may be repeated may be. */
#define LIST_MAX 15

struct list {
	const char *items[LIST_MAX];
	size_t count;
};

/* --expose=[-]PATH[:ro]; the path is not terminated. */
struct exposure {
	const char *path;
	size_t length;
	bool read_only;
	bool optional;
};

struct options {
	enum action action;
	char user[NAME_SIZE];	/* "" when not given */
	char user_group[NAME_SIZE]; /* that of --user */
	char group[NAME_SIZE];	    /* that of --group, or else of --user; "" when not given */
	pid_t join;
	const char *base;	/* NULL when not given; these point into argv */
	const char *chdir;
	bool tmpfs;
	uint64_t size;	/* of a tmpfs, in bytes, or in percent of the memory */
	bool percent;
	uint64_t inodes;
	bool exec;
	bool mode_given;
	mode_t mode;
	bool slave;
	bool no_new_privs;
	bool preserve_fds;
	bool keep;
	bool verbose;
	struct list also;
	struct list hide;
	struct list unmount;
	struct exposure expose[LIST_MAX];
	size_t expose_count;
	char **command;		/* the rest of argv; command[0] is NULL when there is none */
};

/* Fill *options from argv. Returns 0, or -1 when the usage is wrong, which has been said. */
int options_parse(int argc, char **argv, struct options *options);

/* Print the help text, or the version, on standard output. Returns 0, or -1 when that failed, which has been said. */
int options_print(enum action what);

#endif
