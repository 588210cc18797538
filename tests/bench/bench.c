/*
 * Whole processes, from the fork to the end, contestant after contestant in every round, so that
 * whatever the machine does hits all alike. What a contestant leaves running is waited for outside
 * its time, so that it takes none of the next one's. Prints medians in microseconds, and the ratios
 * that are to be reached, with their spread: the ratio is taken within each round, and its
 * quartiles are shown beside the ratio of the medians.
 *
 *   bench ROUNDS < commands
 *
 * Each line of commands is NAME, a tab, and a command for sh -c "exec ..." less the sh: words are
 * split at spaces. A line "ratio A B LIMIT" asks for a ratio.
 */

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTESTANTS 32
#define WORDS 24
#define ROUNDS_MAX 5000

extern char **environ;

static struct contestant {
	char *name;
	char *words[WORDS];
	double times[ROUNDS_MAX];
} contestants[CONTESTANTS];
static int contestant_count;

static struct ratio {
	char *over, *under;
	double limit;
} ratios[CONTESTANTS];
static int ratio_count;

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double
run(const struct contestant *contestant)
{
	double start = now(), took;
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, contestant->words[0], NULL, NULL, contestant->words, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		(void)fprintf(stderr, "%s: failed\n", contestant->name);
		exit(1);
	}
	took = now() - start;
	while (waitpid(-1, NULL, 0) != -1)
		;
	return took;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* That part of the sorted values which is below it: 0.5 is the median. */
static double
quantile(const double *values, int count, double part)
{
	static double sorted[ROUNDS_MAX];

	memcpy(sorted, values, (size_t)count * sizeof(*values));
	qsort(sorted, (size_t)count, sizeof(*sorted), ascending);
	return sorted[(int)(part * (count - 1))];
}

static const struct contestant *
find(const char *name)
{
	for (int i = 0; i < contestant_count; i++)
		if (strcmp(contestants[i].name, name) == 0)
			return &contestants[i];
	return NULL;
}

static void
read_line(char *line)
{
	struct contestant *contestant = &contestants[contestant_count];
	char *word, over[64], under[64];
	double limit;
	int count = 0;

	if (sscanf(line, "ratio %63s %63s %lf", over, under, &limit) == 3 &&
	    ratio_count < CONTESTANTS) {
		ratios[ratio_count++] = (struct ratio){ strdup(over), strdup(under), limit };
		return;
	}
	contestant->name = strdup(strtok(line, "\t"));
	while ((word = strtok(NULL, " \n")) != NULL && count < WORDS - 1)
		contestant->words[count++] = strdup(word);
	if (count > 0 && contestant_count < CONTESTANTS - 1)
		contestant_count++;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 300;
	char line[1024];

	if (rounds < 1 || rounds > ROUNDS_MAX || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL)
		read_line(line);
	/* The first rounds fill caches. */
	for (int round = -5; round < rounds; round++) {
		for (int i = 0; i < contestant_count; i++) {
			double took = run(&contestants[i]);

			if (round >= 0)
				contestants[i].times[round] = took;
		}
	}
	printf("%-18s %9s %9s %9s\n", "us", "median", "quartile", "quartile");
	for (int i = 0; i < contestant_count; i++)
		printf("%-18s %9.0f %9.0f %9.0f\n", contestants[i].name,
		    quantile(contestants[i].times, rounds, 0.5),
		    quantile(contestants[i].times, rounds, 0.25),
		    quantile(contestants[i].times, rounds, 0.75));
	for (int i = 0; i < ratio_count; i++) {
		const struct contestant *over = find(ratios[i].over),
					*under = find(ratios[i].under);
		static double each[ROUNDS_MAX];

		if (over == NULL || under == NULL)
			continue;
		for (int round = 0; round < rounds; round++)
			each[round] = over->times[round] / under->times[round];
		printf("ratio %-10s %-18s %5.2f  (%.2f to %.2f; at most %.2f)\n", over->name,
		    under->name,
		    quantile(over->times, rounds, 0.5) / quantile(under->times, rounds, 0.5),
		    quantile(each, rounds, 0.25), quantile(each, rounds, 0.75), ratios[i].limit);
	}
	return 0;
}
