# What every test finds:
#
#   $P        the program; $T the top of the tree
#   $U        an ordinary user, $UID_ and $GID_ the numbers
#   $B        the current directory, empty, root's, good as a --base
#
# The mounts and the environment are the test's own; /tmp, /var/tmp and /dev/shm are empty. After the
# test, the mounts have to be the same, and no cell and no process may be left. Tests wait for events,
# by until_ok; the deadline is that of the test.
#
# Others run at the same time. A test whose first line ends in "# long" starts before those. It may
# repeat less, or leave out what is seldom needed, where $LONG is not set.
# shellcheck shell=sh

# The first command of a test that prints something, on standard output or standard error: each line
# of standard input is a pattern of sh for one line of that.
prints() {
	cat >"$SCRATCH/expected"
}

# The second command, of a test that needs more than every system has:
#
#   PROGRAM                 a program
#   CAP_NAME                a capability
#   add_key, statmount,     a system call, which the filter of a container, an old kernel or the machine
#   ustat                   may refuse
#   'N files'               a limit of open files that is so high, or can be
#   'N processes'           the same, of processes
#   host                    the pid namespace of the machine, not of a container
#   plain                   a program without sanitizers, which need /proc, memory and more system calls
#   root                    to be root
#   user_namespace          one that root can make, which is impossible in a chroot
#   user_namespace_of_user  one that an ordinary user can make
needs() {
	for need; do
		case $need in
		CAP_*) has_capability $need ;;
		add_key) keyctl session - keyctl add user privtmp-test x @s >/dev/null 2>&1 ;;
		host) [ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] ;;
		*\ files) may_have ${need% *} 'open files' ;;
		*\ processes) may_have ${need% *} processes ;;
		root) [ $(id -u) = 0 ] ;;
		plain) [ -z "${PRIVTMP_SANITIZED-}" ] || skip "not for a program with sanitizers" ;;
		statmount) has_statmount ;;
		ustat) has_ustat ;;
		user_namespace) unshare -Um true 2>/dev/null ;;
		user_namespace_of_user) as_user unshare -Um true 2>/dev/null ;;
		*) command -v $need >/dev/null ;;
		esac || lacks "$need"
	done
}

has_capability() {
	case $1 in
	CAP_LINUX_IMMUTABLE) bit=9 ;;
	CAP_NET_ADMIN) bit=12 ;;
	CAP_SYS_PTRACE) bit=19 ;;
	CAP_SYS_ADMIN) bit=21 ;;
	*) echo "has_capability: which bit is $1?"; exit 1 ;;
	esac
	[ $((0x$(sed -n 's/^CapEff:.//p' /proc/self/status) >> bit & 1)) = 1 ]
}

# Whether the limit of what is named so may be raised to a number.
may_have() {
	hard=$(sed -n "s/^Max $2  *[^ ]*  *\([^ ]*\) .*/\1/p" /proc/self/limits)
	[ $hard = unlimited ] || [ $hard -ge $1 ]
}

# Where it is there, it says that there is nothing at address 0.
has_statmount() {
	python3 -c 'import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(libc.syscall(457, None, None, 0, 0) != -1 or ctypes.get_errno() != errno.EFAULT)'
}

# Where it is there, it says that there is no such device.
has_ustat() {
	python3 -c 'import ctypes, errno, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 136}.get(platform.machine(), 62)
sys.exit(libc.syscall(number, 0xffffffff, 0) != -1 or ctypes.get_errno() != errno.EINVAL)' 2>/dev/null
}

# The attempt loads the module, and fails for want of options.
has_autofs() {
	mount -t autofs none /tmp 2>/dev/null || grep -qw autofs /proc/filesystems
}

skip() {
	echo "$1"
	exit 77
}

# Name a part of the test that the kernel of this machine cannot run. The rest of the test runs.
without() {
	echo "without $*" >>"$SCRATCH/without"
}

# Skip for want of something, but fail where nothing may be skipped.
lacks() {
	[ -z "${PRIVTMP_TEST_MUST_RUN-}" ] || { echo "needs $1"; exit 1; }
	skip "needs $1"
}

# Run a command again and again until it succeeds. A test that is not in time shows what it was.
until_ok() {
	echo "$*" >"$SCRATCH/waiting"
	until "$@" >/dev/null 2>&1; do
		sleep 0.01
	done
	rm -f "$SCRATCH/waiting"
}

# Run a function of the test's file, in a mount namespace of its own.
apart() {
	unshare -m sh -euc '. "$T/tests/system/lib.sh"; . "$FILE"; "$@"' sh "$@"
}

# The cells in some directories.
cells_in() {
	find "$@" -maxdepth 1 -name 'privtmp.*'
}

no_cell_in() {
	! cells_in "$@" | grep .
}

# Wait until the cells in some directories, $B if none is named, have gone.
gone() {
	[ $# -gt 0 ] || set -- $B
	until_ok no_cell_in "$@"
}

# inject CALL WHAT: the options of strace for that, whatever the name of the call on this machine.
# Those for numbers of 32 bits have a suffix, and libc may call send where others call sendto.
inject() {
	pattern="/^$1(32|64)?\$"
	[ $1 != sendto ] || pattern='/^send(to)?$'
	echo "-e trace=$pattern -e inject=$pattern:$2"
}

# Show a command's exit status and what it prints on standard error.
refused() {
	if { "$@" 2>"$SCRATCH/refused"; } 2>/dev/null; then
		echo "ran: $*"
	else
		echo "$? $(cat "$SCRATCH/refused")"
	fi
}

AS_USER="setpriv --reuid $UID_ --regid $GID_ --clear-groups --"
as_user() {
	$AS_USER "$@"
}

# hold COMMAND...: run it with "sh -c ..." added, and return when that runs. It ends on release. Its
# pid is $!.
held=
gates=0
hold() {
	gates=$((gates + 1))
	gate=$SCRATCH/gate.$$.$gates
	mkfifo $gate $gate.up
	"$@" sh -c 'echo up; read -r word' <>$gate >$gate.up &
	held="$held $!:$gate"
	read -r _ <$gate.up
}

# End all that are held, or the one with that pid, and wait for them.
release() {
	others=
	for one in $held; do
		if [ $# = 0 ] || [ $1 = ${one%%:*} ]; then
			echo 1<>${one#*:}
			wait ${one%%:*} 2>/dev/null || :
		else
			others="$others $one"
		fi
	done
	held=$others
}

# A test that fails leaves none of them.
end_held() {
	for one in $held; do
		kill ${one%%:*} 2>/dev/null || :
	done
}
trap '[ $? = 0 ] || end_held' EXIT

# The pids of this test's cleaners that hold a cell in a directory. Whoever runs the test, RUNNER,
# adopts them.
cleaners_of() {
	read -r adopted </proc/$RUNNER/task/$RUNNER/children || :
	for pid in $adopted; do
		for fd in "/proc/$pid/fd"/*; do
			case $(readlink $fd) in
			$1/privtmp.*)
				echo $pid
				break
				;;
			esac
		done
	done
}

# Kill the cleaner of the only cell in $B, and wait until it has ended.
kill_cleaner() {
	kill -KILL $(cleaners_of $B)
	until_ok flock -n $(cells_in $B) true
}

# An example of one of the manual's pages, word for word.
example() {
	sed -n "/^\.\\\\\" example: $1\$/,/^\.Ed\$/{/^\./!p;}" $T/man/*.[1-8] | _unescape
}

# What a page says, as man shows it.
_unescape() {
	sed "s/\\\\-/-/g; s/\\\\&//g; s/\\\\(aq/'/g; s/\\\\(ga/\`/g; s/\\\\e/\\\\/g"
}
