# What the command finds, and what its caller finds.
# shellcheck shell=sh

command__passes_its_exit_status() {
	prints <<-'END'
		status: 0
		status: 1
		status: 42
		status: 255
	END
	for status in 0 1 42 255; do
		got=0
		$P -- sh -c "exit $status" || got=$?
		echo "status: $got"
	done
}

command__dies_of_its_own_signal() {
	prints <<-'END'
		status: 143
	END
	{ $P -- sh -c 'kill -TERM $$' || echo "status: $?"; } 2>/dev/null
}

command__that_is_not_found_is_127() {
	prints <<-'END'
		127 privtmp: /nonexistent/command: No such file or directory
		127 privtmp: nonexistent-command (not found in PATH; for options, see --help): No such file or directory
		127 privtmp: /tmp/x (* is private, *; see --expose): No such file or directory
	END
	refused $P -- /nonexistent/command
	refused $P -- nonexistent-command
	refused $P -u $U /tmp/x
}

command__that_is_empty_is_127() {
	prints <<-'END'
		127 privtmp: the command is empty; is a variable unset?
		127 privtmp: the command is empty; is a variable unset?
	END
	unset=
	refused $P ''
	refused $P -u $U -- "$unset" argument
}

command__that_stays_behind_in_the_covered_directory_is_told_so() {
	prints <<-'END'
		127 privtmp: ./configure (the directory is private, *; see --expose): No such file or directory
		127 privtmp: ../tmp/build/configure (the directory is private, *; see --expose): No such file or directory
		125 privtmp: --chdir: /tmp/build inside (the directory is private, *; see --expose): No such file or directory
		126 privtmp: ./tool (private directories are noexec; see --exec): Permission denied
		125 privtmp: --chdir: /nonexistent inside: No such file or directory
		127 privtmp: ./configure: No such file or directory
	END
	mkdir /tmp/build shared
	printf '#!/bin/sh\n' >/tmp/build/configure
	cp /tmp/build/configure shared/tool
	chmod 755 /tmp/build/configure shared/tool
	cd /tmp/build
	refused $P ./configure
	refused $P ../tmp/build/configure
	refused $P -C /tmp/build true
	refused $P -d $B/shared ./tool
	refused $P -C /nonexistent true
	cd $B
	refused $P ./configure
}

command__that_is_the_name_of_an_option_is_told_so() {
	prints <<-'END'
		127 privtmp: help (not found in PATH; for options, see --help): No such file or directory
		127 privtmp: list (not found in PATH; for options, see --help): No such file or directory
		Usage: privtmp *
	END
	refused $P help
	refused $P list
	$P --help | head -n 1
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
		status: 126
	END
	$P -- sh -c 'cp /bin/true /tmp; /tmp/true' 2>/dev/null || echo "status: $?"
}

command__is_executed_in_place() {
	prints <<-'END'
		pids: 1
		parents: 1
	END
	echo "pids: $(sh -c 'echo $$; exec $P -u $U -- sh -c "echo \$\$"' | uniq | wc -l)"
	echo "parents: $(sh -c 'echo $$; $P -u $U -- sh -c "echo \$PPID"; :' | uniq | wc -l)"
}

command__has_no_child_it_did_not_start() {
	prints <<-'END'
		children: none
	END
	$P -- sh -c 'read -r children </proc/$$/task/$$/children; echo "children: ${children:-none}"'
}

command__finds_the_users_environment() {
	export HOME=/root USER=root LOGNAME=root SHELL=/bin/x FOO=bar
	$P -u $U -- sh -c 'echo "$HOME $USER $LOGNAME $SHELL $FOO"' >got
	getent passwd $U | awk -F: '{ print $6, $1, $1, $7, "bar" }' | diff - got
}

command__finds_variables_of_temporary_directories_corrected() {
	prints <<-'END'
		times: 28 /tmp
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
	done | uniq -c | sed 's/^ */times: /'
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

command__finds_descriptors_0_to_2_open_whatever_the_caller_closed() {
	prints <<-'END'
		f f f open: 0 1 2
		/dev/null f f open: 0 1 2
		f /dev/null f open: 0 1 2
		f f /dev/null open: 0 1 2
		/dev/null /dev/null f open: 0 1 2
		/dev/null f /dev/null open: 0 1 2
		f /dev/null /dev/null open: 0 1 2
		/dev/null /dev/null /dev/null open: 0 1 2
	END
	touch f
	show='(cd /proc/$$/fd; readlink 0 1 2; echo open:; ls) >list'
	for closed in '' '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 2>&-' '1>&- 2>&-' \
		'0<&- 1>&- 2>&-'; do
		eval "$P -b $B -- sh -c '$show' <f >f 2>f $closed"
		# In a chroot, the paths begin outside.
		sed "s,^.*$B/,,; s,^.*/dev/null,/dev/null," list | paste -s -d ' '
	done
	gone
}

command__gets_no_directory_for_a_descriptor() {
	prints <<-'END'
		125 privtmp: descriptor 0 is a directory: *
		125 privtmp: descriptor 1 is a directory: *
		125
	END
	for fd in 0 1 2; do
		refused sh -c "exec $P true 3>&2 $fd</" | sed 's/ *$//'
	done
}

command__finds_the_callers_descriptors_and_no_other() {
	prints <<-'END'
		open: 0 1 2 5 9
		root
		open: 0 1 2 5 9
		open: 0 1 2 5 9
		open: 0 1 2 5 9
	END
	exec 5</etc/passwd 9</etc/group
	$P -u $U -- sh -c 'echo open:; ls /proc/$$/fd; :' | paste -s -d ' '
	$P -u $U -- head -c 4 <&5 && echo
	for options in -t '-b /var/tmp' '-a /var/tmp'; do
		$P $options -- sh -c 'echo open:; ls /proc/$$/fd; :' | paste -s -d ' '
	done
	gone /var/tmp
}

command__and_what_privtmp_says_go_to_logs_of_three_gigabytes() {
	prints <<-'END'
		out
		privtmp [0-9]*
		err
		privtmp: /nonexistent: No such file or directory
		other
	END
	# Sparse: they take no room on the disk.
	truncate -s 3G out err other
	$P -b $B -u $U -C / -- sh -c 'echo out; echo err >&2; echo other >&7' >>out 2>>err 7>>other
	gone
	$P --version >>out
	$P -t /nonexistent 2>>err || :
	for log in out err other; do
		dd if=$log bs=1048576 skip=3072 2>/dev/null
	done
}

command__finds_what_is_of_the_year_2100() {
	prints <<-'END'
		input
		/*/here
		/*/here
		/*/here
	END
	mkdir base here shared
	printf '#!/bin/sh\ncat; pwd -P\n' >here/show
	chmod 755 here/show
	echo input >input
	touch -t 210001010000 base input shared here/show here
	[ $(stat -c %Y input) -gt 4000000000 ] || lacks 'a file system that knows the year 2100'
	cd here
	$P -b $B/base -u $U ./show <$B/input
	gone $B/base
	$P -t -u $U ./show </dev/null
	$P -d $B/shared ./show </dev/null
}

command__holds_the_locks_of_its_caller_as_long_as_it_lives() {
	prints <<-'END'
		locked
		free
		locked
		free
	END
	needs flock
	flock -F lock $P -b $B -u $U -C / -- flock -n $B/lock true || echo locked
	flock -n lock echo free
	sh -c 'exec 9>lock; flock -n 9; exec $P -b $B -u $U -C / -- flock -n $B/lock true' || echo locked
	flock -n lock echo free
	gone
}

# Start the program with a directory and other things above descriptor 2, to show what is left.
_open_and_look() {
	cat >open.py <<-'END'
		import os, sys
		os.dup2(os.open("/usr", os.O_RDONLY), 25)
		os.dup2(os.open("/usr", os.O_PATH), 26)
		os.dup2(os.open("/etc/passwd", os.O_RDONLY), 27)
		os.dup2(os.open("/usr", os.O_PATH), 1000)
		os.execv(sys.argv[1], sys.argv[1:])
	END
	cat >look.py <<-'END'
		import os
		def is_open(fd):
		    try: os.fstat(fd)
		    except OSError: return False
		    return True
		print("open:", *[fd for fd in range(3, 2000) if is_open(fd)])
	END
	python3 open.py $P -t -u $U -C / -- python3 $B/look.py
}

command__gets_no_directory_above_2() {
	prints <<-'END'
		open: 27
	END
	needs python3
	_open_and_look
}

_open_and_look_without_proc() {
	umount -l /proc
	_open_and_look
}

command__gets_no_directory_above_2_without_proc() {
	prints <<-'END'
		open: 27
	END
	needs plain python3 unshare statmount
	apart _open_and_look_without_proc
}

_leaking_name_service() {
	sed 's/^passwd:.*/passwd: leak files/' /etc/nsswitch.conf >nsswitch.conf
	mount --bind nsswitch.conf /etc/nsswitch.conf
	LD_LIBRARY_PATH=$B $P -t -u $U -C / -- sh -c 'echo open:; ls /proc/$$/fd; :' | paste -s -d ' '
}

command__gets_no_descriptor_that_a_name_service_has_left_open() {
	prints <<-'END'
		asked
		open: 0 1 2
	END
	needs plain unshare gcc
	cat >leak.c <<-'END'
		#include <fcntl.h>
		#include <nss.h>
		#include <pwd.h>
		#include <unistd.h>
		enum nss_status _nss_leak_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, int *error)
		{
			(void)name, (void)entry, (void)buffer, (void)size, (void)error;
			if (write(2, "asked\n", open("/usr", O_RDONLY) > 2 && open("/etc/passwd", O_RDONLY) > 2 ? 6 : 0) != 6)
				_exit(1);
			return NSS_STATUS_NOTFOUND;
		}
	END
	# With the compiler of the program, if make was given one.
	${CC:-gcc} -shared -fPIC -o libnss_leak.so.2 leak.c
	apart _leaking_name_service
}

command__finds_a_variable_once_that_its_caller_had_twice() {
	prints <<-'END'
		HOME 1
		TMPDIR 1
		LOGNAME 1
		/tmp
	END
	needs python3
	cat >twice.py <<-'END'
		import ctypes, sys
		texts = [text.encode() for text in ("HOME=/a", "TMPDIR=/tmp/a", "LOGNAME=a", "HOME=/b", "TMPDIR=/x", "LOGNAME=b", "PATH=/usr/bin")]
		array = lambda texts: (ctypes.c_char_p * (len(texts) + 1))(*texts, None)
		ctypes.CDLL(None).execve(sys.argv[1].encode(), array([a.encode() for a in sys.argv[1:]]), array(texts))
	END
	python3 twice.py $P -u $U -C / -- cat /proc/self/environ | tr '\0' '\n' >environment
	for name in HOME TMPDIR LOGNAME; do
		echo $name $(grep -c "^$name=" environment)
	done
	sed -n 's/^TMPDIR=//p' environment
}

command__is_looked_for_in_the_working_directory_where_path_says_so() {
	prints <<-'END'
		mine
		mine
		127 privtmp: mine (not found in PATH; for options, see --help): No such file or directory
		126 privtmp: unfit: Permission denied
	END
	printf '#!/bin/sh\necho mine\n' >mine
	touch unfit
	chmod 755 mine
	PATH=:$PATH $P mine
	PATH=/nonexistent::$PATH $P mine
	refused $P mine
	refused env PATH=/nonexistent::/usr/bin $P unfit
}

command__whose_interpreter_is_missing_says_so() {
	prints <<-'END'
		126 privtmp: ./orphan (*interpreter*): No such file or directory
		126 privtmp: orphan (*interpreter*): No such file or directory
	END
	printf '#!/nonexistent/interpreter\n' >orphan
	chmod 755 orphan
	refused $P ./orphan
	refused env PATH=$B:/usr/bin:/bin $P orphan
}

command__that_is_privtmp_again_gets_advice_that_the_user_can_follow() {
	prints <<-'END'
		125 privtmp: base /tmp: others may write to it and it is not sticky; use another --base, or --tmpfs
	END
	needs plain
	chmod 755 ..
	refused $P -u $U -C / -- $P -- true
}

command__that_is_privtmp_again_can_follow_the_advice() {
	prints <<-'END'
		in memory
	END
	needs plain setpriv unshare user_namespace_of_user
	chmod 755 ..
	$P -u $U -C / -- $P -t -- echo in memory
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
		uid: [1-9]*
		/bin/sh
		/bin/sh
		/bin/sh
	END
	echo 'echo uid: $(id -u); echo $0' | SHELL=/bin/sh $P -u $U
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
		127 privtmp: nosuchcommand (not found in PATH; for options, see --help): No such file or directory
		status: 127
	END
	mkdir -m 700 closed
	refused env PATH=$B/closed:/usr/bin:/bin $P -u $U nosuchcommand
	$P /nonexistent 2>/dev/full || echo "status: $?"
}

command__is_interpreted_by_nothing_that_is_outside_or_hidden() {
	prints <<-'END'
		setuid: *
	END
	mkdir base srv dir
	for dir in /tmp base srv dir; do cp $T/build/helpers/drop $dir/elf; done
	for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		printf '#!/proc/self/fd/%s/elf' $fd >job
		chmod 755 job
		$P -b $B/base -u $U --hide=$B/srv -e /tmp/elf -C / -- $B/job 2>/dev/null || :
		$P -u $U --hide=$B/srv --dir=$B/dir -C / -- $B/job 2>/dev/null || :
	done
	gone base
	# Without privtmp, one does run.
	printf '#!/proc/self/fd/7/elf' >job
	(exec 7<srv && exec ./job) | head -n 1
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
