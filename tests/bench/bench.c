/*
 * Start commands, all of them once in every round and in random order, so that whatever the machine
 * does affects all alike. The time is that from the fork to the end of the command. The CPU time
 * includes that of the processes left behind, which a subreaper adopts; the next command starts
 * when they have ended. Prints medians in microseconds, and ratios of medians with their limits;
 * the quartiles of a ratio are of the ratios within each round.
 *
 *   bench ROUNDS SEED < lines
 *
 *   NAME <tab> COMMAND      a command; words are split at spaces
 *   wall A B LIMIT          the ratio of the times of A and B
 *   cpu A B LIMIT           that of their CPU times
 */

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS 32
#define WORDS 24
#define ROUNDS_MAX 5000

/* The first rounds fill caches. */
#define ROUNDS_WARM 5

enum measure { WALL, CPU, MEASURES };

extern char **environ;

static struct command {
	char *name;
	char *words[WORDS];
	double times[MEASURES][ROUNDS_MAX + ROUNDS_WARM];
} commands[COMMANDS];
static int command_count;

static struct ratio {
	const struct command *over, *under;
	enum measure measure;
	double limit;
} ratios[COMMANDS];
static int ratio_count;

static int rounds;

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* The CPU time of all children that have been waited for, and of theirs. */
static double
cpu_of_children(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void
run(struct command *command, int round)
{
	double cpu = cpu_of_children(), start = now();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, command->words[0], NULL, NULL, command->words, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		(void)fprintf(stderr, "%s: failed\n", command->name);
		exit(1);
	}
	command->times[WALL][round] = now() - start;
	while (wait(NULL) != -1)
		;
	command->times[CPU][round] = cpu_of_children() - cpu;
}

static void
run_all(int round)
{
	static struct command *order[COMMANDS];

	for (int i = 0; i < command_count; i++) {
		int j = (int)(random() % (i + 1));

		order[i] = order[j];
		order[j] = &commands[i];
	}
	for (int i = 0; i < command_count; i++)
		run(order[i], round);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which a part of the values lies: 0.5 is the median. */
static double
quantile(const double *values, double part)
{
	static double sorted[ROUNDS_MAX];

	memcpy(sorted, values + ROUNDS_WARM, (size_t)rounds * sizeof(*values));
	qsort(sorted, (size_t)rounds, sizeof(*sorted), ascending);
	return sorted[(int)(part * (rounds - 1))];
}

static const struct command *
find(const char *name)
{
	for (int i = 0; i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
read_line(char *line)
{
	struct command *command = &commands[command_count];
	char *word, measure[5], over[64], under[64];
	double limit;
	int count = 0;

	if (strchr(line, '\t') == NULL) {
		if (sscanf(line, "%4s %63s %63s %lf", measure, over, under, &limit) == 4 &&
		    find(over) != NULL && find(under) != NULL && ratio_count < COMMANDS)
			ratios[ratio_count++] = (struct ratio){ find(over), find(under),
				measure[0] == 'c' ? CPU : WALL, limit };
		return;
	}
	command->name = strdup(strtok(line, "\t"));
	while ((word = strtok(NULL, " \n")) != NULL && count < WORDS - 1)
		command->words[count++] = strdup(word);
	if (count > 0 && command_count < COMMANDS - 1)
		command_count++;
}

static void
print_ratio(const struct ratio *ratio)
{
	static double each[ROUNDS_MAX + ROUNDS_WARM];
	const double *over = ratio->over->times[ratio->measure],
		     *under = ratio->under->times[ratio->measure];
	double value = quantile(over, 0.5) / quantile(under, 0.5);
	char name[64];

	for (int round = 0; round < rounds + ROUNDS_WARM; round++)
		each[round] = over[round] / under[round];
	(void)snprintf(name, sizeof(name), "%s%s / %s", ratio->measure == CPU ? "CPU " : "",
	    ratio->over->name, ratio->under->name);
	printf("%-38s %8.2f  at most %6.2f  %-6s (%.2f to %.2f)\n", name, value, ratio->limit,
	    value <= ratio->limit ? "ok" : "MISSED", quantile(each, 0.25), quantile(each, 0.75));
}

int
main(int argc, char **argv)
{
	char line[1024];

	rounds = argc == 3 ? atoi(argv[1]) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return 1;
	srandom((unsigned int)strtoul(argv[2], NULL, 10));
	while (fgets(line, sizeof(line), stdin) != NULL)
		read_line(line);
	for (int round = 0; round < rounds + ROUNDS_WARM; round++)
		run_all(round);
	printf("%-16s %8s %8s %8s %8s\n", "us", "median", "quartile", "quartile", "CPU");
	for (int i = 0; i < command_count; i++)
		printf("%-16s %8.0f %8.0f %8.0f %8.0f\n", commands[i].name,
		    quantile(commands[i].times[WALL], 0.5), quantile(commands[i].times[WALL], 0.25),
		    quantile(commands[i].times[WALL], 0.75), quantile(commands[i].times[CPU], 0.5));
	for (int i = 0; i < ratio_count; i++)
		print_ratio(&ratios[i]);
	return 0;
}
