/* The command line. Parsing is pure: it looks nothing up, opens nothing, changes nothing. */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer than any name in a passwd or group database. */
#define NAME_SIZE 256

/* The most times that an option can be given. */
#define LIST_MAX 15

enum action {
	ACTION_RUN,
	ACTION_JOIN,
	ACTION_LIST,
	ACTION_SWEEP,
	ACTION_HELP,
	ACTION_VERSION,
};

/* DIR, or [-]PATH[:ro] */
struct item {
	const char *path;
	bool optional;
	bool read_only;
};

struct list {
	struct item items[LIST_MAX];
	size_t count;
};

struct user {
	char name[NAME_SIZE];
	char group[NAME_SIZE];
};

struct mode {
	bool given;
	mode_t bits;
};

/* A limit of a tmpfs; the default where count is 0. */
struct limit {
	uint64_t count;
	bool percent;
};

/* The texts point into argv. NULL, "", 0 and false stand for options that were not given. */
struct options {
	enum action action;
	struct user user;
	char group[NAME_SIZE]; /* that of --group, or else of --user */
	struct list also;
	bool tmpfs; /* also implied by a limit */
	struct limit size;
	struct limit inodes;
	bool exec;
	struct mode mode;
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
	char **command; /* the rest of argv; command[0] is NULL if there is none */
};

/* Fill *options from argv, whose strings are cut at ":ro". Dies if the usage is wrong. */
void options_parse(int argc, char **argv, struct options *options);

/* Whether there is a long option of that name. */
bool options_has(const char *name);

/* Print the help text or the version, and exit. */
_Noreturn void options_print(enum action action);

#endif
