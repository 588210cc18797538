/* The values of options: their types, and how they are read. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer than any name in a passwd or group database. */
#define NAME_SIZE 256

/* The most times that an option can be given. */
#define LIST_MAX 15

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

/*
 * Read digits of base 8 or 10 up to the first other character, with no sign or blank in front.
 * Returns a pointer to that character and fills *value, or returns NULL if there are no digits, or
 * the number is above max.
 */
const char *value_number(const char *text, unsigned int base, uint64_t max, uint64_t *value);

/*
 * Parse text, the argument of the option, into its field of struct options. May shorten text. Dies
 * if it is invalid.
 */
typedef void value_parser(const char *option, char *text, void *field);

value_parser value_flag;	  /* bool; no text */
value_parser value_user;	  /* struct user */
value_parser value_name;	  /* char[NAME_SIZE] */
value_parser value_path;	  /* const char * */
value_parser value_item;	  /* struct list: a path */
value_parser value_optional_item; /* struct list: [-]PATH */
value_parser value_exposure;	  /* struct list: [-]PATH[:ro] */
value_parser value_size;	  /* const char *, as tmpfs takes it */
value_parser value_count;	  /* the same, no percentage */
value_parser value_mode;	  /* mode_t */
value_parser value_propagation;	  /* bool: whether it is slave */
value_parser value_pid;		  /* pid_t */
