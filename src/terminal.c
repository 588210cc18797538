/*
 * A filter of system calls (seccomp) that looks at nothing but ioctl. The kernel cuts an ioctl
 * request to 32 bits, so the filter does too. A process may use each system call ABI of the
 * machine, whatever privtmp was built for, so the filter knows the ioctl of each, and refuses all
 * calls of others.
 */

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "report.h"

/* The ABIs of each family of machines: what seccomp calls them (linux/audit.h), and their ioctl. */
static const struct abi {
	uint32_t arch;
	uint32_t number;
} abis[] = {
#if defined(__x86_64__) || defined(__i386__)
	{ 0xc000003eU, 16 },  /* x86_64 */
	{ 0xc000003eU, 514 }, /* x32, without the bit that marks it */
	{ 0x40000003U, 54 },  /* i386 */
#elif defined(__aarch64__) || defined(__arm__)
	{ 0xc00000b7U, 29 }, /* aarch64 */
	{ 0x40000028U, 54 }, /* arm */
#elif defined(__riscv)
	{ 0xc00000f3U, 29 }, /* riscv64 */
	{ 0x400000f3U, 29 }, /* riscv32 */
#elif defined(__powerpc__)
	{ 0xc0000015U, 54 }, /* ppc64le */
	{ 0x80000015U, 54 }, /* ppc64 */
	{ 0x14U, 54 },	     /* ppc */
#elif defined(__s390__)
	{ 0x80000016U, 54 }, /* s390x */
	{ 0x16U, 54 },	     /* s390 */
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "terminal.c does not know the system call ABIs of this machine yet"
#endif
};

#define ABIS (sizeof(abis) / sizeof(abis[0]))
#define X32_BIT 0x40000000U

/* Both push input into a terminal: one any, the other that of the console, by pasting. */
static const uint32_t requests[] = { TIOCSTI, TIOCLINUX };

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* The kernel's layouts and codes of linux/filter.h and linux/seccomp.h, which not every libc comes
 * with. */
struct instruction {
	uint16_t code;
	uint8_t if_true;
	uint8_t if_false;
	uint32_t value;
};

struct program {
	unsigned short length;
	const struct instruction *instructions;
};

struct call {
	int32_t number;
	uint32_t arch;
	uint64_t address;
	uint64_t arguments[6];
};

#define LOAD_WORD 0x20	       /* BPF_LD | BPF_W | BPF_ABS */
#define AND 0x54	       /* BPF_ALU | BPF_AND | BPF_K */
#define JUMP_IF_EQUAL 0x15     /* BPF_JMP | BPF_JEQ | BPF_K */
#define RETURN 0x06	       /* BPF_RET | BPF_K */
#define FILTER 2	       /* SECCOMP_MODE_FILTER */
#define ALLOW 0x7fff0000U      /* SECCOMP_RET_ALLOW */
#define FAIL_EPERM 0x00050001U /* SECCOMP_RET_ERRNO | EPERM */

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define REQUEST_OFFSET (offsetof(struct call, arguments[1]) + 4)
#else
#define REQUEST_OFFSET offsetof(struct call, arguments[1])
#endif

static int
install_filter(void)
{
	struct instruction instructions[6 * ABIS + REQUESTS + 4];
	struct program program = { .instructions = instructions };
	struct instruction *next = instructions;

	/*
	 * For each ABI: go on to the next row if the arch is another; to the requests if this is
	 * its ioctl; else to the next row, or, if that is of another arch, allow the call.
	 */
	for (size_t i = 0; i < ABIS; i++) {
		uint8_t requests_at = (uint8_t)(6 * (ABIS - 1 - i) + 2);

		*next++ = (struct instruction){ LOAD_WORD, 0, 0, offsetof(struct call, arch) };
		*next++ = (struct instruction){ JUMP_IF_EQUAL, 0, 4, abis[i].arch };
		*next++ = (struct instruction){ LOAD_WORD, 0, 0, offsetof(struct call, number) };
		*next++ = (struct instruction){ AND, 0, 0, ~X32_BIT };
		*next++ = (struct instruction){ JUMP_IF_EQUAL, requests_at, 0, abis[i].number };
		if (i + 1 < ABIS && abis[i + 1].arch == abis[i].arch)
			*next++ = (struct instruction){ LOAD_WORD, 0, 0,
				offsetof(struct call, arch) };
		else
			*next++ = (struct instruction){ RETURN, 0, 0, ALLOW };
	}
	*next++ = (struct instruction){ RETURN, 0, 0, FAIL_EPERM };
	*next++ = (struct instruction){ LOAD_WORD, 0, 0, REQUEST_OFFSET };
	for (size_t i = 0; i < REQUESTS; i++)
		*next++ = (struct instruction){ JUMP_IF_EQUAL, (uint8_t)(REQUESTS - i), 0,
			requests[i] };
	*next++ = (struct instruction){ RETURN, 0, 0, ALLOW };
	*next++ = (struct instruction){ RETURN, 0, 0, FAIL_EPERM };
	program.length = (unsigned short)(next - instructions);
	return prctl(PR_SET_SECCOMP, FILTER, &program, 0, 0);
}

bool
terminal_exists(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	/* Any other error, such as a missing /dev/tty, leaves open whether there is one. */
	if (fd == -1 && errno == ENXIO)
		return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
	if (fd != -1)
		(void)close(fd);
	return true;
}

void
terminal_protect(void)
{
	if (install_filter() == -1)
		die("protect the terminal from input (seccomp)");
	/* Without the filter, the error would be that there is no such descriptor. */
	for (size_t i = 0; i < REQUESTS; i++)
		if (syscall(SYS_ioctl, -1, requests[i], NULL) != -1 || errno != EPERM)
			diex("seccomp: claimed success, but input to the terminal is not refused");
	verbose("nothing inside can push input into the terminal");
}
