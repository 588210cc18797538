/* Where cells may be, of instances that nothing else tells of. */

#ifndef CELLS_H
#define CELLS_H

struct cell;
struct options;

/* cell has its base, and nothing else yet. Returns 0, or -1, which has been said; that does not end the visits. */
typedef int (*cells_visitor)(struct cell *cell, const char *name, void *context);

/*
 * Show everything whose name begins as that of a cell, in --base, or where cells usually are. Returns 0, or
 * -1 when a base could not be read, which has been said, or a visitor has returned that.
 */
int cells_visit(const struct options *options, cells_visitor visit, void *context);

#endif
