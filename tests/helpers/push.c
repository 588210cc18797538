/*
 * Push a character into the terminal, in every way that this machine has. Prints what each gave:
 * "pushed", the errno, or "not on this kernel".
 */

#include <errno.h>
#include <limits.h>
#include <linux/elf.h>
#include <linux/io_uring.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static char letter[] = "x";

static void
show(const char *way, long result)
{
	printf("%s %s\n", way, result == 0 ? "pushed" : strerror(errno));
	(void)fflush(stdout);
}

#ifdef __x86_64__
static sigjmp_buf no_gate;

static void
leave_gate(int signal)
{
	(void)signal;
	siglongjmp(no_gate, 1);
}

/* The system call gate of i386, which takes 32-bit addresses: the character has to be below 4 GB.
 */
static long
by_i386(int fd, unsigned long request, const char *low)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54L), "b"((long)fd), "c"(request), "d"(low)
			 : "memory", "r8", "r9", "r10", "r11");
	errno = result < 0 ? (int)-result : 0;
	return result < 0 ? -1 : 0;
}

/* A kernel without 32-bit emulation has no gate, and sends SIGSEGV. */
static void
show_i386(unsigned long request, const char *low)
{
	struct sigaction action = { .sa_handler = leave_gate };

	(void)sigaction(SIGSEGV, &action, NULL);
	if (sigsetjmp(no_gate, 1) == 0)
		show("i386", by_i386(0, request, low));
	else
		printf("i386 not on this kernel\n");
}
#endif

#if defined(__x86_64__) || defined(__aarch64__)
#ifdef __x86_64__
#define REQUEST rsi
#else
#define REQUEST regs[1]
#endif

/* A tracer replaces the request of a call that is allowed, after the call has begun. */
static void
show_tracer(void)
{
	struct user_regs_struct registers;
	struct iovec area = { &registers, sizeof(registers) };
	static int number = 'x';
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		_exit(ioctl(0, FIONREAD, &number) == 0 ? 0 : errno);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &area) == 0 &&
		    registers.REQUEST == FIONREAD) {
			registers.REQUEST = TIOCSTI;
			(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &area);
		}
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == -1)
			(void)kill(pid, SIGKILL);
	}
	errno = WEXITSTATUS(status);
	show("tracer", WIFEXITED(status) && errno == 0 ? 0 : -1);
}
#endif

/* io_uring calls no ioctl for a terminal; its command of a driver is the closest. */
static void
show_io_uring(void)
{
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
	char *sq = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, 4096, PROT_READ, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *entry = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);

	if (sq == MAP_FAILED || cq == MAP_FAILED || entry == MAP_FAILED) {
		show("io_uring", -1);
		return;
	}
	*entry = (struct io_uring_sqe){
		.opcode = IORING_OP_URING_CMD,
		.cmd_op = TIOCSTI,
		.addr = (uintptr_t)letter,
	};
	*(unsigned int *)(void *)(sq + params.sq_off.tail) = 1;
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1)
		errno = -((struct io_uring_cqe *)(void *)(cq + params.cq_off.cqes))->res;
	show("io_uring", errno == 0 ? 0 : -1);
}

int
main(void)
{
	static char paste[] = { 3, 'x' };

	show("TIOCSTI", ioctl(0, TIOCSTI, letter));
	show("TIOCLINUX", ioctl(0, TIOCLINUX, paste));
#if ULONG_MAX > UINT_MAX
	show("high bits", syscall(SYS_ioctl, 0, TIOCSTI | 0xffffffff00000000UL, letter));
	show("high bits", syscall(SYS_ioctl, 0, TIOCLINUX | 0x8000000100000000UL, paste));
#endif
#ifdef __x86_64__
	show("x32", syscall(0x40000000 + 514, 0, TIOCSTI, letter));
	show("x32", syscall(0x40000000 + 16, 0, TIOCSTI, letter));
	show_i386(TIOCSTI, letter);
	show_i386(TIOCLINUX, paste);
#endif
#ifdef REQUEST
	show_tracer();
#endif
	/* Other devices know such commands. */
	if (isatty(0))
		show_io_uring();
	return 0;
}
