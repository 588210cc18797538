/*
 * Runs the tests of ./privtmp on the kernel of this machine, from the top of the tree. A test is a
 * shell function, named subject__condition, in one of the files named as arguments. lib.sh
 * describes what it finds, run.sh what is done before and after it.
 *
 * A child of ours runs each test in a mount namespace of its own. It adopts every process that the
 * test leaves behind, so it can wait for all of them, and kill those that do not end.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* These are seconds of a machine that has nothing else to do. */
#define DEADLINE "60" /* for a test; the environment variable DEADLINE replaces it */
#define SETTLED 10    /* after which no process of a test is left */

#define SKIPPED 77 /* the exit status of a test that needs what this machine lacks */
#define SCRATCH "/var/lib/privtmp-test.XXXXXX"

struct test {
	const char *file;
	char *name;
};

static char top[PATH_MAX];
static sigset_t awaited;

static time_t
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* So many seconds, and up to ten times as many if the machine has much else to do at the moment. */
static time_t
stretch(int seconds)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double load;

	if (processors < 1 || getloadavg(&load, 1) != 1)
		return seconds;
	load /= (double)processors;
	return seconds + (time_t)(seconds * (load < 9 ? load : 9));
}

/*
 * Wait until pid has ended, or all children for -1, and reap all that end. Returns false at the
 * deadline, and when interrupted.
 */
static bool
reap(pid_t pid, int seconds, int *status)
{
	time_t start = seconds_now();

	for (;;) {
		struct timespec second = { .tv_sec = 1 };
		pid_t ended;
		int signal;

		while ((ended = waitpid(-1, status, WNOHANG)) > 0)
			if (ended == pid)
				return true;
		if (ended == -1)
			return pid == -1;
		if (seconds_now() - start >= stretch(seconds))
			return false;
		signal = sigtimedwait(&awaited, NULL, &second);
		if (signal == SIGINT || signal == SIGTERM)
			return false;
	}
}

/*
 * Run a part of run.sh in a session of its own. Returns its exit status, or -1 when it did not end
 * in time.
 */
static int
run(const char *part, const struct test *test, const char *argument, int seconds)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)sigprocmask(SIG_UNBLOCK, &awaited, NULL);
		/* nohup, and a shell without job control, have some ignored. */
		(void)signal(SIGHUP, SIG_DFL);
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGQUIT, SIG_DFL);
		(void)setsid();
		(void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
		(void)execl("/bin/sh", "sh", "-eu", "tests/system/run.sh", part, test->file,
		    test->name, argument, (char *)NULL);
		_exit(127);
	}
	if (!reap(pid, seconds, &status)) {
		printf("# %s: not in time\n", part);
		(void)kill(-pid, SIGKILL);
		return -1;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void
print_left(pid_t pid)
{
	char path[64], command[64] = "?\n";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (file != NULL) {
		(void)fgets(command, sizeof(command), file);
		(void)fclose(file);
	}
	printf("# left behind: process %d, %s", pid, command);
}

/*
 * Wait until all children have ended. Kill those that have not in time, and those that they leave
 * behind. Returns whether none had to be killed.
 */
static bool
settle(int seconds)
{
	bool ended = true;
	int status;

	for (; !reap(-1, seconds, &status); seconds = 1) {
		FILE *children = fopen("/proc/thread-self/children", "re");
		int pid;

		ended = false;
		if (children == NULL)
			break;
		while (fscanf(children, "%d", &pid) == 1) {
			print_left(pid);
			(void)kill(pid, SIGKILL);
		}
		(void)fclose(children);
	}
	return ended;
}

/* Skip for want of something, but fail where nothing may be skipped. */
static int
miss(const char *what)
{
	printf("# needs %s\n", what);
	return getenv("PRIVTMP_TEST_MUST_RUN") != NULL ? EXIT_FAILURE : SKIPPED;
}

/* Run a test and what is around it. Returns its exit status. */
static int
keep(const struct test *test)
{
	const char *deadline = getenv("DEADLINE");
	const int seconds = atoi(deadline != NULL ? deadline : DEADLINE);
	char scratch[] = SCRATCH, text[16];
	int host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), status;
	/* setns leaves a chroot. */
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool settled;

	(void)sigprocmask(SIG_BLOCK, &awaited, NULL);
	/* When the runner ends, end the test and remove what it has made. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (geteuid() != 0)
		return miss("root");
	if (unshare(CLONE_NEWNS) == -1)
		return miss("CAP_SYS_ADMIN, for a mount namespace");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return miss("a root directory that is a mount point");
	if (mkdtemp(scratch) == NULL || chmod(scratch, 0755) == -1 ||
	    setenv("SCRATCH", scratch, 1) == -1)
		return miss("a /var/lib that can be written to");
	status = run("prepare", test, "", seconds);
	if (status == 0)
		status = run("test", test, "", seconds);
	/* From here on nothing interrupts: what is left has to be removed. */
	(void)sigdelset(&awaited, SIGINT);
	(void)sigdelset(&awaited, SIGTERM);
	settled = settle(status == -1 ? 0 : SETTLED);
	(void)snprintf(text, sizeof(text), "%d", status);
	status = run("check", test, text, SETTLED);
	if (setns(host, CLONE_NEWNS) == -1 || fchdir(root) == -1 || chroot(".") == -1 ||
	    chdir(top) == -1 || run("clean", test, "", seconds) != 0)
		return EXIT_FAILURE;
	return settled ? status : EXIT_FAILURE;
}

static void
try(void **state)
{
	pid_t pid;
	int status = 0;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		status = keep(*state);
		(void)fflush(NULL);
		_exit(status);
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	if (status != 0)
		fail();
}

/* Append the tests of a file that match the pattern. Returns the new count. */
static size_t
find(const char *file, const char *pattern, struct CMUnitTest **tests, size_t count)
{
	FILE *stream = fopen(file, "re");
	char *line = NULL, *end;
	size_t size = 0;

	if (stream == NULL)
		err(EXIT_FAILURE, "%s", file);
	while (getline(&line, &size, stream) > 0) {
		struct test *test;

		end = strstr(line, "() {");
		if (end == NULL || line[0] == '\t' || line[0] == '_' || strstr(line, "__") == NULL)
			continue;
		*end = '\0';
		if (fnmatch(pattern, line, 0) != 0)
			continue;
		test = malloc(sizeof(*test));
		*tests = reallocarray(*tests, count + 1, sizeof(**tests));
		if (test == NULL || *tests == NULL)
			err(EXIT_FAILURE, "%s", file);
		*test = (struct test){ .file = file, .name = strdup(line) };
		(*tests)[count++] = (struct CMUnitTest){
			.name = test->name, .test_func = try, .initial_state = test
		};
	}
	free(line);
	(void)fclose(stream);
	return count;
}

int
main(int argc, char **argv)
{
	const char *trials = getenv("TRIALS"),
		   *pattern = trials != NULL && *trials != '\0' ? trials : NULL;
	struct CMUnitTest *tests = NULL;
	size_t count = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)umask(022);
	(void)sigemptyset(&awaited);
	(void)sigaddset(&awaited, SIGCHLD);
	(void)sigaddset(&awaited, SIGINT);
	(void)sigaddset(&awaited, SIGTERM);
	/* When what reads our output has ended as well, there is still something to remove. */
	(void)sigaddset(&awaited, SIGPIPE);
	if (getcwd(top, sizeof(top)) == NULL || access("privtmp", X_OK) == -1)
		errx(EXIT_FAILURE, "run this at the top of the tree, after make");
	for (int i = 1; i < argc; i++)
		count = find(argv[i], pattern != NULL ? pattern : "*", &tests, count);
	if (count == 0)
		errx(EXIT_FAILURE, "no test matches '%s'", pattern != NULL ? pattern : "*");
	return _cmocka_run_group_tests("system", tests, count, NULL, NULL) == 0 ? EXIT_SUCCESS
										: EXIT_FAILURE;
}
