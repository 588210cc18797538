/*
 * Make a tree below the working directory: tree SHAPE NUMBER [SHAPE NUMBER]...
 *
 *   files N     N files in one directory
 *   levels N    a chain of N directories
 *   dirs N      N directories with a file each
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
make(int dir, const char *name, int directory)
{
	int fd = directory ? mkdirat(dir, name, 0755)
			   : openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (fd == -1) {
		perror(name);
		exit(1);
	}
	if (!directory)
		(void)close(fd);
}

static int
enter(int dir, const char *name)
{
	int fd;

	make(dir, name, 1);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
	if (fd == -1) {
		perror(name);
		exit(1);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		int dir = enter(AT_FDCWD, argv[i]), number = atoi(argv[i + 1]);

		for (int j = 0; j < number; j++) {
			char name[16];
			int below = dir;

			(void)snprintf(name, sizeof(name), "%d", j);
			if (strcmp(argv[i], "files") == 0) {
				make(dir, name, 0);
				continue;
			}
			below = enter(dir, argv[i][0] == 'l' ? "d" : name);
			if (argv[i][0] == 'l') {
				(void)close(dir);
				dir = below;
			} else {
				make(below, "f", 0);
				(void)close(below);
			}
		}
		(void)close(dir);
	}
	return 0;
}
