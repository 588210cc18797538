/*
 * A filter of system calls (seccomp) that looks at nothing but ioctl. The kernel cuts an ioctl request to 32 bits, so the
 * filter does too; and a process may use each of the machine's system call ABIs, so it knows the ioctl of each.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "report.h"
#include "terminal.h"

/* The ABIs of each architecture: what seccomp calls them, and their numbers of ioctl. */
#define ABI_X86_64 0xc000003eU
#define ABI_I386 0x40000003U
#define ABI_AARCH64 0xc00000b7U
#define ABI_ARM 0x40000028U
#define ABI_RISCV64 0xc00000f3U
#define ABI_RISCV32 0x400000f3U
#define ABI_PPC64LE 0xc0000015U
#define ABI_S390X 0x80000016U
#define ABI_S390 0x16U

static const struct abi {
	uint32_t arch;
	uint32_t number;
} abis[] = {
#if defined(__x86_64__)
	{ ABI_X86_64, 16 },
	{ ABI_X86_64, 514 }, /* x32, without the bit that marks it */
	{ ABI_I386, 54 },
#elif defined(__i386__)
	{ ABI_I386, 54 },
#elif defined(__aarch64__)
	{ ABI_AARCH64, 29 },
	{ ABI_ARM, 54 },
#elif defined(__arm__)
	{ ABI_ARM, 54 },
#elif defined(__riscv) && __riscv_xlen == 64
	{ ABI_RISCV64, 29 },
	{ ABI_RISCV32, 29 },
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	{ ABI_PPC64LE, 54 },
#elif defined(__s390x__)
	{ ABI_S390X, 54 },
	{ ABI_S390, 54 },
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "terminal.c does not know the system call ABIs of this architecture yet"
#endif
};

#define ABIS (sizeof(abis) / sizeof(abis[0]))
#define X32_BIT 0x40000000U

/* Both push input into a terminal: one any, the other that of the console, by pasting. */
static const uint32_t requests[] = { TIOCSTI, TIOCLINUX };

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* The kernel's layouts and codes of linux/filter.h and linux/seccomp.h, which not every libc comes with. */
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

#define LOAD_WORD 0x20		/* BPF_LD | BPF_W | BPF_ABS */
#define AND 0x54		/* BPF_ALU | BPF_AND | BPF_K */
#define JUMP_IF_EQUAL 0x15	/* BPF_JMP | BPF_JEQ | BPF_K */
#define RETURN 0x06		/* BPF_RET | BPF_K */
#define FILTER 2		/* SECCOMP_MODE_FILTER */
#define ALLOW 0x7fff0000U	/* SECCOMP_RET_ALLOW */
#define FAIL_EPERM 0x00050001U	/* SECCOMP_RET_ERRNO | EPERM */

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

	/* For each ABI: another arch or another call goes on with the next, its ioctl goes on with the requests. */
	for (size_t i = 0; i < ABIS; i++) {
		uint8_t rest = (uint8_t)(5 * (ABIS - 1 - i) + 1);

		*next++ = (struct instruction){ LOAD_WORD, 0, 0, offsetof(struct call, arch) };
		*next++ = (struct instruction){ JUMP_IF_EQUAL, 0, 3, abis[i].arch };
		*next++ = (struct instruction){ LOAD_WORD, 0, 0, offsetof(struct call, number) };
		*next++ = (struct instruction){ AND, 0, 0, ~X32_BIT };
		*next++ = (struct instruction){ JUMP_IF_EQUAL, rest, 0, abis[i].number };
	}
	*next++ = (struct instruction){ RETURN, 0, 0, ALLOW };
	*next++ = (struct instruction){ LOAD_WORD, 0, 0, REQUEST_OFFSET };
	for (size_t i = 0; i < REQUESTS; i++)
		*next++ = (struct instruction){ JUMP_IF_EQUAL, (uint8_t)(REQUESTS - i), 0, requests[i] };
	*next++ = (struct instruction){ RETURN, 0, 0, ALLOW };
	*next++ = (struct instruction){ RETURN, 0, 0, FAIL_EPERM };
	program.length = (unsigned short)(next - instructions);
	return prctl(PR_SET_SECCOMP, FILTER, &program, 0, 0);
}

/* A terminal to protect: the one that controls this process, or one that it has been handed. */
static bool
has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd != -1) {
		(void)close(fd);
		return true;
	}
	return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
}

int
terminal_protect(const struct identity *identity)
{
	if (identity->change != IDENTITY_ASSUMED || !has_terminal())
		return 0;
	if (install_filter() == -1) {
		say_errno("protect the terminal from input (seccomp)");
		return -1;
	}
	/* Without the filter, there is no such descriptor. */
	for (size_t i = 0; i < REQUESTS; i++) {
		if (syscall(SYS_ioctl, -1, requests[i], NULL) != -1 || errno != EPERM) {
			say("protect the terminal from input: claimed success, but the filter does not hold");
			return -1;
		}
	}
	tell("nothing inside can push input into the terminal");
	return 0;
}
