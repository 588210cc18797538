/* The removal of cells whose processes and cleaner are both provably gone. */

#ifndef SWEEP_H
#define SWEEP_H

struct options;

/*
 * Remove the dead cells, and print a line for each that was removed or left. Returns 0 when all that is dead is gone, or
 * -1, which has been said.
 */
int sweep(const struct options *options);

#endif
