/* Removal of a tree against the will of its owner. Knows nothing of privtmp. */

#ifndef RMTREE_H
#define RMTREE_H

/*
 * Empty the directory at descriptor top, which only root can write to and which stays. Follows no symbolic link, crosses
 * no mount, takes a tree of any depth with a bounded number of descriptors and without memory from the heap, and wins
 * against processes that still hold descriptors of the tree and go on creating in it. top must not be emptied by two
 * processes at once. An interrupted run is taken up by the next.
 * Returns 0, or -1 with errno set when something had to be left: what is immutable (EPERM), or is mounted on (EBUSY).
 */
int rmtree(int top);

#endif
