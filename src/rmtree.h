/* Removal of a tree whose owner may interfere. Knows nothing of privtmp. */

#ifndef RMTREE_H
#define RMTREE_H

/*
 * Empty the directory at descriptor top, which only we can write to, and which stays. Follows no
 * symbolic link, crosses no mount, uses at most 9 descriptors and no heap, for a tree of any depth,
 * and does not lose to processes that hold descriptors of the tree and go on creating in it. An
 * interrupted removal is completed by the next one.
 * Returns 0, or -1 with errno set if something had to be left.
 */
int rmtree(int top);

#endif
