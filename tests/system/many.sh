# Many instances at once and inside each other; a cleaner that is stopped or killed; systemd-tmpfiles.
# shellcheck shell=sh

many__run_at_once_and_are_gone() { # long
	# More than the 128 inotify instances that the kernel allows a user by default.
	counts=300
	[ -z "${LONG-}" ] || counts='1000 1000 1000'
	for n in $counts; do
		echo "began: $n, cells: $n, own /tmp: $n, ended well: $n, left: 0"
	done | prints
	needs python3 '2100 files' '1100 processes'
	python3 $T/tests/system/many.py run $P $U $B $counts
}

nested__twenty_levels_deep() {
	prints <<-'END'
		 20 in /tmp: 1
	END
	cat >level <<-'END'
		touch /tmp/level$1
		echo "in /tmp: $(ls /tmp | wc -l)" >>$B/seen
		[ $1 = 20 ] || exec $P -- sh $B/level $(($1 + 1))
	END
	$P -- sh $B/level 1
	uniq -c seen | tr -s ' '
	gone /tmp
}

cleaner__that_is_stopped_goes_on_when_continued() {
	prints <<-'END'
		cells: 1
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	cleaner=$(cleaners_of $B)
	kill -STOP $cleaner
	release
	echo cells: $(cells_in $B | wc -l)
	kill -CONT $cleaner
	gone
}

cleaner__that_is_killed_leaves_a_usable_directory() {
	prints <<-'END'
		later
		cells: 1
	END
	needs CAP_SYS_PTRACE host flock
	touch seen
	chown $U seen
	hold $P -b $B -u $U -C / -- sh -c '"$@"; touch /tmp/later; ls /tmp >$B/seen' sh
	kill_cleaner
	release
	cat seen
	echo cells: $(cells_in $B | wc -l)
	! has_ustat || until_ok sh -c "$P --sweep -b $B | grep removed"
	rm -rf privtmp.*
}

ageing__leaves_a_live_one_alone() {
	prints <<-'END'
		files of the live one: 4
		aged
	END
	needs systemd-tmpfiles
	mkdir base
	hold $P -b $B/base -u $U -C / --
	cell=$(cells_in base)
	touch $cell/tmp/old
	touch -d '2 days ago' $cell/tmp/old $cell/tmp $cell
	mkdir base/old
	echo "d $B/base 0755 root root 1s" >conf
	# Make it older than the second of that line.
	until_ok sh -c "systemd-tmpfiles --clean $B/conf; ! test -e base/old"
	echo files of the live one: $(find $cell | wc -l)
	test -e base/old || echo aged
	release
	gone base
}

_all_swept() {
	$P --sweep -b $B
	no_cell_in $B
}

instances__of_containers_have_cleaners_enough() {
	prints <<-'END'
		140 up
	END
	needs unshare host
	mkfifo gate
	exec 8<>gate
	# Each cleaner is process 3 or so of its pid namespace, and is killed with it.
	for _ in $(seq 140); do
		unshare -pf sh -c '$P -b $B -C / -- sh -c "echo up; read -r x"; :' <&8 >>up 2>&1 &
	done
	until_ok sh -c '[ $(wc -l <up) = 140 ]'
	echo $(grep -c '^up$' up) up
	yes 2>/dev/null | head -n 140 >&8
	wait
	# The kernel may still be at the end of a mount namespace.
	! has_ustat || until_ok _all_swept
	rm -rf privtmp.*
}
