/* The values of options. */

#ifndef VALUES_H
#define VALUES_H

#include <stdint.h>

/*
 * Read digits of base 8 or 10 up to the first other character, with no sign or blank in front.
 * Returns a pointer to that character and fills *value, or returns NULL if there are no digits, or
 * the number is above max.
 */
const char *number_parse(const char *text, unsigned int base, uint64_t max, uint64_t *value);

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
value_parser value_size;	  /* struct limit */
value_parser value_count;	  /* struct limit, no percentage */
value_parser value_mode;	  /* struct mode */
value_parser value_propagation;	  /* bool: whether it is slave */
value_parser value_pid;		  /* pid_t */

#endif
