# Terminals that are shared with the caller: no input can be pushed into them, and job control works.
# shellcheck shell=sh

# terminal [EXPECTED=KEYS]... -- COMMAND...: an administrator at a terminal
_terminal() {
	TERM=dumb python3 $T/tests/system/terminal.py "$@"
}

# Of the ways to push a character, those that every machine has, and the others unless refused. An
# x86_64 has two of each of these, for a program of 64 bits.
_ways() {
	cat >ways
	if grep -q '^i386 not on this kernel' ways; then
		without 'system calls of i386: this kernel has none'
	fi
	grep -v -E -e '^(high bits|i386|x32|tracer) Operation not permitted|^i386 not on this kernel' \
		-e '^io_uring (Operation not (permitted|supported)|Function not implemented)' ways
	[ ${1:-$(uname -m)} != x86_64 ] ||
		for way in 'high bits' i386 x32; do
			[ $(grep -c -E "^$way (Operation not permitted|not on this kernel)" ways) = 2 ] || echo "not tried: $way"
		done
}

terminal__cannot_be_typed_into_in_any_way() {
	prints <<-'END'
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		status 0 steps left 0
	END
	needs python3
	_terminal -- $P -b $B -u $U -C / -- $T/build/helpers/push | _ways
	gone
}

terminal__without_a_dev_inside_is_protected_too() {
	prints <<-'END'
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		status 0 steps left 0
	END
	needs python3
	_terminal -- $P -b $B -u $U --hide=/dev -C / -- $T/build/helpers/push | _ways
	gone
}

terminal__cannot_be_typed_into_by_a_program_of_32_bits() {
	prints <<-'END'
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		status 0 steps left 0
	END
	needs python3
	case $(uname -m) in
	# The headers of the kernel are for both.
	x86_64) gcc -m32 -idirafter /usr/include/$(gcc -print-multiarch) -D_GNU_SOURCE -o push32 \
		$T/tests/helpers/push.c 2>errors || lacks 'gcc -m32' ;;
	# tests/kernel/run leaves it there.
	aarch64) cp $T/build/helpers/push32 . 2>errors || arm-linux-gnueabihf-gcc -static -D_GNU_SOURCE \
		-o push32 $T/tests/helpers/push.c 2>errors || lacks arm-linux-gnueabihf-gcc ;;
	*) skip 'not an x86_64 or aarch64' ;;
	esac
	# Exec format error: no package brings what the kernel lacks.
	./push32 </dev/null >version 2>&1 || skip 'a kernel that runs programs of 32 bits'
	_terminal -- $P -b $B -u $U -C / -- $B/push32 | _ways 32
	gone
}

terminal__is_protected_by_a_program_for_i386_too() {
	prints <<-'END'
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		status 0 steps left 0
	END
	needs plain python3
	[ $(uname -m) = x86_64 ] || skip 'not an x86_64'
	# The headers of the kernel are for both.
	gcc -m32 -idirafter /usr/include/$(gcc -print-multiarch) -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
		-DVERSION='"0"' -o privtmp32 $T/src/*.c 2>errors || lacks 'gcc -m32'
	# Exec format error: no package brings what the kernel lacks.
	./privtmp32 --version >version 2>&1 || skip 'a kernel that runs programs of 32 bits'
	_terminal -- $B/privtmp32 -b $B -u $U -C / -- $T/build/helpers/push | _ways
	gone
}

terminal__without_user_is_the_callers_own_business() {
	prints <<-'END'
		*TIOCSTI pushed
	END
	needs python3
	[ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null)" != 0 ] ||
		skip 'a kernel without TIOCSTI'
	_terminal -- $P -b $B -- $T/build/helpers/push | grep -o 'TIOCSTI pushed'
	gone
}

terminal__on_another_descriptor_is_protected_too() {
	prints <<-'END'
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		status 0 steps left 0
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
	END
	needs python3 setsid
	push="$P -b $B -u $U -C / -- $T/build/helpers/push"
	_terminal -- sh -c "$push </dev/null 2>/dev/null | cat" | _ways
	_terminal -- setsid -w sh -c "$push >out 2>/dev/null" >/dev/null
	_ways <out
	gone
}

# descriptor.py KIND COMMAND...: with a terminal that nobody controls, on descriptor 5 alone
_descriptor() {
	python3 $T/tests/system/descriptor.py "$@"
}

terminal__on_descriptor_5_alone_is_protected_too() {
	prints <<-'END'
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		typed: nothing
		TIOCSTI Operation not permitted
		TIOCLINUX Operation not permitted
		typed: nothing
	END
	needs python3 setsid
	_descriptor slave $P -b $B -u $U -C / -- sh -c "exec setsid -c -w $T/build/helpers/push <&5" >out
	_ways <out
	_descriptor path $P -b $B -u $U -C / -- \
		setsid -w sh -c "exec $T/build/helpers/push <>/proc/self/fd/5" >out
	_ways <out
	gone
}

terminal__that_has_its_master_on_descriptor_5_is_protected_too() {
	prints <<-'END'
		not there: 5
		typed: nothing
		there: 5
		typed: b'x'
	END
	needs python3
	show='[ -e /proc/$$/fd/5 ] || { echo not there: 5; exit; }; echo there: 5; printf x >&5'
	_descriptor master $P -b $B -u $U -C / -- sh -c "$show"
	gone
	_descriptor master $P -b $B -- sh -c "$show"
	gone
}

terminal__that_is_none_needs_no_filter() {
	prints <<-'END'
		Seccomp: 0
		Seccomp: 2
	END
	needs python3 setsid
	[ "$(sed -n 's/^Seccomp:.//p' /proc/self/status)" = 0 ] || skip 'a filter around the tests'
	setsid -w $P -b $B -u $U -C / -- grep '^Seccomp:' /proc/self/status </dev/null 2>&1 | tr '\t' ' '
	gone
	_terminal -- $P -b $B -u $U -C / -- grep '^Seccomp:' /proc/self/status | grep Seccomp | tr '\t' ' '
	gone
}

terminal__leaves_job_control_working() {
	prints <<-'END'
		*status 7 steps left 0
	END
	needs python3 bash
	job="python3 $T/tests/system/job.py"
	export PS1='prompt> '
	_terminal "prompt>=$job\n" 'ready=\x1a' 'Stopped=jobs\n' 'Stopped=fg\n' 'again=\x03' \
		'prompt>=sleep 0.1 &\n' 'prompt>=wait; printf rea%s ped\n' "reaped=$job\n" \
		'ready=\x03' 'prompt>=exit 7\n' -- \
		$P -b $B -u $U -C / -- bash --norc --noprofile -i | tail -n 1
	gone
}

terminal__stops_and_goes_on_under_the_callers_shell() {
	prints <<-'END'
		*status 3 steps left 0
	END
	needs python3 bash
	job="$P -b $B -u $U -C / -- python3 $T/tests/system/job.py"
	export PS1='outer> '
	_terminal "outer>=$job\n" 'ready=\x1a' 'Stopped=fg\n' 'again=\x1a' 'Stopped=bg\n' \
		'again=kill %1; wait %1; echo sta""tus $?\n' 'status 143=exit 3\n' -- \
		bash --norc --noprofile -i | tail -n 1
	gone
}
