/* The live instances, and the stale cells, as a table for people. */

#ifndef LIST_H
#define LIST_H

struct options;

/* Print the table. Returns 0, or -1, which has been said. */
int list(const struct options *options);

#endif
