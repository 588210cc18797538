# The process that stays outside, and the end of the directory.
# shellcheck shell=sh

cleaner__waits_for_a_daemon_that_forks_twice() {
	prints <<-'END'
		1
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
	cells_in $B | wc -l
	echo still >&8
	gone
	cat said
}

cleaner__waits_for_a_nested_namespace() {
	prints <<-'END'
		1
		here
	END
	needs setsid unshare
	cat >daemon <<-'END'
		exec 7<&0
		setsid unshare -Urm sh -c 'echo >/tmp/here; read -r x; ls /tmp' <&7 7<&- &
		until [ -e /tmp/here ]; do sleep 0.01; done
	END
	mkfifo gate
	exec 8<>gate
	$P -b $B -u $U -C / -- sh $B/daemon <&8 >said
	cells_in $B | wc -l
	echo >&8
	gone
	cat said
}

cleaner__is_nameless_and_holds_a_lock_and_nothing_of_the_caller() {
	prints <<-'END'
		privtmp-cleaner
		0
		0
		/
		[5-9]
		0
		locked
		alone
	END
	needs CAP_SYS_PTRACE flock
	mkfifo fifo
	exec 9<>fifo
	hold $P -b $B --
	cleaner=$(cleaners_of $B)
	until_ok grep -q cleaner /proc/$cleaner/comm
	cat /proc/$cleaner/comm
	wc -c </proc/$cleaner/cmdline
	wc -c </proc/$cleaner/environ
	readlink /proc/$cleaner/cwd
	ls /proc/$cleaner/fd | wc -l
	readlink /proc/$cleaner/fd/* | grep -c -e pipe: -e /fifo$ -e gate || :
	flock -n privtmp.* true || echo locked
	for signal in TERM HUP INT QUIT; do
		kill -$signal $cleaner
	done
	kill -0 $cleaner
	test $(ps -o sid= -p $cleaner) = $cleaner && echo alone
	release
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
		canary
		removed
	END
	needs CAP_SYS_PTRACE host
	hold $P -b $B --
	cell=$(cells_in $B)
	mkdir $cell/tmp/m
	mount -t tmpfs t $cell/tmp/m
	echo canary >$cell/tmp/m/canary
	echo x >$cell/tmp/x
	mount --bind /etc $cell/tmp/m
	cleaner=$(cleaners_of $B)
	release
	until_ok sh -c "! kill -0 $cleaner"
	left=$(awk -v c=$B/privtmp 'index($5, c) == 1 { print $5; exit }' /proc/self/mountinfo)
	test -e $left/passwd
	umount $left
	cat $left/canary
	umount $left
	$P --sweep -b $B | sed 's/ [^ ]*$//'
}

keep__leaves_the_directory_and_says_where() {
	prints <<-'END'
		privtmp: keeping B/cell/tmp
		left
	END
	$P -k -b $B -u $U -C / -- sh -c 'echo >/tmp/left' 2>said
	sed "s,$B,B,; s,/privtmp\..*/,/cell/," said
	ls privtmp.*/tmp
	cleaners_of $B
	rm -r privtmp.*
}

keep__says_nothing_of_a_directory_that_will_not_be_left() {
	prints <<-'END'
		125 privtmp: --chdir: /nonexistent inside: No such file or directory
	END
	refused $P -k -b $B -C /nonexistent true
}

start__that_is_killed_leaves_nothing() {
	prints <<-'END'
		137
		137
		137
		137
		137
		137
	END
	needs strace
	for call in unshare mount open_tree move_mount setresuid sendto; do
		refused strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL \
			$P -b $B -u $U -- echo ran | sed 's/ .*//'
		gone
	done
}

start__whose_command_is_not_found_has_removed_its_directory_when_it_returns() {
	prints <<-'END'
		127 *
	END
	refused $P -b $B /nonexistent
	no_cell_in $B
}
