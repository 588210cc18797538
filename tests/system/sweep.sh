# --sweep: what is provably dead goes, the rest stays.
# shellcheck shell=sh

sweep__removes_what_is_dead_and_says_so() {
	prints <<-'END'
		removed B/privtmp.123456
		removed B/privtmp.BBBBBB
		removed B/privtmp.aaaaaa
		removed B/privtmp.halfhf
	END
	needs host
	for name in privtmp.aaaaaa privtmp.BBBBBB privtmp.123456 privtmp.halfhf; do
		mkdir -m 700 $name
	done
	mkdir -m 770 privtmp.aaaaaa/tmp privtmp.BBBBBB/tmp privtmp.BBBBBB/0
	mkdir -p privtmp.aaaaaa/tmp/a/b privtmp.BBBBBB/0/c
	echo x >privtmp.aaaaaa/tmp/a/f
	chown -R $U privtmp.aaaaaa/tmp
	touch privtmp.halfhf/tmp
	$P --sweep -b $B >said
	sort said | sed "s,$B,B,"
	no_cell_in $B
}

sweep__leaves_what_is_not_ours_beyond_doubt() {
	prints <<-'END'
		left B/privtmp.12-456: its name is not that of a cell
		left B/privtmp.1234567: its name is not that of a cell
		left B/privtmp.12345: its name is not that of a cell
		left B/privtmp.\\x1b\[31m: its name is not that of a cell
		left B/privtmp.file66: it is no directory
		left B/privtmp.groups: its group or mode are not those of a cell
		left B/privtmp.link66: it is no directory
		left B/privtmp.mounte: something is mounted on it
		left B/privtmp.open55: its group or mode are not those of a cell
		left B/privtmp.sticky: its group or mode are not those of a cell
		left B/privtmp.theirs: it belongs to another user
		canary
	END
	mkdir -m 700 privtmp.theirs privtmp.groups privtmp.mounte privtmp.12345 privtmp.1234567 \
		privtmp.12-456 "$(printf 'privtmp.\033[31m')" XprivtmpXaaaaaa real
	mkdir -m 755 privtmp.open55
	mkdir -m 1700 privtmp.sticky
	touch privtmp.file66 real/canary
	ln -s real privtmp.link66
	chown $U privtmp.theirs
	chgrp daemon privtmp.groups
	ls -A >$SCRATCH/before
	mount -t tmpfs -o mode=700 t privtmp.mounte
	$P --sweep -b $B | sort | sed "s,$B,B,"
	umount privtmp.mounte
	ls -A | diff $SCRATCH/before -
	ls real
	rm -r privtmp.*
}

sweep__leaves_a_live_one() {
	prints <<-'END'
		it is in use
	END
	hold $P -b $B --
	$P --sweep -b $B | sed 's/.*: //'
	release
	gone
}

sweep__leaves_one_whose_cleaner_was_killed_while_anyone_is_inside() {
	prints <<-'END'
		it is in use, though no cleaner waits for it
		tmp
		removed
	END
	needs CAP_SYS_PTRACE host flock
	hold $P -b $B -u $U -C / --
	kill_cleaner
	$P --sweep -b $B | sed 's/.*: //'
	ls -A privtmp.*
	release
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__leaves_one_that_a_descriptor_alone_keeps() {
	prints <<-'END'
		it is in use, though no cleaner waits for it
		removed
	END
	needs CAP_SYS_PTRACE host flock
	hold $P -b $B --
	exec 5</proc/$!/ns/mnt
	kill_cleaner
	release
	$P --sweep -b $B | sed 's/.*: //'
	exec 5<&-
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__leaves_one_that_is_bound_elsewhere() {
	prints <<-'END'
		removed
	END
	needs CAP_SYS_PTRACE host unshare flock
	mkdir elsewhere
	hold $P -b $B --
	one=$!
	hold unshare -m sh -c 'mount --bind $(echo privtmp.*/tmp) elsewhere; exec "$@"' sh
	kill_cleaner
	release $one
	until_ok sh -c "$P --sweep -b $B | grep -q 'no cleaner waits'"
	release $!
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__that_others_do_at_the_same_time_is_left_to_them() {
	prints <<-'END'
		 5 9
	END
	needs host
	for round in 1 2 3 4 5; do
		hold $P -b $B -u $U -C / --
		for n in 1 2 3 4 5 6 7 8 9; do
			mkdir -m 700 privtmp.dead$n$round
			mkdir -p privtmp.dead$n$round/tmp/a/b
		done
		release
		$P --sweep -b $B >one &
		$P --sweep -b $B >two &
		wait
		gone
		cat one two | grep removed | sort | uniq -d
		cat one two | grep -c 'removed.*dead'
	done | uniq -c | tr -s ' '
}

sweep__waits_out_what_is_too_new_to_be_dead() {
	for _ in $(seq 20); do
		$P -b $B true &
	done
	$P --sweep -b $B | grep removed || :
	wait
	gone
}

sweep__looks_where_cells_are_made() {
	prints <<-'END'
		removed /dev/shm/privtmp.sweepX
		removed /tmp/privtmp.sweepX
		removed /var/tmp/privtmp.sweepX
		removed B/also/privtmp.sweepY
	END
	needs host
	mkdir -m 1777 also
	mkdir -m 700 /tmp/privtmp.sweepX /var/tmp/privtmp.sweepX /dev/shm/privtmp.sweepX
	mkdir -m 700 also/privtmp.sweepY
	$P --sweep | grep sweepX | sort
	$P --sweep -b $B/also | sed "s,$B,B,"
}

sweep__that_cannot_remove_all_fails() {
	prints <<-'END'
		125 privtmp: */privtmp.stuckX: cannot be removed: Operation not permitted
		f
		removed
		125 privtmp: base */missing: No such file or directory
		125 privtmp: 'true': neither --list nor --sweep takes a command
	END
	needs CAP_LINUX_IMMUTABLE host chattr
	mkdir -m 700 privtmp.stuckX
	touch privtmp.stuckX/f privtmp.stuckX/g
	chattr +i privtmp.stuckX/f
	refused $P --sweep -b $B
	ls privtmp.*
	chattr -i privtmp.*/f
	$P --sweep -b $B | sed 's/ .*//'
	refused $P --sweep -b $B/missing
	refused $P --sweep -b $B true
}

sweep__in_a_pid_namespace_leaves_what_it_cannot_know_of() {
	prints <<-'END'
		not all mount namespaces can be seen
		removed
	END
	needs CAP_SYS_PTRACE host unshare flock
	hold $P -b $B --
	kill_cleaner
	unshare -pf --mount-proc $P --sweep -b $B | sed 's/.*: //'
	release
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__and_list_are_not_kept_from_their_work_by_paths_of_any_length() {
	prints <<-'END'
		1
		removed
	END
	needs CAP_SYS_PTRACE host unshare python3 setpriv
	cat >long.py <<-'END'
		import ctypes, os, sys
		os.chdir("/tmp")
		for i in range(90):
		    os.mkdir("x" * 250)
		    os.chdir("x" * 250)
		os.mkdir("m")
		assert ctypes.CDLL(None).mount(b".", b"m", None, 4096, None) == 0
		os.execvp(sys.argv[1], sys.argv[1:])
	END
	mkdir -m 700 privtmp.deadXX
	hold $P -t -u $U -C / -- unshare -Urm python3 $B/long.py
	$P --list | grep -c "^ *$! "
	$P --sweep -b $B | sed 's/ .*//'
	release
}
