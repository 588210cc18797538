# The process that stays outside, and the end of the directory.
# shellcheck shell=sh

cleaner__waits_for_a_daemon_that_forks_twice() {
	prints <<-'END'
		cells: 1
		still
	END
	needs setsid
	cat >daemon <<-'END'
		exec 7<&0
		(setsid sh -c 'echo >/tmp/here; read -r x; test -e /tmp/here && echo $x' <&7 7<&- &)
		until [ -e /tmp/here ]; do sleep 0.01; done
	END
	mkfifo gate
	exec 8<>gate
	$P -b $B -u $U -C / -- sh $B/daemon <&8 >said
	echo "cells: $(cells_in $B | wc -l)"
	echo still >&8
	gone
	cat said
}

cleaner__waits_for_a_nested_namespace() {
	prints <<-'END'
		cells: 1
		here
	END
	needs setsid unshare setpriv user_namespace_of_user
	cat >daemon <<-'END'
		exec 7<&0
		setsid unshare -Urm sh -c 'echo >/tmp/here; read -r x; ls /tmp' <&7 7<&- &
		until [ -e /tmp/here ]; do sleep 0.01; done
	END
	mkfifo gate
	exec 8<>gate
	$P -b $B -u $U -C / -- sh $B/daemon <&8 >said
	echo "cells: $(cells_in $B | wc -l)"
	echo >&8
	gone
	cat said
}

cleaner__names_its_cell_and_holds_a_lock_and_nothing_of_the_caller() {
	prints <<-'END'
		privtmp-cleaner
		privtmp-cleaner */privtmp.??????
		caller's environment: 0
		/
		descriptors: [5-9]
		caller's descriptors: 0
		locked
		alone
	END
	needs CAP_SYS_PTRACE flock
	mkfifo fifo
	exec 9<>fifo
	hold env SECRET=secret-of-the-caller $P -b $B --
	cleaner=$(cleaners_of $B)
	until_ok grep -q cleaner /proc/$cleaner/comm
	cat /proc/$cleaner/comm
	tr '\0' '\n' </proc/$cleaner/cmdline | grep .
	echo "caller's environment: $(grep -c -e secret -e PATH= /proc/$cleaner/environ)"
	readlink /proc/$cleaner/cwd
	echo "descriptors: $(ls /proc/$cleaner/fd | wc -l)"
	echo "caller's descriptors: $(readlink /proc/$cleaner/fd/* | grep -c -e pipe: -e /fifo$ -e gate)"
	flock -n privtmp.* true || echo locked
	for signal in TERM HUP INT QUIT; do
		kill -$signal $cleaner
	done
	kill -0 $cleaner
	test $(ps -o sid= -p $cleaner) = $cleaner && echo alone
	release
	gone
}

# The manual says so. On disk his files go, in memory the kernel keeps them.
cleaner__does_not_wait_for_who_has_left_the_namespace_alone() {
	prints <<-'END'
		on disk: gone
		in memory: kept
	END
	needs python3 CAP_SYS_ADMIN
	hold $P -b $B -C / -- python3 $T/tests/system/hiding.py pivot 2>seen
	gone
	release
	hold $P -t -C / -- python3 $T/tests/system/hiding.py pivot 2>>seen
	release
	sed '1s/^/on disk: /; 2s/^/in memory: /' seen
}

_true_with_output_on_a_mount() {
	for _ in $(seq 50); do
		mount -t tmpfs t m
		$P -b $B true >m/log
		umount m || { echo busy; umount -l m; }
	done
	gone
}

cleaner__pins_no_file_system_of_the_callers() {
	needs unshare
	mkdir m
	apart _true_with_output_on_a_mount
}

cleaner__keeps_no_lock_of_the_callers() {
	needs flock
	for _ in $(seq 50); do
		sh -c 'exec 9>lock; flock -n 9; exec $P -b $B -u $U -C / true'
		flock -n lock true || echo locked
	done
	gone
}

# _starved COMMAND...: show what a cleaner that the command starts is left with: its OOM score, where
# that is too high, its policy, I/O class, finite limits, and CPUs, where they are not all.
_starved() {
	hold "$@" $P -b $B -C / --
	cleaner=$(cleaners_of $B)
	until_ok grep -qx -e -1000 -e 0 /proc/$cleaner/oom_score_adj
	echo $(chrt -p $cleaner | sed -n 's/.*policy: //p') $(ionice -p $cleaner | sed 's/: .*//') \
		$(grep -E '^Max (cpu time|address|realtime timeout)' /proc/$cleaner/limits | grep -v 'unlimited  *unlimited')
	[ "$(taskset -p $cleaner | sed 's/.* //')" = "$(taskset -p $$ | sed 's/.* //')" ] || echo fewer CPUs
	release
	gone
}

cleaner__is_starved_by_nothing_that_the_caller_has_set() {
	prints <<-'END'
		SCHED_OTHER none
		SCHED_OTHER none
		SCHED_OTHER none
		SCHED_OTHER none
		SCHED_OTHER none
		SCHED_OTHER none
	END
	needs plain chrt taskset ionice prlimit
	chrt -f 10 true 2>/dev/null || lacks 'realtime scheduling'
	_starved prlimit --rttime=10000000:unlimited chrt -f 10
	_starved chrt -i 0
	_starved prlimit --as=100000000:unlimited --cpu=5:unlimited
	_starved taskset 1
	_starved ionice -c 3
	_starved sh -c 'echo 900 >/proc/self/oom_score_adj; exec "$@"' sh
}

cleaner__outlives_a_command_that_uses_up_its_realtime() {
	prints <<-'END'
		killed
	END
	needs plain chrt prlimit
	chrt -f 10 true 2>/dev/null || lacks 'realtime scheduling'
	cat >busy <<-'END'
		for i in 1 2 3 4 5 6 7 8 9; do
			mkdir -p /tmp/$i/a/b
		done
		while :; do :; done
	END
	{ prlimit --rttime=100000:200000 chrt -f 10 $P -b $B -u $U -C / -- sh $B/busy || echo killed; } 2>/dev/null
	gone
}

cleaner__removes_what_hostile_hands_have_made() {
	prints <<-'END'
		canary
	END
	needs python3
	echo canary >canary
	$P -b $B -u $U -C / -- python3 $T/tests/system/hostile.py $B/canary
	gone
	cat canary
}

_large() {
	cat <<-'END'
		mkdir -p /tmp/a/b
		truncate -s 3G /tmp/log /tmp/a/log
		touch -t 210001010000 /tmp/a/log /tmp/a/b /tmp/a /tmp/log
		stat -c 'size: %s' /tmp/log >&2
		"$@"
	END
}

cleaner__removes_what_is_of_three_gigabytes_or_of_the_year_2100() {
	prints <<-'END'
		size: 3221225472
	END
	_large >large
	$P -b $B -u $U -C / -- sh $B/large
	gone
}

cleaner__that_was_killed_leaves_to_sweep_what_is_of_three_gigabytes_or_of_the_year_2100() {
	prints <<-'END'
		size: 3221225472
		removed
	END
	needs CAP_SYS_PTRACE ustat host flock
	_large >large
	hold $P -b $B -u $U -C / -- sh $B/large
	kill_cleaner
	release
	$P --sweep -b $B | sed 's/ .*//'
}

cleaner__beats_processes_that_go_on_creating() {
	needs python3 setpriv
	mkdir -m 777 open
	mkfifo told
	exec 8<>told
	as_user python3 $T/tests/system/creators.py outside open/socket >told &
	outside=$!
	read -r _ <&8
	$P -b $B -u $U -C / -- python3 $T/tests/system/creators.py inside $B/open/socket
	read -r _ <&8
	gone
	wait $outside
}

cleaner__enters_no_mount_of_roots() {
	prints <<-'END'
		another canary
		canary
		tmp/m
	END
	needs CAP_SYS_PTRACE host
	mkdir other
	echo another canary >other/canary
	hold $P -b $B --
	cell=$(cells_in $B)
	mkdir $cell/tmp/m
	mount -t tmpfs t $cell/tmp/m
	echo canary >$cell/tmp/m/canary
	echo x >$cell/tmp/x
	mount --bind other $cell/tmp/m
	cleaner=$(cleaners_of $B)
	release
	until_ok sh -c "! kill -0 $cleaner"
	left=$(awk -v c=$B/privtmp 'index($5, c) == 1 { print $5; exit }' /proc/self/mountinfo)
	cat $left/canary
	umount $left
	cat $left/canary
	umount $left
	(cd $cell && find tmp -mindepth 1)
	! has_ustat || $P --sweep -b $B | grep -q removed
	rm -rf $cell
}

_cleaner_of_base() {
	cleaners_of $B/base | grep .
}

_attached() {
	grep -q attached attached
}

cleaner__has_let_go_of_the_base_when_a_failed_start_returns() {
	prints <<-'END'
		privtmp: --hide /missing: No such file or directory
	END
	needs CAP_SYS_PTRACE strace
	mkdir base
	mount -t tmpfs -o mode=755 none base
	# For ever.
	strace -qq -o /dev/null $(inject unshare delay_enter=1000000000) \
		$P -b $B/base --hide=/missing -C / -- echo ran 2>started &
	start=$!
	until_ok _cleaner_of_base
	privtmp=$(pgrep -P $start)
	cleaner=$(_cleaner_of_base)
	strace -o /dev/null $(inject exit_group delay_enter=1000000000) -p $cleaner 2>attached &
	until_ok _attached
	# Without strace it goes on, and fails.
	kill -KILL $start
	wait $start 2>/dev/null || :
	until_ok sh -c "! kill -0 $privtmp"
	cat started
	umount base
	kill -KILL $!
	wait $! 2>/dev/null || :
}

start__that_is_killed_leaves_nothing() {
	prints <<-'END'
		status: 137
		status: 137
		status: 137
		status: 137
		status: 137
		status: 137
	END
	needs strace
	for call in unshare fsopen open_tree move_mount setresuid sendto; do
		refused strace -qq -o /dev/null $(inject $call signal=KILL) \
			$P -b $B -u $U -- echo ran | sed -n '1s/^\([^ ]*\) .*/status: \1/p'
		gone
	done
}

start__whose_helper_or_cleaner_is_killed_says_so_and_leaves_nothing() {
	prints <<-'END'
		125 privtmp: cleaner: its helper was killed by signal 9
		125 privtmp: cleaner: its helper was killed by signal 9
		125 privtmp: cleaner: its helper was killed by signal 9
		125 privtmp: cleaner: killed while starting
	END
	needs strace
	# Only the helper, or the cleaner, makes these calls.
	for call in umask flock mkdirat setsid; do
		refused strace -qq -f -o /dev/null $(inject $call signal=KILL) \
			$P -b $B -u $U -- echo ran
		gone
	done
}

start__whose_cleaner_would_never_see_its_end_leaves_nothing() {
	prints <<-'END'
		125 privtmp: cleaner: killed while starting
	END
	needs plain strace
	# The first of the dynamic linker fails, too, which does not care, and that of the cleaner.
	refused strace -qq -f -o /dev/null $(inject close error=EIO:when=1) $P -b $B -u $U -- echo ran
	gone
}

cleaner__that_a_filter_forbids_to_poll_waits_all_the_same() {
	prints <<-'END'
		ran
	END
	needs plain strace
	strace -qq -f -o /dev/null $(inject 'p?poll' error=EPERM) $P -b $B -u $U -- echo ran
	gone
}

_a_cell() {
	cells_in $B | grep .
}

start__that_is_interrupted_while_the_cell_is_made_leaves_nothing() {
	prints <<-'END'
		made
	END
	needs strace
	for signal in TERM HUP; do
		# For ever.
		strace -qq -f -o /dev/null $(inject flock delay_enter=1000000000:when=1) \
			$P -b $B -u $U -- echo ran >start.out 2>&1 &
		until_ok _a_cell
		[ $signal != HUP ] || echo made
		# As a terminal does: privtmp and the helper.
		started=$(pgrep -P $!)
		kill -$signal $started $(pgrep -P $started)
		# Without strace they go on.
		kill -KILL $!
		wait $! 2>/dev/null || :
		gone
		! grep ran start.out
	done
}

start__whose_command_is_not_found_has_removed_its_directory_when_it_returns() {
	prints <<-'END'
		127 *
	END
	refused $P -b $B /nonexistent
	no_cell_in $B
}
