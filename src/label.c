#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "label.h"

/* security.* attributes can be set without a security module, too. */
#define ATTRIBUTE "security.selinux"

void
label_read(int dir, char *label)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t size = fd == -1 ? -1 : fgetxattr(fd, ATTRIBUTE, label, LABEL_SIZE - 1);

	label[size > 0 ? size : 0] = '\0';
	if (fd != -1)
		(void)close(fd);
}

int
label_set(int dir, const char *label)
{
	int fd, result;

	if (label[0] == '\0' || geteuid() != 0)
		return 0;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	result = fsetxattr(fd, ATTRIBUTE, label, strlen(label) + 1, 0);
	if (result == -1 && errno == EOPNOTSUPP)
		result = 0;
	return close(fd) == -1 ? -1 : result;
}
