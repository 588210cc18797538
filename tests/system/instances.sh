# --list, --join, and the lines of the manual that find the processes of an instance.
# shellcheck shell=sh

list__shows_one_line_for_each_and_aligns() {
	prints <<-'END'
		*PID  USER  *STORE  DIRECTORIES  *CELL  *COMMAND
		rows: 1
		aligned: 1
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	echo data >$(cells_in $B)/tmp/f
	$P --list >table
	head -n 1 table
	echo rows: $(grep -c "^ *$!  $U  *disk  */tmp  *$B/privtmp\.[^/ ]*  *sh -c echo up" table)
	# Each column begins below its name, and so does the last.
	echo aligned: $(awk -v pid=$! 'NR == 1 { at = index($0, "COMMAND") } $1 == pid { print substr($0, at) }' table | grep -c '^sh -c')
	release
	gone
}

list__knows_tmpfs_and_nesting() {
	prints <<-'END'
		in memory: 1
		on disk: 1
		nested: 1
	END
	needs CAP_SYS_PTRACE
	mkdir -m 1777 also
	cat >script <<-'END'
		$P -b $B/also -C / -- "$@"
		:
	END
	hold $P -t -u $U -a /var/tmp -C / --
	one=$!
	hold $P -b $B -C / -- sh $B/script
	two=$!
	$P --list >table
	echo in memory: $(grep -c "^ *$one  *$U  *tmpfs  */tmp,/var/tmp  *-  *sh -c" table)
	echo on disk: $(grep -c "^ *$two .* disk  */tmp  *$B/privtmp" table)
	echo nested: $(grep -c "$B/also/privtmp" table)
	release
	gone $B also
}

list__knows_a_daemon_whose_first_process_has_gone() {
	prints <<-'END'
		rows: 1
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
	echo rows: $($P --list | grep -c "^ *$pid .* $B/privtmp")
	echo >&8
	gone
}

list__escapes_what_a_command_is_called() {
	prints <<-'END'
		rows: 1
	END
	hold $P -t -C / -- sh -c '"$@"; :' "$(printf 'a\033[31m\n\377')"
	echo rows: $($P --list | grep -c "^ *$! .*a\\\\x1b\[31m\\\\x0a\\\\xff")
	release
}

list__shows_the_number_of_a_nameless_user_and_the_name_of_a_nameless_command() {
	prints <<-'END'
		rows: 1
	END
	needs CAP_SYS_PTRACE bash
	hold $P -t -u 54321:54321 -C / -- bash -c 'shift; exec -a "" bash "$@"' bash
	echo rows: $($P --list | grep -c "^ *$!  54321  *tmpfs .*  \[bash\]$")
	release
}

list__of_two_hundred_shows_them_all() {
	prints <<-'END'
		rows: 200
	END
	needs CAP_SYS_PTRACE python3 '500 files'
	echo rows: $(python3 $T/tests/system/many.py list $P $U $B)
	gone
}

list__shows_users_their_own_and_says_so() {
	prints <<-'END'
		privtmp: --list: only your own instances can be seen
		users, for the user: 1
		roots, for the user: 0
		both, for root: 1
	END
	needs CAP_SYS_PTRACE setpriv unshare user_namespace_of_user
	mkdir -m 1777 base
	hold $AS_USER $P -b $B/base -C / --
	one=$!
	hold $P -t --
	two=$!
	as_user $P --list 2>hint >table
	cat hint
	echo users, for the user: $(grep -c "^ *$one .*$U" table)
	echo roots, for the user: $(grep -c "^ *$two " table)
	echo both, for root: $($P --list | grep -cE "^ *($one|$two) ")
	release
	gone base
}

# Print in which directory --list finds the cells in data/base.
_list_bases() {
	$P --list | grep -o "$B/[a-z/]*/privtmp\......." | sed "s,$B,B,; s,/[^/]*$,," | uniq -c | tr -s ' '
}

_list_of_a_base_with_two_names() {
	mkdir -p data/base other again elsewhere
	mount --bind data/base other
	mount --bind data again
	hold $P -b $B/data/base -C / --
	hold $P -b $B/other -C / --
	_list_bases
	echo a cell has another name:
	mount --bind "$(echo data/base/privtmp.* | cut -d ' ' -f 1)" elsewhere
	_list_bases
	echo something is mounted on top:
	mount -t tmpfs top other
	_list_bases
	release
	gone data/base
}

list__shows_one_path_for_all_cells_of_a_base() {
	prints <<-'END'
		 2 B/other
		a cell has another name:
		 2 B/other
		something is mounted on top:
		 2 B/again/base
	END
	needs CAP_SYS_PTRACE unshare
	apart _list_of_a_base_with_two_names
}

_list_of_a_covered_base() {
	mkdir m
	mount -t tmpfs base m
	hold $P -b $B/m -C / --
	cell=$(cells_in m)
	mount -t tmpfs top m
	# Somebody may have made another one of that name there.
	mkdir $cell
	$P --list | sed -n "s,^ *$! .* disk  */tmp  *\\([^ ]*\\) .*,covered: \\1,p"
	umount m
	release
	gone m
	until_ok umount m
}

list__shows_no_path_for_a_cell_that_cannot_be_seen_from_here() {
	prints <<-'END'
		covered: [?]
	END
	needs CAP_SYS_PTRACE unshare
	apart _list_of_a_covered_base
}

_list_what_is_called_so_and_without_proc() {
	mkdir m
	hold unshare -m sh -c 'mount -t proc privtmp m; exec "$@"' sh
	$P --list | grep -c "^ *$! " || :
	release
	umount -l /proc
	refused $P --list
}

list__needs_proc_and_a_mount_that_privtmp_has_made() {
	prints <<-'END'
		0
		125 privtmp: --list: needs /proc
	END
	needs CAP_SYS_PTRACE plain unshare
	apart _list_what_is_called_so_and_without_proc
}

list__says_if_not_all_can_be_seen() {
	prints <<-'END'
		privtmp: --list: not all instances can be seen without CAP_SYS_PTRACE
		privtmp: --list: not all instances can be seen: *Landlock*
	END
	needs CAP_SYS_PTRACE setpriv python3
	hold $P -t -u $U -C / --
	setpriv --bounding-set=-sys_ptrace $P --list 2>&1 >&- | grep not
	if python3 $T/tests/system/landlock.py /bin/true; then
		python3 $T/tests/system/landlock.py $P --list 2>&1 >&- | grep not
	else
		without Landlock
		echo 'privtmp: --list: not all instances can be seen: no Landlock here'
	fi
	release
}

join__finds_what_is_there_as_the_user() {
	prints <<-'END'
		first
		user
		without capabilities: 1
		B
		/proc/*/fd/0
		/proc/*/fd/1
		/proc/*/fd/2
		f
		second
		/tmp
		/tmp
		status: 7
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	echo first >$(cells_in $B)/tmp/f
	$P --join=$! -u $U -- sh -c '
		cat /tmp/f
		id -un
		touch /tmp/second
		echo without capabilities: $(grep -c "^CapEff:.0000000000000000" /proc/self/status)
		pwd
		find /proc/$$/fd -type l
		:' | sed "s/^$U$/user/; s,$B,B,"
	ls privtmp.*/tmp
	TMPDIR=/tmp/x $P -j $! -C /tmp -- sh -c 'echo $TMPDIR; pwd; exit 7' || echo status: $?
	release
	gone
}

join__keeps_the_instance_alive() {
	prints <<-'END'
		cells: 1
		still
	END
	needs CAP_SYS_PTRACE
	hold $P -b $B -u $U -C / --
	first=$!
	hold $P --join=$first -C / -- sh -c '"$@"; touch /tmp/still; ls /tmp >$B/seen' sh
	release $first
	echo cells: $(cells_in $B | wc -l)
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
		125 privtmp: --join=*: it is in no instance, or its instance is still starting
		125 privtmp: --join=*: no such process*
		125 privtmp: --join=1: *
		125 privtmp: --join=*: it is in no instance of privtmp
	END
	needs CAP_SYS_PTRACE unshare
	(exit 0) &
	wait $!
	ended=$!
	refused $P -j $$ true
	refused $P -j $ended true
	refused $P -j 1 true
	hold unshare -m
	refused $P -j $! true
	release
}

join__refuses_what_a_user_has_made_to_look_like_one_of_roots() {
	prints <<-'END'
		125 privtmp: --join=*: * belongs to another user namespace: no instance of root's
		125 privtmp: --join=*: * belongs to another user namespace: no instance of root's
	END
	needs CAP_SYS_PTRACE unshare setpriv user_namespace_of_user
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
		 11 cannot go with --join
	END
	for option in -t -d/x -a/x -e/x --hide=/x --exec -m700 -b/x -e/tmp/x --propagation=slave -s1m; do
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

_join_and_chroots() {
	mkdir -p root/dev root/etc root/proc root/tmp root/usr
	chmod 1777 root/tmp
	cp -P /bin /lib* /sbin root
	cp /etc/passwd /etc/group root/etc
	cp $P root/privtmp
	touch root/marker
	mount --bind root root
	mount --bind /usr root/usr
	mount --rbind /proc root/proc
	hold $P -t -C / --
	refused chroot root /privtmp -j $! true
	release
	hold chroot root /privtmp -t -C / --
	refused $P -j $! true
	chroot root /privtmp -j $! -C / -- sh -c 'ls -d /marker; stat -f -c %T /tmp'
	release
}

join__keeps_the_root_directory() {
	prints <<-'END'
		125 privtmp: --join=*: its root directory is not ours
		125 privtmp: --join=*: its root directory is not ours
		/marker
		tmpfs
	END
	needs unshare chroot
	apart _join_and_chroots
}

join__goes_into_no_container() {
	prints <<-'END'
		125 privtmp: --join=*: it is in another pid namespace; *
		125 privtmp: --join=*: it is in another pid namespace; *
	END
	needs unshare pgrep
	hold unshare -pf --mount-proc
	refused $P -j $(pgrep -P $!) true
	release
	hold unshare -pf --mount-proc $P -t -C / --
	refused $P -j $(pgrep -P $!) true
	release
}

join__for_want_of_a_capability_names_it() {
	prints <<-'END'
		125 privtmp: --join=*: needs CAP_SYS_PTRACE, *
	END
	needs setpriv CAP_SYS_PTRACE
	hold $P -t -u $U -C / --
	refused setpriv --bounding-set=-sys_ptrace $P -j $! true
	release
}

join__names_what_denies_access_other_than_a_capability() {
	prints <<-'END'
		125 privtmp: --join=*: access to it is denied: by a security module (*Landlock)*
		125 privtmp: --join=*: access to it is denied: by a security module (*Landlock)*
	END
	needs CAP_SYS_PTRACE python3 setpriv user_namespace_of_user
	python3 $T/tests/system/landlock.py /bin/true || skip 'needs Landlock'
	hold $P -t -u $U -C / --
	refused python3 $T/tests/system/landlock.py $P -j $! true
	# A user's own.
	hold $AS_USER $P -t -C / --
	refused $AS_USER python3 $T/tests/system/landlock.py $P -j $! true
	release
}

join__refuses_a_private_directory_that_is_not_roots() {
	prints <<-'END'
		125 privtmp: --join=*: /tmp: the private directory is not root's
	END
	needs CAP_SYS_PTRACE
	hold $P -t -C / -- sh -c 'chown $UID_ /tmp; exec "$@"' sh
	refused $P -j $! -C / true
	release
}

# Mount a tmpfs in the instance of the process $1, at $2, with a directory $3 in it.
_mount_inside() {
	nsenter -m -t $1 sh -euc 'mount -t tmpfs top $1; mkdir -m 1777 $1/$2' sh $2 $3
}

join__refuses_what_is_mounted_over_a_private_directory() {
	prints <<-'END'
		joined
		125 privtmp: --join=*: */up/also: is not the private directory that is mounted there
		125 privtmp: --join=*: */up/also: is not the private directory that is mounted there
	END
	needs CAP_SYS_PTRACE nsenter
	mkdir up
	mkdir -m 1777 up/also
	hold $P -t -a $B/up/also -C / --
	$P -j $! -C / echo joined
	# First no mount is at its place, then another one.
	_mount_inside $! $B/up also
	refused $P -j $! -C / true
	_mount_inside $! $B/up/also x
	refused $P -j $! -C / true
	release
}

_join_with_a_thread() {
	sed 's/^passwd:.*/passwd: thread files/' /etc/nsswitch.conf >nsswitch
	mount --bind nsswitch /etc/nsswitch.conf
	hold $P -t -u $U -C / --
	LD_LIBRARY_PATH=$B $P -j $! -u $U -- sh -c 'pwd; stat -f -c %T /tmp'
	release
}

join__works_where_a_name_service_has_left_a_thread() {
	prints <<-'END'
		a thread runs
		/tmp
		tmpfs
	END
	needs plain CAP_SYS_PTRACE unshare gcc
	cat >thread.c <<-'END'
		#include <nss.h>
		#include <pthread.h>
		#include <pwd.h>
		#include <unistd.h>
		static void *wait(void *unused) { for (;;) pause(); return unused; }
		enum nss_status _nss_thread_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, int *error)
		{
			pthread_t thread;
			(void)name, (void)entry, (void)buffer, (void)size, (void)error;
			if (pthread_create(&thread, NULL, wait, NULL) == 0 && write(2, "a thread runs\n", 14) != 14)
				_exit(1);
			return NSS_STATUS_NOTFOUND;
		}
	END
	${CC:-gcc} -shared -fPIC -pthread -o libnss_thread.so.2 thread.c
	cd /tmp
	apart _join_with_a_thread
}

# _processes PID WORD [SHELL]: run the line of the manual for the process, with a word in place of echo.
_processes() {
	example processes | sed "s,^privtmp,$P,; s/PID/$1/; s/ sh / ${3-sh} /; s/echo/$2/" | sh 2>&1 || :
}

# Run a function in a pid namespace of its own, where a line that is wrong can end nobody else.
_alone() {
	unshare -mpf --mount-proc sh -euc '. "$T/tests/system/lib.sh"; . "$FILE"; "$@"' sh "$@"
}

_list_and_end() {
	hold $P -t -u $U -C / --
	other=$!
	for sh in sh 'busybox sh'; do
		hold $P -t -u $U -C / -- sh -c '"$@"; :' sh 2>/dev/null
		one=$!
		two=$(pgrep -P $one)
		echo "$sh: listed:" $(_processes $one echo "$sh" | sed "s/^$one$/one/; s/^$two$/two/" | sort)
		_processes $one kill "$sh"
		wait $one 2>/dev/null || :
		until_ok [ ! -e /proc/$two ]
		echo "$sh: ended"
		_processes $one kill "$sh" | sed "s/^/$sh: ended already: /"
	done
	# The other one lives.
	release $other
}

processes__of_an_instance_are_listed_and_ended_by_a_line_of_the_manual() {
	prints <<-'END'
		sh: listed: one two
		sh: ended
		sh: ended already: privtmp: --join=*: no such process*
		busybox sh: listed: one two
		busybox sh: ended
		busybox sh: ended already: privtmp: --join=*: no such process*
	END
	needs CAP_SYS_PTRACE pgrep busybox unshare
	_alone _list_and_end
}

_list_what_is_in_no_instance() {
	_processes $$ kill
	hold unshare -m
	elsewhere=$!
	_processes $elsewhere kill
	hold unshare -pf --mount-proc $P -t -C / --
	_processes $(pgrep -P $!) kill
	_processes 1 kill
	_processes '' kill
	# All are alive.
	kill -0 $elsewhere $!
	release
}

processes__in_no_instance_are_hit_by_no_line_of_the_manual() {
	prints <<-'END'
		privtmp: --join=*: it is in no instance, or its instance is still starting
		privtmp: --join=*: it is in no instance of privtmp
		privtmp: --join=*: it is in another pid namespace; *
		privtmp: --join=1: it is in no instance, or its instance is still starting
		privtmp: --join: '' is not the number of a process
	END
	needs CAP_SYS_PTRACE pgrep unshare
	_alone _list_what_is_in_no_instance
}

join__starts_where_it_is_asked_to_from_where_the_caller_cannot_enter() {
	prints <<-'END'
		/
		/tmp
	END
	needs setpriv unshare user_namespace_of_user
	hold $AS_USER $P -t -C / --
	mkdir -m 700 closed
	cd closed
	as_user $P -j $! -C / pwd
	as_user $P -j $! -C /tmp pwd
	release
}

join__right_after_the_start_works_or_says_that_it_is_starting() {
	mkfifo gate
	exec 8<>gate
	for _ in $(seq 20); do
		$P -t -C / -- sh -c 'read -r x' <&8 &
		$P -j $! -C / echo joined 2>&1 || :
		until_ok $P -j $! -C / true
		echo >&8
		wait $!
	done | grep -v -e '^joined$' -e 'still starting' || :
}

list__knows_an_instance_whose_oldest_process_is_in_a_chroot() {
	prints <<-'END'
		rows: 1
	END
	needs chroot python3 CAP_SYS_ADMIN
	# The second process is not in it.
	hold $P -b $B -C / -- python3 -c '
import os, sys
if os.fork() == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
os.chroot("/usr")
os.wait()'
	echo rows: $($P --list 2>&1 | grep -c "^ *$(pgrep -P $!) .* disk ")
	release
}

join__of_a_process_whose_main_thread_has_ended_says_so() {
	prints <<-'END'
		125 privtmp: --join=*: no such process in /proc, or its main thread has ended
	END
	needs python3
	cat >ended.py <<-'END'
		import ctypes, os, platform, sys, threading
		def work():
		    while open("/proc/self/stat").read().split(") ")[1][0] != "Z": pass
		    os.system("echo up; read -r word")
		threading.Thread(target=work).start()
		ctypes.CDLL(None).syscall({"x86_64": 60, "i686": 1}.get(platform.machine(), 93), 0)
	END
	mkfifo gate
	exec 8<>gate
	$P -t -C / -- python3 $B/ended.py <&8 >up &
	until_ok grep -q up up
	refused $P -j $! true
	echo >&8
	wait
}

list__shows_mounts_with_paths_of_any_length() {
	prints <<-'END'
		rows: 1
	END
	needs CAP_SYS_PTRACE python3
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
	hold $P -t -C / -- python3 $B/long.py
	echo rows: $($P --list | grep -c "^ *$! .* tmpfs  */tmp ")
	release
}

list__is_as_wide_as_the_terminal() {
	prints <<-'END'
		rows: 1
		width: 60
	END
	needs python3 stty
	hold $P -t -C / -- sh -c '"$@"; :' "$(head -c 200 /dev/zero | tr '\0' x)"
	TERM=dumb python3 $T/tests/system/terminal.py -- sh -c 'stty cols 60; $P --list' >table
	echo rows: $(grep -c "^ *$! .*tmpfs" table)
	awk 'length > most { most = length } END { print "width: " most }' table
	release
}

list__is_not_kept_up_by_processes_that_make_namespaces() {
	prints <<-'END'
		 10 rows: 1
	END
	needs unshare
	hold $P -t -C / --
	one=$!
	touch go
	for _ in 1 2 3 4; do
		sh -c 'while [ -e go ]; do unshare -m true; done' &
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		echo rows: $($P --list | grep -c "^ *$one ")
	done | uniq -c | tr -s ' '
	rm go
	release
	wait
}
