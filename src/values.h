/* The values of options: each parser is for one type of field in struct options. */

#ifndef VALUES_H
#define VALUES_H

/*
 * Parse text, the value of the option of that name, into the field. text may be cut. Dies if it is
 * not what the option takes.
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
