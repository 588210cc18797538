/*
 * Push a character into the terminal, in every way that this machine has. Prints what each gave:
 * "pushed", the errno, or "not on this kernel".
 */

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

int
main(void)
{
	static char paste[] = { 3, 'x' };
	static char letter[] = "x";

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
	return 0;
}
