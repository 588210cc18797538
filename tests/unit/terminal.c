/* wraps: open prctl syscall exit write */

#include "unit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "terminal.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE AUDIT_ARCH_ARM
#elif defined(__i386__)
#define NATIVE AUDIT_ARCH_I386
#elif defined(__riscv)
#define NATIVE AUDIT_ARCH_RISCV64
#elif defined(__powerpc__)
#define NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__s390__)
#define NATIVE AUDIT_ARCH_S390X
#endif

#define X32 0x40000000
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)

/* The filter, or nothing if installing it only claims success. */
static struct sock_filter filter[256];
static size_t length;
static bool lying;

/* What the kernel does with the filter for a system call. */
static unsigned int
decide(unsigned int arch, int number, uint64_t request)
{
	const struct seccomp_data call = { .nr = number, .arch = arch, .args = { 0, request } };
	unsigned int loaded = 0;

	for (size_t i = 0; i < length; i++) {
		switch (filter[i].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&loaded, (const char *)&call + filter[i].k, sizeof(loaded));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			loaded &= filter[i].k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += loaded == filter[i].k ? filter[i].jt : filter[i].jf;
			break;
		case BPF_RET | BPF_K:
			return filter[i].k;
		default:
			fail_msg("instruction %zu: code %x", i, filter[i].code);
		}
	}
	return SECCOMP_RET_ALLOW;
}

int
__wrap_prctl(int option, unsigned long mode, const struct sock_fprog *program)
{
	assert_true(option == PR_SET_SECCOMP && mode == SECCOMP_MODE_FILTER);
	assert_true(program->len <= COUNT(filter));
	length = lying ? 0 : program->len;
	memcpy(filter, program->filter, length * sizeof(*filter));
	return 0;
}

long
__wrap_syscall(long number, ...)
{
	unsigned long request;
	va_list args;

	va_start(args, number);
	(void)va_arg(args, int);
	request = va_arg(args, unsigned int);
	va_end(args);
	errno = decide(NATIVE, (int)number, request) == REFUSED ? EPERM : EBADF;
	return -1;
}

/* Without /dev/tty, a terminal is assumed. */
int
__wrap_open(const char *path, int flags, ...)
{
	(void)flags;
	assert_string_equal(path, "/dev/tty");
	errno = ENOENT;
	return -1;
}

static bool
protect(void)
{
	if (setjmp(exit_point) != 0)
		return false;
	terminal_find();
	terminal_protect();
	return true;
}

static void
terminal_protect__refuses_two_requests_in_all_abis(void **state)
{
	static const struct {
		unsigned int arch;
		int number;
		unsigned int ioctl; /* REFUSED if that number is ioctl in that ABI */
	} cases[] = {
		{ NATIVE, SYS_ioctl, REFUSED },
		{ NATIVE, SYS_write, SECCOMP_RET_ALLOW },
#if defined(__x86_64__) || defined(__i386__)
		{ AUDIT_ARCH_X86_64, 16, REFUSED },
		{ AUDIT_ARCH_X86_64, 54, SECCOMP_RET_ALLOW },
		{ AUDIT_ARCH_X86_64, X32 + 514, REFUSED },
		{ AUDIT_ARCH_X86_64, X32 + 16, REFUSED },
		{ AUDIT_ARCH_X86_64, X32 + 54, SECCOMP_RET_ALLOW },
		{ AUDIT_ARCH_I386, 54, REFUSED },
		{ AUDIT_ARCH_I386, 16, SECCOMP_RET_ALLOW },
#elif defined(__aarch64__) || defined(__arm__)
		{ AUDIT_ARCH_AARCH64, 29, REFUSED },
		{ AUDIT_ARCH_AARCH64, 54, SECCOMP_RET_ALLOW },
		{ AUDIT_ARCH_ARM, 54, REFUSED },
		{ AUDIT_ARCH_ARM, 29, SECCOMP_RET_ALLOW },
#endif
	};
	static const uint64_t requests[] = { TIOCSTI, TIOCLINUX,
		UINT64_C(0xffffffff00000000) | TIOCSTI, UINT64_C(0x8000000100000000) | TIOCLINUX };

	(void)state;
	unit_begin();
	assert_true(protect());
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t j = 0; j < COUNT(requests); j++)
			assert_int_equal(
			    decide(cases[i].arch, cases[i].number, requests[j]), cases[i].ioctl);
		assert_int_equal(
		    decide(cases[i].arch, cases[i].number, TIOCGWINSZ), SECCOMP_RET_ALLOW);
	}
	/* In an ABI that no machine of the family has, anything may be ioctl. */
	assert_int_equal(decide(AUDIT_ARCH_MIPS, 1, 0), REFUSED);
}

static void
terminal_protect__notices_that_there_is_no_filter(void **state)
{
	(void)state;
	unit_begin();
	lying = true;
	assert_false(protect());
	assert_non_null(strstr(messages, "claimed success"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal_protect__refuses_two_requests_in_all_abis),
		cmocka_unit_test(terminal_protect__notices_that_there_is_no_filter),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
