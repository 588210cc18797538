/*
 * A filter of system calls (seccomp) that looks at nothing but ioctl. The kernel cuts an ioctl
 * request to 32 bits, so the filter does too. A process may use each system call ABI of the
 * machine, whatever privtmp was built for, so the filter knows the ioctl of each, and refuses all
 * calls of others.
 */

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "report.h"
#include "terminal.h"

/* The ABIs of each family of machines, and the number of ioctl in each. */
static const struct {
	unsigned int arch;
	unsigned int number;
	unsigned int x32; /* the number in x32, without the bit that marks it, or the same again */
} abis[] = {
#if defined(__x86_64__) || defined(__i386__)
	{ AUDIT_ARCH_X86_64, 16, 514 },
	{ AUDIT_ARCH_I386, 54, 54 },
#elif defined(__aarch64__) || defined(__arm__)
	{ AUDIT_ARCH_AARCH64, 29, 29 },
	{ AUDIT_ARCH_ARM, 54, 54 },
#elif defined(__riscv)
	{ AUDIT_ARCH_RISCV64, 29, 29 },
	{ AUDIT_ARCH_RISCV32, 29, 29 },
#elif defined(__powerpc__)
	{ AUDIT_ARCH_PPC64LE, 54, 54 },
	{ AUDIT_ARCH_PPC64, 54, 54 },
	{ AUDIT_ARCH_PPC, 54, 54 },
#elif defined(__s390__)
	{ AUDIT_ARCH_S390X, 54, 54 },
	{ AUDIT_ARCH_S390, 54, 54 },
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "terminal.c does not know the system call ABIs of this machine yet"
#endif
};

#define ABIS (sizeof(abis) / sizeof(abis[0]))
#define X32_BIT 0x40000000U

/* TIOCSTI pushes input into any terminal, TIOCLINUX pastes into a virtual console. */
static const unsigned int requests[] = { TIOCSTI, TIOCLINUX };

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* The low 32 bits of the request, which the kernel uses. */
#define REQUEST_OFFSET \
	(offsetof(struct seccomp_data, args[1]) + \
	    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(unsigned int) : 0))

#define LOAD(offset) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define AND(bits) (struct sock_filter) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)
#define RETURN(result) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, result)
#define JUMP_IF(value, yes, no) \
	(struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, (unsigned char)(yes), no)

static int
install_filter(void)
{
	struct sock_filter instructions[7 * ABIS + REQUESTS + 4], *next = instructions;
	struct sock_fprog program = { .filter = instructions };

	/* For each ABI, 7 instructions. From its ioctl, jump behind all of them and one more. */
	for (size_t i = 0; i < ABIS; i++) {
		*next++ = LOAD(offsetof(struct seccomp_data, arch));
		*next++ = JUMP_IF(abis[i].arch, 0, 5);
		*next++ = LOAD(offsetof(struct seccomp_data, nr));
		*next++ = AND(~X32_BIT);
		*next++ = JUMP_IF(abis[i].number, 7 * (ABIS - i) - 4, 0);
		*next++ = JUMP_IF(abis[i].x32, 7 * (ABIS - i) - 5, 0);
		*next++ = RETURN(SECCOMP_RET_ALLOW);
	}
	/* Another ABI. */
	*next++ = RETURN(SECCOMP_RET_ERRNO | EPERM);
	*next++ = LOAD(REQUEST_OFFSET);
	for (size_t i = 0; i < REQUESTS; i++)
		*next++ = JUMP_IF(requests[i], REQUESTS - i, 0);
	*next++ = RETURN(SECCOMP_RET_ALLOW);
	*next++ = RETURN(SECCOMP_RET_ERRNO | EPERM);
	program.len = (unsigned short)(next - instructions);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static bool exists;

/* An O_PATH descriptor (EBADF) can be opened again in /proc: any device may be a terminal. */
static bool
is_terminal(int fd)
{
	struct stat st;

	return isatty(fd) || (errno == EBADF && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode));
}

void
terminal_find(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	/* On any other error than ENXIO, such as a missing /dev/tty, assume a terminal. */
	exists = fd != -1 || errno != ENXIO || descriptors_any(is_terminal);
	if (fd != -1)
		(void)close(fd);
}

void
terminal_protect(void)
{
	if (!exists)
		return;
	if (install_filter() == -1)
		die("protect the terminal from input (seccomp)");
	/* Without the filter, the error would be EBADF. */
	for (size_t i = 0; i < REQUESTS; i++)
		if (syscall(SYS_ioctl, -1, requests[i], NULL) != -1 || errno != EPERM)
			diex("seccomp: claimed success, but input to the terminal is not refused");
	verbose("nothing inside can push input into the terminal");
}
