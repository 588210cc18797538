# What the command finds, and what its caller finds.
# shellcheck shell=sh

command__passes_its_exit_status() {
	prints <<-'END'
		0
		1
		42
		255
	END
	for status in 0 1 42 255; do
		got=0
		$P -- sh -c "exit $status" || got=$?
		echo $got
	done
}

command__dies_of_its_own_signal() {
	prints <<-'END'
		143
	END
	{ $P -- sh -c 'kill -TERM $$' || echo $?; } 2>/dev/null
}

command__that_is_not_found_is_127() {
	prints <<-'END'
		127 privtmp: /nonexistent/command: No such file or directory
		127 privtmp: nonexistent-command: No such file or directory
		127 privtmp: /tmp/x (* is private, *; see --expose): No such file or directory
	END
	refused $P -- /nonexistent/command
	refused $P -- nonexistent-command
	refused $P -u $U /tmp/x
}

command__that_cannot_be_executed_is_126() {
	prints <<-'END'
		126 privtmp: /etc/passwd: Permission denied
		126 privtmp: /usr: Permission denied
	END
	refused $P -- /etc/passwd
	refused $P -- /usr
}

command__in_the_private_directory_is_noexec() {
	prints <<-'END'
		126
	END
	$P -- sh -c 'cp /bin/true /tmp; /tmp/true' 2>/dev/null || echo $?
}

command__is_executed_in_place() {
	prints <<-'END'
		1
		1
	END
	sh -c 'echo $$; exec $P -u $U -- sh -c "echo \$\$"' | uniq | wc -l
	sh -c 'echo $$; $P -u $U -- sh -c "echo \$PPID"; :' | uniq | wc -l
}

command__has_no_child_it_did_not_start() {
	prints <<-'END'
		[[]]
	END
	$P -- sh -c 'read -r children </proc/$$/task/$$/children; echo "[$children]"'
}

command__finds_the_users_environment() {
	export HOME=/root USER=root LOGNAME=root SHELL=/bin/x FOO=bar
	$P -u $U -- sh -c 'echo "$HOME $USER $LOGNAME $SHELL $FOO"' >got
	getent passwd $U | awk -F: '{ print $6, $1, $1, $7, "bar" }' | diff - got
}

command__finds_variables_of_temporary_directories_corrected() {
	prints <<-'END'
		 28 /tmp
		/tmpx
		relative
		/var/tmp
		B/missing

	END
	ln -s /tmp link
	for value in /tmp /tmp/ /tmp/x //tmp/./x /var/../tmp/x $B/link $B/link/missing/x; do
		for name in TMPDIR TMP TEMP TEMPDIR; do
			env $name=$value $P -- sh -c "echo \$$name"
		done
	done | uniq -c | tr -s ' '
	for value in /tmpx relative /var/tmp $B/missing ''; do
		TMP=$value $P -- sh -c 'echo "${TMP-unset}"'
	done | sed "s,$B,B,"
}

command__starts_where_the_caller_stood() {
	prints <<-'END'
		B/closed
	END
	mkdir -m 700 closed
	cd closed
	$P -u $U -- readlink /proc/self/cwd | sed "s,$B,B,"
}

command__never_starts_in_the_outer_directory() {
	prints <<-'END'
		/tmp
		/tmp
		/tmp
	END
	mkdir -p /tmp/outer/below
	cd /tmp/outer/below
	$P -- sh -c 'pwd -P; ls -A'
	rm -r /tmp/outer
	$P -- readlink /proc/self/cwd
	cd /tmp
	$P -- sh -c 'pwd -P; ls -A .'
}

command__starts_where_it_was_asked_to() {
	prints <<-'END'
		/tmp
		/usr
		125 privtmp: --chdir: */closed inside: Permission denied
		125 privtmp: --chdir: 'usr' is not an absolute path without '..'
		125 privtmp: --chdir: '/usr/../tmp' is not an absolute path without '..'
	END
	mkdir -m 700 closed
	$P -C /tmp -- pwd -P
	$P -u $U -C /usr -- pwd -P
	refused $P -u $U -C $B/closed true
	refused $P -C usr true
	refused $P -C /usr/../tmp true
}

command__finds_no_other_descriptors() {
	prints <<-'END'
		0 1 2
	END
	exec 5</etc/passwd 9<&5
	$P -- sh -c 'ls /proc/$$/fd; :' | paste -s -d ' '
}

command__finds_descriptors_0_to_2_open_whatever_the_caller_closed() {
	prints <<-'END'
		f f f 0 1 2
		/dev/null f f 0 1 2
		f /dev/null f 0 1 2
		f f /dev/null 0 1 2
		/dev/null /dev/null f 0 1 2
		/dev/null f /dev/null 0 1 2
		f /dev/null /dev/null 0 1 2
		/dev/null /dev/null /dev/null 0 1 2
	END
	touch f
	show='(cd /proc/$$/fd; readlink 0 1 2; ls) >list'
	for closed in '' '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 2>&-' '1>&- 2>&-' \
		'0<&- 1>&- 2>&-'; do
		eval "$P -b $B -- sh -c '$show' <f >f 2>f $closed"
		sed "s,$B/,," list | paste -s -d ' '
	done
	gone
}

command__gets_no_directory_for_a_descriptor() {
	prints <<-'END'
		125 privtmp: descriptor 0 is a directory, *
		125 privtmp: descriptor 1 is a directory, *
		125
	END
	for fd in 0 1 2; do
		refused sh -c "exec $P true 3>&2 $fd</" | sed 's/ *$//'
	done
}

command__keeps_what_a_service_manager_passes_to_it() {
	prints <<-'END'
		0 1 2 3 4
		0 1 2
		125 privtmp: descriptor 4 is a directory, *
	END
	exec 3</etc/passwd 4</etc/group 5<$P
	sh -c 'LISTEN_PID=$$ LISTEN_FDS=2 exec $P -- sh -c "ls /proc/\$\$/fd; :"' | paste -s -d ' '
	LISTEN_PID=1 LISTEN_FDS=2 $P -- sh -c 'ls /proc/$$/fd; :' | paste -s -d ' '
	exec 4</
	refused sh -c 'LISTEN_PID=$$ LISTEN_FDS=2 exec $P true'
}

command__finds_signals_limits_and_nice_as_they_were() {
	cat >show <<-'END'
		grep -E '^(Sig(Pnd|Blk|Ign|Cgt)|ShdPnd)' /proc/self/status
		cat /proc/self/limits
		umask
		nice
		cut -d ' ' -f 5-7 /proc/self/stat
	END
	trap '' USR1 CHLD
	ulimit -c 0
	umask 037
	nice -n 3 sh show >before
	nice -n 3 $P -- sh $B/show >after
	diff before after
}

command__lets_its_caller_read_to_the_end() {
	prints <<-'END'
		[[]all]
	END
	echo "[$($P -u $U -- echo all)]"
}

command__is_the_callers_shell_when_there_is_none() {
	prints <<-'END'
		[1-9]*
		/bin/sh
		/bin/sh
		/bin/sh
	END
	echo 'id -u; echo $0' | SHELL=/bin/sh $P -u $U
	echo 'echo $0' | env -u SHELL $P
	echo 'echo $0' | SHELL='' $P
}

command__options_are_its_own() {
	prints <<-'END'
		-k -v --help
		-u * --
	END
	$P -u $U -- sh -c 'echo "$@"' x -k -v --help
	$P echo -u $U --
}

command__is_not_taken_for_found_where_the_user_may_not_look() {
	prints <<-'END'
		127 privtmp: nosuchcommand: No such file or directory
		127
	END
	mkdir -m 700 closed
	refused env PATH=$B/closed:/usr/bin:/bin $P -u $U nosuchcommand
	$P /nonexistent 2>/dev/full || echo $?
}

chdir__leads_to_nothing_that_is_covered() {
	mkdir /tmp/exposed
	chown $U /tmp/exposed
	for fd in 3 4 5 6 7 8 9 10 11 12; do
		$P -b $B -u $U -e /tmp/exposed:ro -C /proc/self/fd/$fd -- \
			sh -c 'cp /bin/true t && ./t && echo ran in $0' $fd 2>/dev/null || :
	done
	gone
	ls /tmp/exposed
}
