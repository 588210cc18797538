/*
 * privtmp becomes the command, so the cleaner must not be its child: a helper makes the cells,
 * forks the cleaner, and ends; the cleaner falls to init.
 *
 *   privtmp                      helper                  cleaner
 *   suspended                    make the cells, fork
 *   unshare, make the sentinel                           let go of the caller's, send READY
 *   write the records, mount                             wait
 *   wait for READY, send COMMIT
 *   drop privileges, exec: closes the socket             wait for the end of the sentinel
 *                                                        remove the cells
 *
 * Whoever is killed before COMMIT, nothing is left. If privtmp ends, the cleaner reads the end of
 * its socket. If the helper or the cleaner ends, so does privtmp, which is root so far, and removes
 * the cells: it shares the memory of the helper, with their names from before they are made. If the
 * cleaner is killed after COMMIT, the cell has a record, for --sweep.
 */

#include <errno.h>
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
#include "report.h"

/* Of the helper and the cleaner. The pages that are not used cost nothing. */
#define STACK_SIZE 262144

/* The state of the start, for the helper and for the exit of privtmp. */
static struct {
	int control;		 /* our end of the socket */
	int theirs;		 /* the cleaner's end */
	char **argv;		 /* for its title */
	struct cleaner *cleaner; /* NULL once the cells are none of our business */
} ours;

/*
 * The number of inotify instances is limited for each user, to 128 by default, and the effective
 * user is charged. Charge a random one of the ids above 2^31, which nobody hands out. Where these
 * do not exist, as in most containers, or are not ours to use, charge the caller.
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
		die("inotify");
	return watch;
}

/*
 * The helper: as root, in the caller's surroundings, in the memory and with the descriptors of
 * privtmp, which is suspended until it ends. Handing over to another process that sleeps would take
 * longer.
 */
static int
run_helper(void *unused)
{
	struct cleaner *cleaner = ours.cleaner;
	sigset_t all;
	pid_t pid = -1;

	(void)unused;
	/* No TERM, HUP, INT or QUIT ends the cleaner, nor this process before there is one. */
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == 0) {
		/* We need our rights to the directories that we make. */
		(void)umask(S_IRWXG | S_IRWXO);
		for (size_t i = 0; i < cleaner->count; i++)
			if (!cell_make(&cleaner->cells[i]))
				return EXIT_PRIVTMP;
		/*
		 * A fork, but without a signal at the exit of the child: the caller's handling of
		 * SIGCHLD stays out of it. Without flags and arguments, the order in which an
		 * architecture takes them does not matter.
		 */
		pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	}
	if (pid == -1) {
		warn("cleaner");
		return EXIT_PRIVTMP;
	}
	if (pid == 0) {
		/* The cleaner, with a copy of all that. */
		(void)close(ours.control);
		cleaner_run(cleaner, ours.argv, ours.theirs);
	}
	return EXIT_SUCCESS;
}

/*
 * At the exit of privtmp, which has not become the command: return when the cells have been
 * removed. If there is no cleaner, or it was killed, that is up to us.
 */
static void
abort_start(void)
{
	char word = ABORT;
	ssize_t size;

	(void)send(ours.control, &word, 1, MSG_NOSIGNAL);
	(void)shutdown(ours.control, SHUT_WR);
	do
		size = recv(ours.control, &word, 1, 0);
	while (size == -1 ? errno == EINTR : size == 1 && word != DONE);
	if (size != 1 && ours.cleaner != NULL)
		cleaner_remove_cells(ours.cleaner, true);
}

void
cleaner_start(struct cleaner *cleaner, char **argv)
{
	static _Alignas(16) char stack[STACK_SIZE];
	int ends[2], adopts = 0, status = 0;
	pid_t helper;

	if (cleaner->count == 0)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		die("socketpair");
	cleaner->watch = open_watch();
	/* A subreaper would get the cleaner as a child after all, when the helper has ended. */
	if (prctl(PR_GET_CHILD_SUBREAPER, &adopts, 0, 0, 0) == -1 ||
	    (adopts && prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == -1))
		die("prctl");
	ours.control = ends[0];
	ours.theirs = ends[1];
	ours.argv = argv;
	ours.cleaner = cleaner;
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
	/* With the other end open here, too, the death of the cleaner would go unnoticed. */
	if (close(ends[1]) == -1)
		die("cleaner");
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
}

void
cleaner_record(const struct cleaner *cleaner, dev_t sentinel, uint64_t inodes)
{
	struct record record;

	if (cleaner->count == 0)
		return;
	cell_begin_record(&record);
	record.dev = sentinel;
	record.inodes = inodes;
	for (size_t i = 0; i < cleaner->count; i++)
		if (cell_write_record(&cleaner->cells[i], &record) == -1)
			die("%s/%s: record", cleaner->cells[i].base, cleaner->cells[i].name);
}

void
cleaner_commit(const struct cleaner *cleaner)
{
	char word = COMMIT, ready;
	ssize_t size;

	if (cleaner->count == 0)
		return;
	while ((size = recv(ours.control, &ready, 1, 0)) == -1)
		if (errno != EINTR)
			die("cleaner");
	if (size == 0 || send(ours.control, &word, 1, MSG_NOSIGNAL) == -1)
		diex("cleaner: killed while starting");
	/* This process will be the user's. */
	ours.cleaner = NULL;
	if (close(cleaner->watch) == -1)
		die("cleaner");
	for (size_t i = 0; i < cleaner->count; i++)
		if (close(cleaner->cells[i].fd) == -1 || close(cleaner->cells[i].base_fd) == -1)
			die("cleaner");
}
