/* The mount namespace of the command, and for an ordinary user the user namespace that it takes. */

#ifndef NAMESPACE_H
#define NAMESPACE_H

struct options;

/*
 * Move this process into a new mount namespace, whose mounts do not propagate to the rest of the
 * system; with --propagation=slave mounts of the rest of the system still arrive. Before that, let
 * autofs mount what it has at paths of the options. Dies on failure.
 */
void namespace_unshare(const struct options *options);

#endif
