# --list and --join.
# shellcheck shell=sh

list__shows_one_line_for_each_and_aligns() {
	prints <<-'END'
		*PID  USER * STORE  DIRECTORIES * USED * AGE  COMMAND * CELL
		1
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	echo data >$(cells_in $B)/tmp/f
	$P --list >table
	head -n 1 table
	grep -c "^ *$!  $U .*disk .* /tmp .*sh -c echo up.* $B/privtmp\.[^/]*$" table
	release
	gone
}

list__knows_tmpfs_directories_use_and_nesting() {
	prints <<-'END'
		1
		1
		1
	END
	needs CAP_SYS_PTRACE
	mkdir -m 1777 also
	cat >script <<-'END'
		dd if=/dev/zero of=/tmp/f bs=1024 count=300 2>/dev/null
		$P -b $B/also -C / -- "$@"
		:
	END
	hold $P -t -u $U -a /var/tmp -C / --
	one=$!
	hold $P -b $B -C / -- sh $B/script
	two=$!
	$P --list >table
	grep -c "^ *$one  *$U  *tmpfs  /tmp,/var/tmp  *[0-9B]*  .*s  sh -c.* -$" table
	grep -c "^ *$two .* disk .* 30[0-9]K .*$B/privtmp" table
	grep -c "$B/also/privtmp" table
	release
	gone $B also
}

list__knows_a_daemon_whose_first_process_has_gone() {
	prints <<-'END'
		1
	END
	needs CAP_SYS_PTRACE setsid
	cat >daemon <<-'END'
		exec 7<&0
		(setsid sh -c 'echo $$ >/tmp/pid; read -r x' <&7 7<&- &)
		until [ -s /tmp/pid ]; do sleep 0.01; done
	END
	mkfifo gate
	exec 8<>gate
	$P -b $B -u $U -C / -- sh $B/daemon <&8
	pid=$(cat privtmp.*/tmp/pid)
	$P --list | grep -c "^ *$pid .* $B/privtmp"
	echo >&8
	gone
}

list__escapes_what_a_command_is_called() {
	prints <<-'END'
		1
	END
	hold $P -t -C / -- sh -c '"$@"; :' "$(printf 'a\033[31m\n\377')"
	$P --list | grep -c "^ *$! .*a\\\\x1b\[31m\\\\x0a\\\\xff"
	release
}

list__shows_what_is_stale() {
	prints <<-'END'
		- - disk /tmp/privtmp.staleY
		B/privtmp.staleX
	END
	for stale in $B/privtmp.staleX /tmp/privtmp.staleY; do
		mkdir -m 700 $stale
		mkdir -m 770 $stale/tmp
	done
	ln -s $B/privtmp.staleX /tmp/privtmp.link55
	until_ok sh -c "$P --list | grep staleY"
	$P --list | awk '/stale[XY]/ { print $1, $2, $3, $NF }'
	$P --list -b $B | awk '/stale[XY]/ { print $NF }' | sed "s,$B,B,"
	rm -r /tmp/privtmp.link55 /tmp/privtmp.staleY privtmp.staleX
}

list__of_two_hundred_takes_no_time() {
	prints <<-'END'
		200 soon
	END
	needs python3
	python3 $T/tests/system/many.py list $P $U $B
	gone
}

list__shows_users_their_own() {
	prints <<-'END'
		1
		0
		2
	END
	needs CAP_SYS_PTRACE setpriv
	mkdir -m 1777 base
	hold $AS_USER $P -b $B/base -C / --
	one=$!
	hold $P -t --
	two=$!
	as_user $P --list >table
	grep -c "^ *$one .*$U" table
	grep -c "^ *$two " table || :
	$P --list | grep -cE "^ *($one|$two) "
	release
	gone base
}

join__finds_what_is_there_as_the_user() {
	prints <<-'END'
		first
		user
		1
		B
		0
		1
		2
		f
		second
		/tmp
		/tmp
		7
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	echo first >$(cells_in $B)/tmp/f
	$P --join=$! -u $U -- sh -c '
		cat /tmp/f
		id -un
		touch /tmp/second
		grep -c "^CapEff:.0000000000000000" /proc/self/status
		pwd
		ls /proc/$$/fd
		:' | sed "s/^$U$/user/; s,$B,B,"
	ls privtmp.*/tmp
	TMPDIR=/tmp/x $P -j $! -C /tmp -- sh -c 'echo $TMPDIR; pwd; exit 7' || echo $?
	release
	gone
}

join__keeps_the_instance_alive() {
	prints <<-'END'
		1
		still
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	first=$!
	hold $P --join=$first -C / -- sh -c '"$@"; touch /tmp/still; ls /tmp >$B/seen' sh
	release $first
	cells_in $B | wc -l
	release $!
	cat seen
	gone
}

join__goes_where_a_socket_of_the_first_process_is() {
	prints <<-'END'
		threads
	END
	needs CAP_SYS_PTRACE python3
	socket="python3 $T/tests/system/unix_socket.py"
	$P -b $B -u $U -C / -- $socket serve /tmp/.attach_pid threads >up &
	until_ok grep -q up up
	$P --join=$! -u $U -- $socket read /tmp/.attach_pid
	wait
	gone
}

join__refuses_what_is_no_instance_of_ours() {
	prints <<-'END'
		125 privtmp: --join=*: is in no other mount namespace than we are
		125 privtmp: --join=*: no such process
		125 privtmp: --join=1: *
		125 privtmp: --join=*: is in no instance of privtmp
		125 privtmp: --join=*: * belongs to another user namespace: no instance of root's
		125 privtmp: --join=*: * belongs to another user namespace: no instance of root's
	END
	needs CAP_SYS_PTRACE unshare setpriv
	(exit 0) &
	wait $!
	ended=$!
	refused $P -j $$ true
	refused $P -j $ended true
	refused $P -j 1 true
	hold unshare -m
	refused $P -j $! true
	release
	mkdir -p fake/privtmp.abcdef/tmp
	chmod 1777 fake/privtmp.abcdef/tmp
	chown -R $U fake
	cat >imitate <<-'END'
		mount --bind $B/fake/privtmp.abcdef/tmp /tmp
		exec "$@"
	END
	hold $AS_USER unshare -Urm sh $B/imitate
	refused $P -j $! true
	refused $P -j $! -u $U true
	release
	rm -r fake
}

join__refuses_options_that_make_an_instance() {
	prints <<-'END'
		 10 cannot go with --join
	END
	for option in -t -k -a/x --hide=/x --exec -m700 -b/x -e/tmp/x --propagation=slave -s1m; do
		refused $P -j 1 $option true
	done | sed 's/.*: cannot/cannot/' | uniq -c | tr -s ' '
}

join__does_not_stand_where_it_stood_if_that_is_elsewhere_inside() {
	prints <<-'END'
		125 privtmp: working directory */here: is another one inside; use --chdir
		/
		/tmp
	END
	mkdir here
	hold $P -b $B -C / --hide=$B/here --
	cd here
	refused $P -j $! true
	$P -j $! -C / pwd
	cd /tmp
	$P -j $! pwd
	release
	gone
}

# old WHEN COMMAND...: run it on a kernel that can list neither namespaces, by ioctl, nor mounts,
# by listmount, so that /proc is read.
_old() {
	when=$1
	shift
	strace -qq -o /dev/null -e trace=ioctl -e inject=ioctl:error=ENOTTY:when=$when "$@"
}

# The row of this test, without its age, and without the width of other people's.
_row() {
	grep $B/privtmp | tr -s ' ' | sed 's/ [0-9]*s sh/ AGE sh/'
}

instances__are_the_same_to_kernels_that_cannot_list_them() {
	prints <<-'END'
		1
		it is in use, though no cleaner waits for it
		not all mount namespaces can be seen
		not all mount namespaces can be seen
	END
	needs CAP_SYS_PTRACE host strace flock
	hold $P -b $B -u $U -C / --
	_old 1 $P --list | _row >old
	$P --list | _row >new
	diff old new
	grep -c " $B/privtmp" old
	_old 2 $P -j $! -u $U -- ls -A /tmp
	kill_cleaner
	_old 1+ $P --sweep -b $B | sed 's/.*: //'
	release
	hold $P -t -C / --
	exec 5</proc/$!/ns/mnt
	release
	mkdir -m 700 privtmp.deadXX
	_old 1+ $P --sweep -b $B | sed 's/.*: //'
	exec 5<&-
	until_ok sh -c "$P --sweep -b $B | grep removed"
}
