/*
 * The cleaner, a process outside the mount namespace. It closes the caller's descriptors, waits
 * for the end of the sentinel, and removes the cells. launch.c starts it. It searches no processes:
 * the kernel tells it when the namespace, and all unshared from it, have ended.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cleaner.h"
#include "descriptors.h"

#define IOPRIO_WHO_PROCESS 1

/* Milliseconds between attempts, and attempts before giving up or slowing down. */
#define PAUSE_FIRST 100
#define PAUSE_LONGEST 60000
#define ATTEMPTS 10

static void
pause_for(int milliseconds)
{
	(void)nanosleep(
	    &(struct timespec){ milliseconds / 1000, milliseconds % 1000 * 1000000L }, NULL);
}

/* Append the text as far as it fits, with a NUL behind it. */
static void
add_title(char **at, const char *end, const char *text)
{
	while (*text != '\0' && *at + 1 < end)
		*(*at)++ = *text++;
}

/*
 * Overwrite the arguments and the environment with a title: ps shows the cells, pgrep -f finds
 * only the command, and no secret of the caller stays in memory.
 */
static void
set_title(const struct cleaner *cleaner, char **argv)
{
	static char *no_environment[] = { NULL };
	char *start = argv[0], *end = start;

	(void)prctl(PR_SET_NAME, "privtmp-cleaner");
	/* Both are one area of the stack. Strings of setenv are at lower addresses. */
	for (char **text = argv; *text != NULL; text++)
		end = *text + strlen(*text) + 1;
	for (char **text = environ; *text != NULL; text++)
		if (*text + strlen(*text) + 1 > end)
			end = *text + strlen(*text) + 1;
	environ = no_environment;
	if (start == NULL)
		return;
	memset(start, 0, (size_t)(end - start));
	add_title(&start, end, "privtmp-cleaner");
	for (size_t i = 0; i < cleaner->count; i++) {
		add_title(&start, end, " ");
		add_title(&start, end, cleaner->cells[i].base);
		add_title(&start, end, "/");
		add_title(&start, end, cleaner->cells[i].name);
	}
}

/* Reset inherited limits and priorities that could kill or starve the cleaner. */
static void
reset_limits(void)
{
	static const char *const scores[] = { "-1000", "0" };
	struct sched_param priority = { 0 };
	unsigned char all[1024];
	int fd;

	for (unsigned int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit, none = { RLIM_INFINITY, RLIM_INFINITY };

		if (setrlimit(i, &none) == 0 || getrlimit(i, &limit) == -1)
			continue;
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(i, &limit);
	}
	/* By syscall: musl's function always fails. */
	(void)syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &priority);
	memset(all, 0xff, sizeof(all));
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(all), all);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0);
	/* Exempt the cleaner from the OOM killer; without the capability, use the default. */
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; fd != -1 && i < sizeof(scores) / sizeof(scores[0]); i++)
		if (write(fd, scores[i], strlen(scores[i])) != -1)
			break;
	if (fd != -1)
		(void)close(fd);
}

/* Wait until the kernel unmounts the sentinel. */
static void
wait_for_end(int watch)
{
	struct inotify_event event = { 0 };

	while ((event.mask & IN_UNMOUNT) == 0)
		if (read(watch, &event, sizeof(event)) == -1 && errno != EINTR)
			pause_for(PAUSE_FIRST); /* ENOMEM, for example: retry */
}

void
cleaner_remove_cells(struct cleaner *cleaner, bool hurry)
{
	for (struct cell *cell = cleaner->cells; cell < cleaner->cells + cleaner->count; cell++) {
		int milliseconds = PAUSE_FIRST;

		for (int attempt = 1; cell_remove(cell) == -1; attempt++) {
			bool forbidden = errno == EPERM || errno == EACCES || errno == EROFS ||
					 errno == EBUSY || errno == ESTALE;

			if (attempt >= ATTEMPTS && (forbidden || hurry)) {
				openlog("privtmp", LOG_PID, LOG_DAEMON);
				syslog(LOG_ERR, "%s/%s: left behind: %m", cell->base, cell->name);
				break;
			}
			pause_for(milliseconds);
			if (attempt >= ATTEMPTS)
				milliseconds = milliseconds < PAUSE_LONGEST / 2 ? 2 * milliseconds
										: PAUSE_LONGEST;
		}
	}
}

/* Runs outside the namespace as root or the calling user, with all signals blocked. */
void
cleaner_run(struct cleaner *cleaner, char **argv, int control)
{
	struct pollfd privtmp = { .fd = control, .events = POLLRDHUP };
	bool committed = false, aborted;
	ssize_t size;
	char word = READY;

	(void)setsid();
	(void)!chdir("/");
	descriptors_close_inherited(cleaner->watch);
	/* If this fails, abort: privtmp, if alive, reads end of file and dies. */
	aborted = send(control, &word, 1, MSG_NOSIGNAL) == -1;
	set_title(cleaner, argv);
	reset_limits();
	/* Sleep until the socket is closed, and not until each message. On error, recv sleeps. */
	if (!aborted)
		(void)poll(&privtmp, 1, -1);
	/*
	 * Retry on error. Only end of file means that privtmp has ended or become the command;
	 * otherwise we might remove a cell in use.
	 */
	while (!aborted && (size = recv(control, &word, 1, 0)) != 0) {
		if (size == -1)
			pause_for(PAUSE_FIRST);
		committed = committed || (size == 1 && word == COMMIT);
		aborted = aborted || (size == 1 && word == ABORT);
	}
	if (committed && !aborted)
		wait_for_end(cleaner->watch);
	cleaner_remove_cells(cleaner, !committed || aborted);
	/* When privtmp has ended, its caller may unmount the base. */
	for (size_t i = 0; i < cleaner->count; i++) {
		(void)close(cleaner->cells[i].fd);
		(void)close(cleaner->cells[i].base_fd);
	}
	word = DONE;
	(void)send(control, &word, 1, MSG_NOSIGNAL);
	_exit(EXIT_SUCCESS);
}
