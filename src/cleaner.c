/*
 * privtmp becomes the command, so the cleaner must not be its child: a helper makes the cells, starts the cleaner, and
 * ends at once; the cleaner falls to init.
 *
 * Both share the memory of privtmp instead of copying it, which would cost more than everything else together. That is
 * safe because never more than one of the three runs: privtmp is suspended until the helper has ended (CLONE_VFORK), and
 * the cleaner does nothing but wait in recv until privtmp has exec'd, has died, or waits for it in cleaner_abandon. After
 * the exec the memory is the cleaner's alone.
 *
 * The control socket tells the cleaner how the start went: its end without a word, that it failed. RELEASED before the
 * end, that the command runs. ABANDONED after that, that it could not be executed.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cleaner.h"
#include "report.h"

enum word {
	NOTHING,
	RELEASED,
	ABANDONED,
};

struct job {
	struct charge *charge;
	const void *frame; /* on the stack that privtmp was started on */
	int parent_end;
	int control;
	int watch;
	bool started;
};

/* Between attempts at what should not have failed; and how many to make at removal. */
static const struct timespec patience = { .tv_nsec = 100000000 };
#define ATTEMPTS 10

/* The helper's stack serves the helper alone; the cleaner's has to last. */
#define STACK_SIZE 65536
/* More than privtmp has used of its own stack, and less than the kernel keeps free below a stack. */
#define STACK_DEPTH (512UL * 1024)
static _Alignas(16) char helper_stack[STACK_SIZE];
static _Alignas(16) char cleaner_stack[STACK_SIZE];

/*
 * The number of inotify instances is limited for each user, to 128 by default, and the effective user is charged. Charge
 * one that nobody is: ours alone by the pid, from the range above 2^31 that nobody hands out. Where that id does not exist
 * (a container maps fewer) or is not ours to take, charge whoever we are.
 */
static int
open_watch(void)
{
	int watch, error;
	bool switched = setreuid((uid_t)-1, 0x80000000U | (uid_t)getpid()) == 0;

	watch = inotify_init1(IN_CLOEXEC);
	error = errno;
	/* Not only back to root: setreuid has set the saved uid as well. */
	if (switched && (setreuid(0, 0) == -1 || geteuid() != 0)) {
		say_errno("setreuid: back to root");
		return -1;
	}
	errno = error;
	if (watch == -1)
		say_errno("inotify");
	return watch;
}

static bool
needs(const struct job *job, int fd)
{
	for (const struct cell *cell = job->charge->cells; cell < job->charge->cells + job->charge->count; cell++)
		if (fd == cell->base_fd || fd == cell->fd)
			return true;
	return fd == job->watch;
}

/*
 * Unmap the stack that privtmp was started on, with its arguments and environment: nothing in /proc shows them any more, no
 * search for a command finds this process, and no secret of the caller stays in its memory.
 */
static void
leave_stack(const struct job *job)
{
	static char *no_environment[] = { NULL };
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start, end;
	/* The name of the program comes last, behind the environment. */
	const char *last = (const char *)getauxval(AT_EXECFN);

	if (last == NULL)
		return;
	start = (uintptr_t)job->frame - STACK_DEPTH;
	end = (uintptr_t)last + strlen(last) + 1;
	/* For libc, which looks up TZ to write to the log. */
	environ = no_environment;
	(void)munmap((void *)(start & ~(page - 1)), ((end + page - 1) & ~(page - 1)) - (start & ~(page - 1)));
}

/* Let go of everything that came from the caller: session, directory, name, limits, descriptors. */
static void
detach(const struct job *job)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY }, descriptors = { 64, 64 };
	int fd, last = job->watch;

	/* Nothing here is a reason to leave the cell behind: what a container does not allow stays as it is. */
	(void)setsid();
	(void)!chdir("/");
	(void)prctl(PR_SET_NAME, "privtmp-cleaner");
	(void)setrlimit(RLIMIT_CPU, &unlimited);
	(void)setrlimit(RLIMIT_NOFILE, &descriptors);
	leave_stack(job);

	/* 0 to 2 stay taken, so that nothing opened later becomes somebody's standard error. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(job->watch, fd) == -1)
			(void)close(fd);
	for (const struct cell *cell = job->charge->cells; cell < job->charge->cells + job->charge->count; cell++) {
		last = cell->base_fd > last ? cell->base_fd : last;
		last = cell->fd > last ? cell->fd : last;
	}
	for (; fd < last; fd++)
		if (!needs(job, fd))
			(void)close(fd);
	(void)syscall(SYS_close_range, last + 1, ~0U, 0);
}

/* Wait until the sentinel is unmounted. */
static void
wait_for_end(int watch)
{
	struct inotify_event event = { 0 };

	while ((event.mask & IN_UNMOUNT) == 0)
		if (read(watch, &event, sizeof(event)) == -1 && errno != EINTR)
			(void)nanosleep(&patience, NULL); /* out of memory, say; there is no other way to learn of it */
}

static void
remove_cells(struct charge *charge)
{
	for (struct cell *cell = charge->cells; cell < charge->cells + charge->count; cell++) {
		for (int attempt = 1; cell_remove(cell) == -1; attempt++) {
			if (attempt == ATTEMPTS) {
				syslog(LOG_ERR, "%s/%s: left behind: %m", cell->base, cell->name);
				break;
			}
			(void)nanosleep(&patience, NULL);
		}
	}
}

/* Outside, as root, with all signals blocked and everything else as privtmp had it. */
static int
cleaner(void *arg)
{
	const struct job *job = arg;
	char word = NOTHING;
	ssize_t size;

	/* An error is not the end: whoever takes it for one removes a cell that is about to be used. */
	while ((size = recv(job->control, &word, sizeof(word), 0)) != 0)
		if (size == -1)
			(void)nanosleep(&patience, NULL);
	openlog("privtmp", LOG_PID, LOG_DAEMON);
	if (word == RELEASED) {
		if (job->charge->keep)
			return 0;
		detach(job);
		wait_for_end(job->watch);
	}
	remove_cells(job->charge);
	return 0;
}

static int
make_cells(struct charge *charge)
{
	for (size_t i = 0; i < charge->count; i++)
		if (cell_make(&charge->cells[i]) == -1)
			return -1;
	return 0;
}

/* The helper: as root, in the caller's surroundings, while privtmp is suspended. */
static int
helper(void *arg)
{
	struct job *job = arg;
	sigset_t all;

	/* For the cleaner, which inherits it: no TERM, HUP, INT or QUIT to the process group ends it. */
	(void)sigfillset(&all);
	/* Rights that the umask takes from our own directories are needed before they are set. Nobody shares this umask. */
	(void)umask(S_IRWXG | S_IRWXO);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1 || close(job->parent_end) == -1) {
		say_errno("cleaner");
		return 1;
	}
	if (make_cells(job->charge) == 0) {
		/* Nobody enters a user namespace while sharing memory: there the cleaner gets a copy. */
		if (clone(cleaner, cleaner_stack + STACK_SIZE, job->charge->rootless ? 0 : CLONE_VM, job) != -1) {
			job->started = true;
			return 0;
		}
		say_errno("cleaner");
	}
	remove_cells(job->charge);
	return 1;
}

static int
adopt(bool wanted)
{
	return prctl(PR_SET_CHILD_SUBREAPER, wanted, 0, 0, 0);
}

int
cleaner_start(struct charge *charge, struct cleaner *cleaner)
{
	static struct job job; /* the cleaner goes on using it */
	int ends[2], pid, waited, status = 0, adopting = 0;

	*cleaner = (struct cleaner){ -1, -1 };
	if (charge->count == 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) {
		say_errno("socketpair");
		return -1;
	}
	cleaner->control = ends[0];
	if (!charge->keep && (cleaner->watch = open_watch()) == -1)
		return -1;
	job = (struct job){
		.charge = charge,
		.frame = ends,
		.parent_end = ends[0],
		.control = ends[1],
		.watch = cleaner->watch,
	};
	/* The cleaner would be the command's child after all, if that is to adopt its grandchildren. */
	if (prctl(PR_GET_CHILD_SUBREAPER, &adopting, 0, 0, 0) == -1 || (adopting && adopt(false) == -1)) {
		say_errno("prctl");
		return -1;
	}
	/* No exit signal: the caller's handling of SIGCHLD stays out of it, and none is left pending for the command. */
	pid = clone(helper, helper_stack + STACK_SIZE, CLONE_VM | CLONE_VFORK, &job);
	if (pid == -1) {
		say_errno("cleaner");
		return -1;
	}
	while ((waited = waitpid(pid, &status, (int)__WCLONE)) == -1 && errno == EINTR)
		;
	if (adopting && adopt(true) == -1) {
		say_errno("prctl");
		return -1;
	}
	/* While we have the cleaner's end as well, the connection has no end: nobody could be waited for. */
	if (waited != pid || close(ends[1]) == -1) {
		say_errno("cleaner");
		return -1;
	}
	if (!job.started) {
		/* It has said why, unless it was killed. */
		if (WIFSIGNALED(status))
			say("cleaner: killed by signal %d while starting", WTERMSIG(status));
		return -1;
	}
	for (size_t i = 0; i < charge->count; i++)
		tell("made %s", charge->cells[i].path);
	return 0;
}

static int
send_word(const struct cleaner *cleaner, char word)
{
	/* No SIGPIPE: a dead cleaner is an error like others. */
	return send(cleaner->control, &word, sizeof(word), MSG_NOSIGNAL) == sizeof(word) ? 0 : -1;
}

int
cleaner_release(const struct cleaner *cleaner, const struct charge *charge)
{
	for (size_t i = 0; charge->keep && i < charge->count; i++)
		say("keeping %s", charge->cells[i].path);
	if (cleaner->control == -1 || send_word(cleaner, RELEASED) == 0)
		return 0;
	say_errno("cleaner");
	return -1;
}

void
cleaner_abandon(const struct cleaner *cleaner)
{
	char nothing;

	/* Wait only for one who has heard it. Otherwise our exit ends the connection, and that is as good, but later. */
	if (cleaner->control != -1 && send_word(cleaner, ABANDONED) == 0 && shutdown(cleaner->control, SHUT_WR) == 0)
		(void)recv(cleaner->control, &nothing, sizeof(nothing), 0);
}
