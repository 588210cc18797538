/*
 * The tests that run ./privtmp on the kernel of this machine: the files of trials named as arguments. To be run from the
 * top of the tree.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trial.h"

#define DEADLINE 60  /* seconds, for what ends by itself in a fraction of that */
#define SETTLED 5    /* seconds, after which nothing may be left */

#define SCRATCH "/var/lib/privtmp-test.XXXXXX"

struct output {
	int status;
	char out[65536];
	char err[65536];
};

/* What must not change: the mounts, our directories, and our processes, zombies aside, which are init's to reap. */
static const char survey[] =
    "for d in \"$B\" /tmp /var/tmp /dev/shm; do ls -d \"$d\"/privtmp.* || :; done 2>/dev/null\n"
    "for p in /proc/[0-9]*; do "
    "grep -qxE 'privtmp(-cleaner)?' $p/comm && grep -q '^State:.[^ZX]' $p/status && echo $p || :; done 2>/dev/null\n"
    "cat /proc/self/mountinfo\n";

static char *preamble;
static char scratch[sizeof(SCRATCH)];
static struct output before, outcome;

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Read what there is. Returns whether more may come. */
static bool
drain(int fd, char *text, size_t size)
{
	size_t used = strlen(text);
	ssize_t length = read(fd, text + used, size - used - 1);

	if (length <= 0)
		return false;
	text[used + (size_t)length] = '\0';
	return true;
}

static pid_t
start(const char *first, const char *second, int out, int err)
{
	char *script;
	pid_t pid;

	if (asprintf(&script, "%s%s", first, second) == -1)
		return -1;
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		(void)setsid();
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(out, STDOUT_FILENO);
		(void)dup2(err, STDERR_FILENO);
		/* What whoever runs the tests has left open. */
		(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
		(void)execl("/bin/sh", "sh", "-euc", script, (char *)NULL);
		_exit(127);
	}
	free(script);
	return pid;
}

/* Run a script, in two parts, and collect what it says until it and all that holds its output have ended. Returns whether that was in time. */
static bool
run(const char *first, const char *second, struct output *output)
{
	double end = now() + DEADLINE;
	struct pollfd fds[2];
	int out[2], err[2], status = 0;
	pid_t pid;

	memset(output, 0, sizeof(*output));
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = start(first, second, out[1], err[1]);
	assert_true(pid > 0);
	(void)close(out[1]);
	(void)close(err[1]);
	fds[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	while ((fds[0].fd != -1 || fds[1].fd != -1) && now() < end) {
		if (poll(fds, 2, 100) <= 0)
			continue;
		if (fds[0].revents != 0 && !drain(out[0], output->out, sizeof(output->out)))
			fds[0].fd = -1;
		if (fds[1].revents != 0 && !drain(err[0], output->err, sizeof(output->err)))
			fds[1].fd = -1;
	}
	(void)close(out[0]);
	(void)close(err[0]);
	while (now() < end && waitpid(pid, &status, WNOHANG) == 0)
		(void)poll(NULL, 0, 1);
	if (now() >= end) {
		/* It leads a session, and what a shell without job control starts stays in its process group. */
		(void)kill(-pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		return false;
	}
	output->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/* Skip for want of something; but fail where nothing may be skipped. */
static void
miss(const char *what)
{
	if (getenv("PRIVTMP_TEST_MUST_RUN") != NULL)
		fail_msg("needs %s", what);
	print_message("needs %s\n", what);
	skip();
}

static void
require(const struct lines *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		char command[256];

		if (strcmp(needs->items[i], "plain") == 0 && getenv("PRIVTMP_SANITIZED") != NULL) {
			print_message("not for a program with sanitizers\n");
			skip();
		}
		if (strcmp(needs->items[i], "plain") == 0)
			continue;
		/* The machine's own pid namespace, not that of a container. */
		if (strcmp(needs->items[i], "host") == 0)
			(void)snprintf(command, sizeof(command), "test $(readlink /proc/self/ns/pid) = 'pid:[4026531836]'");
		else
			(void)snprintf(command, sizeof(command), "command -v %s", needs->items[i]);
		assert_true(run(command, "", &outcome));
		if (outcome.status != 0)
			miss(needs->items[i]);
	}
}

static int
prepare(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	memcpy(scratch, SCRATCH, sizeof(SCRATCH));
	/* Others may look, and go to what a trial makes for them. */
	if (mkdtemp(scratch) == NULL || chmod(scratch, 0755) == -1 || setenv("B", scratch, 1) == -1)
		return -1;
	return run(survey, "", &before) ? 0 : -1;
}

/* Whether each line of some, or each that is about a mount, is in all. */
static bool
covers(const char *all, const char *some, bool mounts)
{
	for (const char *end; (end = strchr(some, '\n')) != NULL; some = end + 1) {
		size_t length = (size_t)(end - some) + 1;
		const char *found = all;

		while (found != NULL && strncmp(found, some, length) != 0)
			found = (found = strchr(found, '\n')) != NULL ? found + 1 : NULL;
		if (found == NULL && !(mounts && some[0] == '/'))
			return false;
	}
	return true;
}

static int
restore(void **state)
{
	double end = now() + SETTLED;
	bool clean;

	(void)state;
	if (geteuid() != 0)
		return 0;
	do
		clean = run(survey, "", &outcome) && outcome.status == 0 && covers(before.out, outcome.out, false) &&
		    covers(outcome.out, before.out, true);
	while (!clean && now() < end && poll(NULL, 0, 10) == 0);
	if (!clean) {
		print_error("the host before:\n%sand after:\n%s", before.out, outcome.out);
		return -1;
	}
	return run("rm -rf --one-file-system \"$B\"", "", &outcome) && outcome.status == 0 ? 0 : -1;
}

static void
try(void **state)
{
	const struct trial *trial = *state;
	char *out, *err;
	struct lines out_lines, err_lines;

	if (geteuid() != 0)
		miss("root");
	require(&trial->needs);
	if (!run(preamble, trial->script, &outcome))
		fail_msg("not in time; it said: %s%s", outcome.out, outcome.err);
	out = strdup(outcome.out);
	err = strdup(outcome.err);
	assert_non_null(out);
	assert_non_null(err);
	lines_split(out, &out_lines);
	lines_split(err, &err_lines);
	if (outcome.status != trial->status || !lines_match(&trial->out, &out_lines) ||
	    !lines_match(&trial->err, &err_lines)) {
		for (size_t i = 0; i < trial->out.count; i++)
			print_error("expected output: %s\n", trial->out.items[i]);
		for (size_t i = 0; i < trial->err.count; i++)
			print_error("expected error: %s\n", trial->err.items[i]);
		fail_msg("expected status %d, got %d\noutput:\n%serrors:\n%s", trial->status, outcome.status, outcome.out,
		    outcome.err);
	}
	free(out);
	free(err);
}

/* Run the trials of a file as a group of tests. Returns the number of failures. */
static int
run_file(const char *path)
{
	size_t count;
	struct trial *trials = trials_read(path, &count);
	struct CMUnitTest *tests;
	int failures;

	if (trials == NULL || (tests = calloc(count, sizeof(*tests))) == NULL)
		return 1;
	for (size_t i = 0; i < count; i++) {
		tests[i] = (struct CMUnitTest){
			.name = trials[i].name,
			.test_func = try,
			.setup_func = prepare,
			.teardown_func = restore,
			.initial_state = &trials[i],
		};
	}
	failures = _cmocka_run_group_tests(path, tests, count, NULL, NULL);
	free(tests);
	return failures;
}

static char *
read_whole(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL || getdelim(&text, &size, '\0', file) == -1)
		text = NULL;
	if (file != NULL)
		(void)fclose(file);
	return text;
}

static int
set_number(const char *name, unsigned int number)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", number);
	return setenv(name, text, 1);
}

int
main(int argc, char **argv)
{
	const struct passwd *user = getpwnam("www-data");
	const char *filter = getenv("TRIALS");
	char program[PATH_MAX], top[PATH_MAX];
	int failures = 0;

	if (user == NULL)
		user = getpwnam("nobody");
	preamble = read_whole("tests/system/preamble.sh");
	if (preamble == NULL || user == NULL || realpath("privtmp", program) == NULL || realpath(".", top) == NULL ||
	    setenv("P", program, 1) == -1 || setenv("T", top, 1) == -1 || setenv("U", user->pw_name, 1) == -1 ||
	    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) == -1 ||
	    setenv("LC_ALL", "C", 1) == -1 || set_number("UID_", user->pw_uid) == -1 || set_number("GID_", user->pw_gid) == -1) {
		(void)fprintf(stderr, "run this at the top of the tree, after make, on a system with a user nobody\n");
		return 1;
	}
	if (filter != NULL)
		cmocka_set_test_filter(filter);
	(void)umask(022);
	for (int i = 1; i < argc; i++)
		failures += run_file(argv[i]);
	return failures == 0 ? 0 : 1;
}
