/*
 * privtmp becomes the command, so the cleaner must not be its child: a helper makes the cells,
 * forks the cleaner, and ends; init adopts the cleaner.
 *
 *   privtmp                      helper                  cleaner
 *   suspended                    make the cells, fork
 *   look up names                                        detach from the caller, send READY
 *   unshare, mount, write the records                    wait for the end of the socket
 *   wait for READY, send COMMIT
 *   drop privileges, exec: closes the socket             wait for the end of the sentinel
 *                                                        remove the cells
 *
 * If one of them is killed before COMMIT, no cell is left. If it is privtmp, the cleaner reads end
 * of file. If it is the helper or the cleaner, privtmp, still root, removes the cells and dies: it
 * shares the memory of the helper, which sets each name before it makes the cell. If the cleaner is
 * killed after COMMIT, the cell has a record for --sweep.
 */

#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleaner.h"
#include "launch.h"
#include "report.h"

/* The stack of the helper and the cleaner. Unused pages cost nothing. */
#define STACK_SIZE 262144

/* What the helper and abort_start() need. */
static struct {
	int control; /* our end of the socket */
	int theirs;  /* the cleaner's end */
	char **argv; /* for the title of the cleaner */
	struct cleaner cleaner;
	struct record record;
	bool cells_are_ours; /* until the commit: then they are the cleaner's */
} start;

/*
 * Each user may have a limited number of inotify instances, 128 by default, and the effective uid
 * counts. Use a random uid above 2^31, which nobody has. Where such uids are not mapped, as in a
 * user namespace, or not permitted, use that of the caller.
 */
static int
open_watch(void)
{
	uint32_t id = 0;
	int watch, error;
	bool switched;

	/* This clears the parent-death signal, which identity_assume() sets again. */
	switched = geteuid() == 0 && getrandom(&id, sizeof(id), 0) == sizeof(id) &&
		   setresuid((uid_t)-1, 0x80000000U | id >> 2, (uid_t)-1) == 0;
	watch = inotify_init1(IN_CLOEXEC);
	error = errno;
	if (switched && (setresuid((uid_t)-1, 0, (uid_t)-1) == -1 || geteuid() != 0))
		die("setresuid: back to root");
	errno = error;
	if (watch == -1)
		die(error == EMFILE ? "inotify: see sysctl fs.inotify.max_user_instances, or use "
				      "--tmpfs"
				    : "inotify");
	return watch;
}

/*
 * The helper shares the memory and the descriptors of privtmp, which is suspended until the helper
 * ends, as with vfork(2). This is faster than to wake another process.
 */
static int
run_helper(void *unused)
{
	struct cleaner *cleaner = &start.cleaner;
	sigset_t all;
	pid_t pid = -1;

	(void)unused;
	/* Block all signals: TERM, HUP, INT or QUIT would kill the helper or the cleaner. */
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == 0) {
		/* The caller's umask may deny us our own directories. */
		(void)umask(S_IRWXG | S_IRWXO);
		for (size_t i = 0; i < cleaner->count; i++)
			if (!cell_make(&cleaner->cells[i]))
				return EXIT_PRIVTMP;
		/*
		 * A fork without an exit signal: the caller's SIGCHLD handling has no effect. All
		 * arguments are 0, since their order depends on the architecture.
		 */
		pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	}
	if (pid == -1) {
		warn("cleaner");
		return EXIT_PRIVTMP;
	}
	if (pid == 0) {
		/* The cleaner, in a copy of this process. */
		if (close(start.control) == -1)
			_exit(EXIT_PRIVTMP); /* it would never read end of file */
		cleaner_run(cleaner, start.argv, start.theirs);
	}
	return EXIT_SUCCESS;
}

/*
 * Called at exit, when the start has failed: wait until the cleaner has removed the cells. If it
 * was not started, or was killed before the commit, remove them here.
 */
static void
abort_start(void)
{
	char word = ABORT;
	ssize_t size;

	(void)send(start.control, &word, 1, MSG_NOSIGNAL);
	(void)shutdown(start.control, SHUT_WR);
	do
		size = recv(start.control, &word, 1, 0);
	while (size == -1 ? errno == EINTR : size == 1 && word != DONE);
	if (size != 1 && start.cells_are_ours)
		cleaner_remove_cells(&start.cleaner, true);
}

const struct cleaner *
launch_cleaner(const struct options *options, char **argv)
{
	struct cleaner *cleaner = &start.cleaner;
	static _Alignas(16) char stack[STACK_SIZE];
	int ends[2], adopts = 0, status = 0;
	pid_t helper;

	cleaner->count = cell_plan(options, cleaner->cells);
	if (cleaner->count == 0)
		return cleaner;
	cell_begin_record(&start.record); /* inside, /proc may be hidden */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		die("socketpair");
	cleaner->watch = open_watch();
	/* A subreaper would adopt the cleaner when the helper ends: stop being one until then. */
	if (prctl(PR_GET_CHILD_SUBREAPER, &adopts, 0, 0, 0) == -1 ||
	    (adopts && prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == -1))
		die("prctl");
	start.control = ends[0];
	start.theirs = ends[1];
	start.argv = argv;
	start.cells_are_ours = true;
	if (atexit(abort_start) != 0)
		diex("cleaner: atexit");
	/* No exit signal, for the same reason as with the cleaner. */
	helper = clone(
	    run_helper, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_FILES, NULL);
	if (helper == -1) {
		warn("cleaner");
		(void)close(ends[1]);
		exit(EXIT_PRIVTMP);
	}
	/* Close the cleaner's end: else recv() would not return when the cleaner dies. */
	(void)close(ends[1]);
	while (waitpid(helper, &status, (int)__WCLONE) == -1)
		if (errno != EINTR)
			die("cleaner: wait");
	if (WIFSIGNALED(status))
		diex("cleaner: its helper was killed by signal %d", WTERMSIG(status));
	if (status != 0) /* it has printed why */
		exit(EXIT_PRIVTMP);
	if (adopts && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		die("prctl");
	for (size_t i = 0; i < cleaner->count; i++)
		verbose("made %s/%s", cleaner->cells[i].base, cleaner->cells[i].name);
	return cleaner;
}

int
launch_commit(dev_t sentinel, uint64_t inodes)
{
	const struct cleaner *cleaner = &start.cleaner;
	char word = COMMIT, ready;
	ssize_t size;

	if (cleaner->count == 0)
		return 0;
	start.record.dev = sentinel;
	start.record.inodes = inodes;
	for (size_t i = 0; i < cleaner->count; i++)
		if (cell_write_record(&cleaner->cells[i], &start.record) == -1)
			die("%s/%s: record", cleaner->cells[i].base, cleaner->cells[i].name);
	while ((size = recv(start.control, &ready, 1, 0)) == -1)
		if (errno != EINTR)
			die("cleaner");
	if (size == 0 || send(start.control, &word, 1, MSG_NOSIGNAL) == -1)
		diex("cleaner: killed while starting");
	/* Now only the cleaner removes cells. */
	start.cells_are_ours = false;
	return start.control;
}
