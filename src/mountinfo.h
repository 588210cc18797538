/* Lines of /proc/PID/mountinfo. */

#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <stdint.h>
#include <sys/types.h>

struct mountinfo {
	uint64_t id;
	dev_t dev;
	char *root; /* what of the file system is mounted; the texts point into the line */
	char *point;
	char *type;
	char *source;
	unsigned long propagation; /* MS_PRIVATE, or MS_SHARED, MS_SLAVE and MS_UNBINDABLE as they apply */
};

/* Take a line apart, in place. Returns 0, or -1 when it is not such a line. Says nothing. */
int mountinfo_parse(char *line, struct mountinfo *info);

#endif
