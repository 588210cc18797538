/* The last steps before privtmp is no more: what the command finds, and its exec. */

#ifndef COMMAND_H
#define COMMAND_H

struct plan;

/* Set the environment and, inside and as who we have become, the working directory. Returns 0, or -1, which has been said. */
int command_prepare(const struct plan *plan);

/* Become the command. Returns only when that failed, which has been said: 127 if it was not found, else 126. */
int command_exec(const struct plan *plan);

#endif
