/* What /proc says of processes. */

#ifndef PROCESS_H
#define PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	uid_t uid;
	uint64_t namespace; /* the inode of its mount namespace */
	uint64_t start;	    /* in clock ticks since boot */
};

/* Returns 0 to go on, or -1 to stop. */
typedef int (*process_visitor)(const struct process *process, void *context);

/* Show every process whose mount namespace we may know. Returns 0, or -1, which has been said, or what a visitor has. */
int process_visit(process_visitor visit, void *context);

/* Write the command of a process, printable, to text; its name in brackets where it has none. "?" when it has gone. */
void process_command(pid_t pid, char *text, size_t size);

#endif
