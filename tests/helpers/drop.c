/*
 * Installed setuid root, a program that drops root for good, in the two common ways. Prints what
 * each has left: "root" if the user can be root again, "a file of root's" if it can be read.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void
show(const char *way, int dropped)
{
	const char *left = "nothing left";

	if (dropped == -1)
		left = "could not drop";
	else if (open("/etc/shadow", O_RDONLY) != -1)
		left = "a file of root's";
	else if (seteuid(0) == 0)
		left = "root";
	printf("%s: %s\n", way, left);
	(void)fflush(stdout);
}

int
main(void)
{
	uid_t uid = getuid();

	if (fork() == 0) {
		show("setuid", setuid(uid));
		_exit(0);
	}
	(void)wait(NULL);
	show("setresuid", setresuid(uid, uid, uid));
	return 0;
}
