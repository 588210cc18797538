/*
 * Runs the tests of ./privtmp on the kernel of this machine, from the top of the tree. A test is a
 * shell function, named subject__condition, in one of the files named as arguments. lib.sh
 * describes what it finds, run.sh what is done before and after it.
 *
 * Tests run side by side, one for each processor: first those whose first line ends in "# long",
 * then the others in the order of the files, in which cmocka waits for them and reports.
 *
 * A child of ours runs each test in a mount namespace of its own. It adopts every process that the
 * test leaves behind, so it can wait for all of them, and kill those that do not end.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pwd.h>
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
#include <sys/mman.h>
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
#define STAGE "/dev/shm/tree" /* where run.sh copies the tree to */

struct test {
	const char *file;
	char *name;
	bool is_long;
	pid_t pid;	/* -1, then that of the child that runs it, then 0 */
	int output;	/* what is printed meanwhile */
	int status;	/* as wait(2) has it */
	double seconds; /* when it began, then how long it took */
};

static sigset_t awaited;
/* An ordinary one. */
static const struct passwd *user;
/* What this machine lacks for any test, or NULL. */
static const char *missing;

/* The tests in the order in which they start. */
static struct test **queue;
static size_t queued, started;
static long running, most = 1;

static double
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* So many seconds, and up to ten times as many if the machine has much else to do at the moment. */
static double
stretch(int seconds)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double load;

	if (processors < 1 || getloadavg(&load, 1) != 1)
		return seconds;
	load /= (double)processors;
	return seconds + seconds * (load < 9 ? load : 9);
}

/*
 * Wait until pid has ended, or all children for -1, and reap all that end. Returns false at the
 * deadline, and when interrupted.
 */
static bool
reap(pid_t pid, int seconds, int *status)
{
	double start = seconds_now();

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
		/* nohup, a shell without job control, and Python have some ignored. */
		for (int i = 1; i < NSIG; i++)
			(void)signal(i, SIG_DFL);
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

/* What a test finds is meant for it, and nothing is of this place or of who has called us. */
static void
set_environment(const char *scratch)
{
	static const char *const names[] = { "CC", "DEADLINE", "LONG", "PRIVTMP_SANITIZED",
		"PRIVTMP_TEST_MUST_RUN" };
	const char *values[sizeof(names) / sizeof(names[0])];
	char uid[16], gid[16];

	(void)snprintf(uid, sizeof(uid), "%u", user->pw_uid);
	(void)snprintf(gid, sizeof(gid), "%u", user->pw_gid);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		values[i] = getenv(names[i]);
	(void)clearenv();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (values[i] != NULL)
			(void)setenv(names[i], values[i], 1);
	(void)setenv("U", user->pw_name, 1);
	(void)setenv("UID_", uid, 1);
	(void)setenv("GID_", gid, 1);
	(void)setenv("SCRATCH", scratch, 1);
	(void)setenv("HOME", scratch, 1);
	(void)setenv("LC_ALL", "C", 1);
	(void)setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

/*
 * From a fresh scratch directory, in a fresh mount namespace, make /tmp, /var/tmp and /dev/shm the
 * test's own, and go to the tree.
 */
static int
prepare_scratch(void)
{
	if (mkdir("tree", 0755) == -1 || mkdir("work", 0755) == -1 || mkdir("tmp", 0755) == -1 ||
	    mkdir("var-tmp", 0755) == -1 || chmod("tmp", 01777) == -1 ||
	    chmod("var-tmp", 01777) == -1)
		return -1;
	return mount(STAGE, "tree", NULL, MS_BIND, NULL) == -1 ||
		       mount("tmp", "/tmp", NULL, MS_BIND, NULL) == -1 ||
		       mount("var-tmp", "/var/tmp", NULL, MS_BIND, NULL) == -1 ||
		       mount("privtmp-test", "/dev/shm", "tmpfs", 0, "mode=1777") == -1
		   ? -1
		   : chdir("tree");
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

	/* When the runner ends, end the test and remove what it has made. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (missing != NULL)
		return miss(missing);
	if (unshare(CLONE_NEWNS) == -1)
		return miss("another mount namespace");
	if (mkdtemp(scratch) == NULL || chmod(scratch, 0755) == -1 || chdir(scratch) == -1)
		return miss("a /var/lib that can be written to");
	set_environment(scratch);
	status = prepare_scratch() == -1 ? errno : run("test", test, "", seconds);
	/* From here on nothing interrupts: what is left has to be removed. */
	(void)sigdelset(&awaited, SIGINT);
	(void)sigdelset(&awaited, SIGTERM);
	settled = settle(status == -1 ? 0 : SETTLED);
	(void)snprintf(text, sizeof(text), "%d", status);
	status = run("check", test, text, SETTLED);
	if (setns(host, CLONE_NEWNS) == -1 || fchdir(root) == -1 || chroot(".") == -1 ||
	    chdir(STAGE) == -1 || run("clean", test, "", seconds) != 0)
		return EXIT_FAILURE;
	return settled ? status : EXIT_FAILURE;
}

static void
start(struct test *test)
{
	test->output = memfd_create(test->name, MFD_CLOEXEC);
	test->seconds = seconds_now();
	(void)fflush(NULL);
	test->pid = fork();
	if (test->pid == 0) {
		int status;

		(void)dup2(test->output, STDOUT_FILENO);
		(void)dup2(test->output, STDERR_FILENO);
		status = keep(test);
		(void)fflush(NULL);
		_exit(status);
	}
	if (test->pid == -1)
		err(EXIT_FAILURE, "fork");
	running++;
}

/* Note which children have ended. */
static void
reap_tests(void)
{
	pid_t ended;
	int status;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < started; i++)
			if (queue[i]->pid == ended) {
				queue[i]->pid = 0;
				queue[i]->status = status;
				queue[i]->seconds = seconds_now() - queue[i]->seconds;
				running--;
			}
}

/* End all that runs, and ourselves when it has cleaned up. */
_Noreturn static void
end(int with)
{
	for (size_t i = 0; i < started; i++)
		if (queue[i]->pid > 0)
			(void)kill(queue[i]->pid, SIGTERM);
	while (running > 0 && sigwaitinfo(&awaited, NULL) > 0)
		reap_tests();
	(void)signal(with, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &awaited, NULL);
	(void)raise(with);
	_exit(EXIT_FAILURE);
}

/* Wait for a test, and meanwhile keep all processors busy. */
static void
try(void **state)
{
	struct test *test = *state;
	char buffer[4096];
	ssize_t got;

	for (;;) {
		int received;

		while (running < most && started < queued)
			start(queue[started++]);
		if (test->pid == 0)
			break;
		received = sigwaitinfo(&awaited, NULL);
		if (received == SIGCHLD)
			reap_tests();
		else if (received > 0 && received != SIGPIPE)
			end(received);
	}
	(void)lseek(test->output, 0, SEEK_SET);
	while ((got = read(test->output, buffer, sizeof(buffer))) > 0)
		(void)fwrite(buffer, 1, (size_t)got, stdout);
	(void)close(test->output);
	if (WIFEXITED(test->status) && WEXITSTATUS(test->status) == SKIPPED)
		skip();
	if (test->status != 0)
		fail();
}

static int
compare_seconds(const void *a, const void *b)
{
	const double left = (*(struct test *const *)a)->seconds;
	const double right = (*(struct test *const *)b)->seconds;

	return (left < right) - (left > right);
}

static void
print_slowest(void)
{
	qsort(queue, queued, sizeof(queue[0]), compare_seconds);
	for (size_t i = 0; i < queued && i < 10; i++)
		printf("# %5.1f s  %s\n", queue[i]->seconds, queue[i]->name);
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
		*test = (struct test){ .file = file,
			.name = strdup(line),
			.pid = -1,
			.is_long = strstr(end + 1, "# long") != NULL };
		(*tests)[count++] = (struct CMUnitTest){
			.name = test->name, .test_func = try, .initial_state = test
		};
	}
	free(line);
	(void)fclose(stream);
	return count;
}

/*
 * Go to a mount namespace where the tree is a copy, root's and readable, wherever it lies and
 * whatever its modes are. Returns what this machine lacks for that, or NULL.
 */
static const char *
prepare_all(void)
{
	if (geteuid() != 0)
		return "root";
	if (unshare(CLONE_NEWNS) == -1)
		return "CAP_SYS_ADMIN, for a mount namespace";
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return "a root directory that is a mount point";
	if (system("SCRATCH=/dev/shm sh -eu tests/system/run.sh stage '' '' ''") != 0 ||
	    chdir(STAGE) == -1)
		errx(EXIT_FAILURE, "cannot copy the tree to a tmpfs at /dev/shm");
	if ((user = getpwnam("www-data")) == NULL && (user = getpwnam("nobody")) == NULL)
		return "a user www-data or nobody";
	return NULL;
}

/* Block what we wait for, except what is ignored: nohup has its reason. */
static void
block_signals(void)
{
	const int signals[] = { SIGHUP, SIGINT, SIGTERM };

	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&awaited);
	(void)sigaddset(&awaited, SIGCHLD);
	/* When what reads our output has ended as well, there is still something to remove. */
	(void)sigaddset(&awaited, SIGPIPE);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction action;

		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			(void)sigaddset(&awaited, signals[i]);
	}
	(void)sigprocmask(SIG_SETMASK, &awaited, NULL);
	/* A make that is terminated terminates its shell, and not us. */
	if (sigismember(&awaited, SIGHUP))
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
}

int
main(int argc, char **argv)
{
	const char *trials = getenv("TRIALS"),
		   *pattern = trials != NULL && *trials != '\0' ? trials : "*";
	struct CMUnitTest *tests = NULL;
	cpu_set_t processors;
	size_t count = 0;
	int failed;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)umask(022);
	block_signals();
	if (access("privtmp", F_OK) == -1)
		errx(EXIT_FAILURE, "run this at the top of the tree, after make");
	for (int i = 1; i < argc; i++)
		count = find(argv[i], pattern, &tests, count);
	queue = calloc(count, sizeof(struct test *));
	if (count == 0 || queue == NULL)
		errx(EXIT_FAILURE, "no test matches '%s'", pattern);
	for (size_t i = 0; i < 2 * count; i++) {
		struct test *test = tests[i % count].initial_state;

		if (test->is_long == (i < count))
			queue[queued++] = test;
	}
	if (sched_getaffinity(0, sizeof(processors), &processors) == 0)
		most = CPU_COUNT(&processors);
	missing = prepare_all();
	failed = _cmocka_run_group_tests("system", tests, count, NULL, NULL);
	print_slowest();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
