/* --list: the live instances. */

#ifndef LIST_H
#define LIST_H

/* Print a row for each instance that is ours, and what cannot be seen. Dies on failure. */
void list_print(void);

#endif
