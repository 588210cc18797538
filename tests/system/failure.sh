# Failure: one line, 125, nothing left, nothing run.
# shellcheck shell=sh

# _with_fault CALL INJECTION [OPTION]...: run privtmp where strace makes a call fail, or claim to
# have succeeded.
_with_fault() {
	call=$1
	injection=$2
	shift 2
	refused strace -qq -o /dev/null "$@" $(inject $call $injection) \
		$P -b $B -u $U -- echo ran | cut -c 1-12
}

failure__of_an_old_kernel_names_the_one_that_is_needed() {
	prints <<-'END'
		125 privtmp: Linux 5.12 or later is needed *
		125 privtmp: Linux 5.12 or later is needed *
	END
	needs plain strace
	for store in "-b $B" -t; do
		refused strace -qq -o /dev/null -e trace=statx,mount_setattr \
			-e inject=statx,mount_setattr:error=ENOSYS $P $store true
	done
}

failure__of_any_step_is_one_line_and_leaves_nothing() {
	prints <<-'END'
		22 times: 125 privtmp:
	END
	needs strace
	for call in socketpair inotify_init1 unshare fsopen fsconfig fsmount open_tree mount_setattr move_mount \
		inotify_add_watch setgroups setresgid setresuid capset keyctl sendto mkdirat flock \
		fchown fchmod getgroups capget; do
		_with_fault $call error=EPERM -f
		gone
	done | uniq -c | sed 's/^ *\([0-9]*\)/\1 times:/'
}

_lies() {
	mount --make-rshared /
	cat /proc/self/mountinfo >before
	_with_fault mount retval=0
	_with_fault fsconfig retval=0
	_with_fault unshare retval=0
	_with_fault move_mount retval=0
	# On top of the sentinel.
	_with_fault move_mount retval=0:when=2
	_with_fault mount_setattr retval=0
	# Those of the sentinel: group and mode.
	_with_fault fsconfig retval=0:when=5
	_with_fault fsconfig retval=0:when=6
	diff before /proc/self/mountinfo
}

failure__to_mount_that_claims_success_is_noticed() {
	prints <<-'END'
		125 privtmp:
		125 privtmp:
		125 privtmp:
		125 privtmp:
		125 privtmp:
		125 privtmp:
		125 privtmp:
		125 privtmp:
	END
	needs strace unshare
	apart _lies
	gone
}

failure__to_enter_or_unmount_that_claims_success_is_noticed() {
	prints <<-'END'
		125 privtmp: --join=*: setns claimed success, but we are where we were
		125 privtmp: --unmount /dev/shm: umount claimed success, but it is still there
	END
	needs CAP_SYS_PTRACE strace
	hold $P -t -u $U -C / --
	refused strace -qq -o /dev/null $(inject setns retval=0) $P --join=$! echo ran
	release
	refused strace -qq -o /dev/null $(inject umount2 retval=0) $P -b $B --unmount=/dev/shm echo ran
	gone
}

failure__for_want_of_a_capability_names_it() {
	prints <<-'END'
		125 privtmp: needs CAP_SYS_ADMIN, *
		125 privtmp: needs CAP_CHOWN, *
		125 privtmp: needs CAP_SETUID, *
		125 privtmp: needs CAP_SETGID, *
		not needed
	END
	needs setpriv
	for capability in sys_admin chown setuid setgid; do
		refused setpriv --bounding-set=-$capability $P -u $U true
	done
	setpriv --bounding-set=-setuid,-setgid $P echo not needed
}

failure__of_an_ordinary_user_who_asks_to_be_another() {
	prints <<-'END'
		125 privtmp: --user: '*': only root *
	END
	needs setpriv
	refused as_user $P -u $U true
}

failure__of_a_setuid_copy() {
	prints <<-'END'
		125 privtmp: refuses to run setuid, setgid or with file capabilities
		125 privtmp: refuses to run setuid, setgid or with file capabilities
	END
	needs setpriv
	cp $P copy
	chmod 4755 copy
	refused as_user ./copy true
	chmod 2755 copy
	refused as_user ./copy true
}

failure__as_process_1_of_a_pid_namespace() {
	prints <<-'END'
		125 privtmp: process 1 of *--tmpfs
		tmpfs
		shared
	END
	needs unshare
	refused unshare -pf $P true
	unshare -pf $P -t -- echo tmpfs
	mkdir shared
	unshare -pf $P -d $B/shared -- echo shared
}

failure__is_one_line_whatever_the_name() {
	prints <<-'END'
		125 privtmp: user 'a\\x0ab': no such user
		125 privtmp: user '\\x1b\[31m\\xff': no such user
	END
	refused $P -u "$(printf 'a\nb')" true
	refused $P -u "$(printf '\033[31m\377')" true
}

failure__to_print_is_one_too() {
	prints <<-'END'
		125 privtmp: standard output: No space left on device
		125 privtmp: standard output: No space left on device
		125 privtmp: standard output: No space left on device
		125 privtmp: standard output: No space left on device
	END
	refused sh -c '$P --help >/dev/full'
	refused sh -c '$P --version >/dev/full'
	refused sh -c '$P --list >/dev/full'
	mkdir -m 700 privtmp.abcdef
	refused sh -c '$P --sweep -b $B >/dev/full'
}

failure__of_the_usage_names_what_was_typed() {
	prints <<-'END'
		125 privtmp: unknown or ambiguous option --nope; *
		125 privtmp: unknown option -Z; see --help
		125 privtmp: option --user needs an argument, USER[[]:GROUP]
		125 privtmp: option --base needs an argument, DIR
		125 privtmp: option --user needs an argument, USER[[]:GROUP]
		125 privtmp: option --list takes no argument
		125 privtmp: --propagation: 'shared' is not private or slave
		125 privtmp: --size: '1,' is not a size: *
		125 privtmp: --size: 'x' is not a size: *
		125 privtmp: --mode: '8' is not an octal mode up to 7777
		125 privtmp: --mode: '' is not an octal mode up to 7777
		125 privtmp: --also: '' is not an absolute path without '..'
		125 privtmp: --expose: 'X' is not an absolute path without '..'
		125 privtmp: option --tmpfs takes no argument
		125 privtmp: --join: '0' is not the number of a process
	END
	for option in --nope -Z -u -b --user --list=x --propagation=shared '--size=1,' -sx \
		--mode=8 --mode= --also= -eX --tmpfs=1 --join=0; do
		refused $P $option
	done
}

help__lists_the_options_of_the_manual() {
	prints <<-'END'
		privtmp [0-9]*
	END
	$P --help | grep -oE -- '--[a-z][a-z-]+' | sort -u >help
	$P -h | grep -oE -- '--[a-z][a-z-]+' | sort -u | diff help -
	grep '^\.It Fl' $T/man/privtmp.1 | grep -oE 'Fl -[a-z-]+' | sed 's/Fl -/--/' | sort >manual
	diff help manual
	$P --version
}
