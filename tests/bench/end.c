/*
 * End instances of privtmp together, and compare their cleaners with rm -rf of a tree.
 *
 *   end COUNT RM_FIRST MAKE TREE COMMAND...
 *
 * Starts COMMAND COUNT times: each prints a line when it is ready, and ends at the end of its
 * input. MAKE, a command of the shell, then makes TREE. With RM_FIRST 1 it is removed before the
 * instances end, otherwise after their cleaners have. Prints milliseconds: wall and CPU time of the
 * cleaners, wall and CPU time of rm.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct cost {
	double wall, cpu;
};

_Noreturn static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static double
now(clockid_t clock)
{
	struct timespec time = { 0 };

	(void)clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The CPU time of all children that have been waited for, and of theirs. */
static double
cpu_of_ended(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* The CPU time so far of the cleaners, which have sessions of their own. */
static double
cpu_of_cleaners(void)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	double sum = 0;
	clockid_t clock;
	pid_t pid;

	if (children == NULL)
		fail("/proc/thread-self/children");
	while (fscanf(children, "%d", &pid) == 1)
		if (getsid(pid) != getsid(0) && clock_getcpuclockid(pid, &clock) == 0)
			sum += now(clock);
	(void)fclose(children);
	return sum;
}

static void
start(char **command, int input, int output)
{
	posix_spawn_file_actions_t actions;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) != 0 ||
	    posix_spawnp(&(pid_t){ 0 }, command[0], &actions, NULL, command, environ) != 0)
		fail(command[0]);
	(void)posix_spawn_file_actions_destroy(&actions);
}

static struct cost
end_instances(int count, int input)
{
	double began = now(CLOCK_MONOTONIC), before = cpu_of_cleaners();
	int cleaners = 0;

	(void)close(input);
	/* The commands are in our process group. */
	while (waitpid(0, NULL, 0) != -1)
		;
	before += cpu_of_ended();
	while (wait(NULL) != -1)
		cleaners++;
	if (cleaners != count) {
		(void)fprintf(stderr, "%d cleaners, not %d\n", cleaners, count);
		exit(1);
	}
	return (struct cost){ now(CLOCK_MONOTONIC) - began, cpu_of_ended() - before };
}

static struct cost
remove_tree(char *tree)
{
	char *words[] = { "rm", "-rf", tree, NULL };
	double began = now(CLOCK_MONOTONIC), before = cpu_of_ended();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, words[0], NULL, NULL, words, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		fail("rm");
	return (struct cost){ now(CLOCK_MONOTONIC) - began, cpu_of_ended() - before };
}

int
main(int argc, char **argv)
{
	int ready[2], input[2], count = argc > 5 ? atoi(argv[1]) : 0;
	bool rm_first = argc > 5 && atoi(argv[2]) != 0;
	struct cost ours, theirs = { 0 };
	char c;

	if (count < 1 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
	    pipe2(ready, O_CLOEXEC) == -1 || pipe2(input, O_CLOEXEC) == -1)
		fail("end");
	for (int i = 0; i < count; i++)
		start(argv + 5, input[0], ready[1]);
	(void)close(ready[1]);
	for (int i = 0; i < count; i++)
		if (read(ready[0], &c, 1) != 1)
			fail("an instance");
	if (system(argv[3]) != 0)
		fail(argv[3]);
	sync();
	if (rm_first)
		theirs = remove_tree(argv[4]);
	ours = end_instances(count, input[1]);
	if (!rm_first)
		theirs = remove_tree(argv[4]);
	printf("%.1f %.1f %.1f %.1f\n", ours.wall, ours.cpu, theirs.wall, theirs.cpu);
	return 0;
}
