# What stays visible, what is hidden, and what the host's later mounts do.
# shellcheck shell=sh

expose__shows_what_is_outside() {
	prints <<-'END'
		content
		other
		below
		other
		*nosuid,nodev,noexec*
		*ro,nosuid,nodev,noexec*
		changed
	END
	cat >look <<-'END'
		cd /tmp/exposed
		cat below/file other
		ls
		echo x >other
		awk '$5 ~ /exposed/ { print $6 }' /proc/self/mountinfo
	END
	mkdir -p /tmp/exposed/below
	echo content >/tmp/exposed/below/file
	echo other >/tmp/exposed/other
	$P -u $U -e /tmp/exposed/below -e /tmp/exposed/other:ro -- sh $B/look 2>/dev/null
	$P -e /tmp/exposed/other -- sh -c 'echo changed >/tmp/exposed/other'
	cat /tmp/exposed/other
}

expose__lets_a_socket_be_connected_to() {
	prints <<-'END'
		hello
		hello
	END
	needs python3
	mkdir /tmp/.X11
	python3 $T/tests/system/unix_socket.py serve /tmp/.X11/X0 hello hello >up &
	until_ok grep -q up up
	for exposed in /tmp/.X11 /tmp/.X11/X0; do
		$P -u $U --expose=$exposed -- \
			python3 $T/tests/system/unix_socket.py read /tmp/.X11/X0
	done
	wait
}

expose__passes_over_what_is_missing_only_when_asked_to() {
	prints <<-'END'
		125 privtmp: --expose /tmp/missing: No such file or directory
	END
	$P --expose=-/tmp/missing -- ls -A /tmp
	refused $P --expose=/tmp/missing true
}

expose__goes_through_no_link_of_a_user_and_trusts_root_and_the_user_alone() {
	prints <<-'END'
		125 privtmp: --expose */link: it, or a directory above it, is a symbolic link *
		125 privtmp: --expose */link/file: it, or a directory above it, is a symbolic link *
		125 privtmp: --expose */l: it, or a directory above it, is a symbolic link *
		125 privtmp: --expose */link: it, or a directory above it, is a symbolic link *
		125 privtmp: --expose */theirs: it, * belongs neither to root nor to the user; *
		125 privtmp: --expose */theirs/mine: it, * belongs neither to root nor to the user; *
		users
		125 privtmp: --expose */users: it, * belongs neither to root nor to the user; *
	END
	d=/tmp/exposed
	mkdir -p $d/real $d/theirs $d/users
	echo secret >$d/real/file
	ln -s real $d/link
	ln -s real/file $d/l
	chown -h $U $d/link $d/l
	echo x >$d/theirs/mine
	echo users >$d/users/f
	chown daemon $d/theirs
	chown $U $d/users
	for exposed in $d/link $d/link/file $d/l -$d/link $d/theirs $d/theirs/mine; do
		refused $P -u $U --expose=$exposed true
	done
	$P -u $U --expose=$d/users -- cat $d/users/f
	refused $P --expose=$d/users true
}

expose__follows_a_link_of_roots() {
	prints <<-'END'
		here
		B/elsewhere/x
		125 privtmp: --expose /tmp/theirs: *a symbolic link that is not root's; name what it leads to
		125 privtmp: --expose /tmp/out: *is not root's
		125 privtmp: --expose /tmp/third: *belongs neither to root nor to the user; chown it, or run the command as its owner
	END
	mkdir elsewhere open /tmp/third
	touch elsewhere/x
	ln -s $B/elsewhere /tmp/link
	ln -s $B/elsewhere /tmp/theirs
	chown -h $U /tmp/theirs
	chown $U open
	mkdir open/x
	ln -s $B/open/x /tmp/out
	chown 12345 /tmp/third
	$P -b $B -u $U -e /tmp/link -C / -- sh -c 'test -f /tmp/link/x && echo here'
	$P -b $B -u $U -e /tmp/link -C / -- sed -n 's,.* \(/[^ ]*elsewhere\) /tmp/link .*,\1/x,p' /proc/self/mountinfo |
		sed 's,.*/elsewhere,B/elsewhere,'
	for path in theirs out third; do
		refused $P -b $B -u $U -e /tmp/$path -C / true
	done
	gone
}

expose__that_makes_no_sense_is_refused() {
	prints <<-'END'
		125 privtmp: --expose /etc: lies below no private directory, and is visible already
		125 privtmp: --expose /tmp: is private itself; expose something below it
		125 privtmp: --expose /tmp: is private itself; expose something below it
		125 privtmp: --expose /: lies below no private directory, *
		125 privtmp: --expose: '' is not an absolute path without '..'
		125 privtmp: --expose */a: overlaps with *, which is exposed already
		125 privtmp: --expose /: contains /tmp, which is private
	END
	mkdir -p /tmp/exposed/a
	ln -s / /tmp/all
	for exposed in /etc /tmp /tmp/ / ''; do
		refused $P --expose=$exposed true
	done
	refused $P -e /tmp/exposed -e /tmp/exposed/a true
	refused $P -e /tmp/all true
}

expose__gives_nothing_to_who_swaps_the_path_meanwhile() {
	prints <<-'END'
		mine
	END
	needs python3 setpriv
	mkdir secret
	echo secret >secret/file
	chmod 700 secret
	mkdir /tmp/exposed
	chown $U /tmp/exposed
	as_user touch /tmp/exposed/go
	as_user python3 $T/tests/system/swap.py /tmp/exposed $B/secret >up &
	until_ok grep -q up up
	for i in $(seq 100); do
		$P -b $B -u $U -e /tmp/exposed/real -- cat /tmp/exposed/real/file 2>/dev/null ||
			echo refused $i
	done | grep -v refused | sort -u
	rm /tmp/exposed/go
	wait
	gone
}

expose__never_shows_another_mount_of_the_same_directory() {
	prints <<-'END'
		mine
	END
	needs python3 setpriv
	mkdir -m 700 closed
	mkdir closed/again /tmp/exposed
	chown $U /tmp/exposed
	as_user mkdir -p /tmp/exposed/real/below
	as_user touch /tmp/exposed/go
	# With something below it that root alone can reach, outside.
	mount --bind /tmp/exposed/real closed/again
	mount -t tmpfs t closed/again/below
	echo secret >closed/again/below/file
	as_user python3 $T/tests/system/swap.py /tmp/exposed $B/closed/again >up &
	until_ok grep -q up up
	for i in $(seq 200); do
		$P -b $B -u $U --expose=/tmp/exposed/real -C /tmp/exposed/real -- \
			sh -c 'cat file below/file' 2>/dev/null || :
	done | sort -u
	rm /tmp/exposed/go
	wait
	umount closed/again/below closed/again
	gone
}

hide__covers_with_what_nobody_can_enter() {
	prints <<-'END'
		mode 0, owner 0
		Permission denied
		Permission denied
		Permission denied
		Read-only file system
		ro,nosuid,nodev,noexec*
		secret
	END
	mkdir -p srv/data
	echo secret >srv/data/file
	cat >as-user <<-'END'
		stat -c 'mode %a, owner %u' $B/srv
		ls $B/srv
		cat $B/srv/data/file
		touch $B/srv/x
	END
	cat >as-root <<-'END'
		ls -A $B/srv
		touch $B/srv/x
		grep " $B/srv " /proc/self/mountinfo | cut -d ' ' -f 6
	END
	$P -u $U --hide=$B/srv -- sh $B/as-user 2>&1 | sed 's/.*: //'
	$P --hide=$B/srv -- sh $B/as-root 2>&1 | sed 's/.*: //'
	cat srv/data/file
}

_unmount_one_of_two() {
	mount --make-rshared /
	mount -t tmpfs t m
	echo on top >m/file
	mount -t tmpfs u m
	echo more >m/more
	cat /proc/self/mountinfo >before
	$P -u $U --unmount=$B/m -- ls -A $B/m
	ls m
	diff before /proc/self/mountinfo
}

unmount__takes_it_away_inside_alone() {
	prints <<-'END'
		more
	END
	needs unshare
	mkdir m
	apart _unmount_one_of_two
}

_unmount_one_below_another() {
	mount -t tmpfs t m
	mkdir m/below
	mount -t tmpfs t m/below
	for order in "m m/below" "m/below m" "m m"; do
		set -- $order
		$P -t --unmount=$B/$1 --unmount=$B/$2 -- sh -c 'echo "left: $(ls -A m | wc -l)"'
	done
}

unmount__of_one_below_another_goes_in_any_order() {
	prints <<-'END'
		left: 0
		left: 0
		left: 0
	END
	needs unshare
	mkdir m
	apart _unmount_one_below_another
}

_undo() {
	mount -t tmpfs t m
	echo masked >m/file
	$P -u $U --unmount=$B/m --hide=$B/srv -- sh -c '
		sh $B/undo
		unshare -Urm cat $B/m/file 2>/dev/null || :'
}

hide_and_unmount__cannot_be_undone_inside() {
	needs unshare
	mkdir srv m
	echo secret >srv/file
	cat >attempts <<-'END'
		umount $B/srv
		umount -l $B/srv
		mount --move $B/srv /mnt
		mount --bind /etc $B/m
		mount -t tmpfs -o remount,rw x $B/srv
		rmdir $B/srv
		mv $B/srv $B/s
		cat $B/srv/file
		umount /tmp
		ls /tmp/outside
		mount --bind / /mnt && cat /mnt$B/srv/file
	END
	cat >undo <<-'END'
		for how in '' 'unshare -Urm' 'unshare -Urmpf --mount-proc'; do
			$how sh $B/attempts 2>/dev/null
		done
		:
	END
	$P -u $U --hide=$B/srv -- sh $B/undo
	$P --tmpfs -u $U --hide=$B/srv -- sh $B/undo
	apart _undo
}

hide__below_what_is_hidden_already_is_hidden_with_it() {
	prints <<-'END'
		1
		1
	END
	mkdir -p srv/data/more
	count="grep -c ' $B/srv' /proc/self/mountinfo"
	$P -t --hide=$B/srv --hide=$B/srv/data --hide=$B/srv/data/more -- sh -c "$count"
	$P -t --hide=$B/srv --hide=$B/srv -- sh -c "$count"
}

hide__covers_a_file_with_what_cannot_be_opened() {
	prints <<-'END'
		Permission denied
		Permission denied
		secret
	END
	echo secret >file
	$P -u $U --hide=$B/file --hide=-$B/missing cat file 2>&1 | sed 's/.*: //'
	$P --hide=$B/file cat file 2>&1 | sed 's/.*: //'
	cat file
}

hide_and_unmount__refuse_what_others_could_undo() {
	prints <<-'END'
		125 privtmp: --hide */open/a: others than root can write to a directory above it
		125 privtmp: --hide */theirs/a: *not root's
		125 privtmp: --hide */sticky/a: *not root's*
		125 privtmp: --hide /: *
		125 privtmp: --hide */missing: No such file or directory
		125 privtmp: --hide /tmp: is inside /tmp, which is private
		125 privtmp: --unmount */*: nothing is mounted there
		125 privtmp: --unmount /: *
		125 privtmp: --unmount /tmp: is inside /tmp, which is private
	END
	mkdir -p open/a theirs/a sticky/a
	chmod 777 open
	chown $U theirs sticky/a
	chmod 1777 sticky
	for dir in $B/open/a $B/theirs/a $B/sticky/a / $B/missing /tmp; do
		refused $P --hide=$dir true
	done
	refused $P --unmount=$B true
	refused $P --unmount=/ true
	refused $P --unmount=/tmp true
}

_mount_and_unmount_on_the_host() {
	mount --make-rshared /
	mount -t tmpfs t old
	touch old/there
	for how in private slave; do
		hold $P -b $B -u $U --propagation=$how --
		mount -t tmpfs t m
		touch m/later
		umount -l old
		ls /proc/$!/root$B/m /proc/$!/root$B/old | sed 's,.*/,,'
		release
		umount m
		mount -t tmpfs t old
		touch old/there
	done
	gone
}

propagation__decides_whether_the_hosts_mounts_arrive() {
	prints <<-'END'
		m:

		old:
		there
		m:
		later

		old:
	END
	needs CAP_SYS_PTRACE unshare
	mkdir m old
	apart _mount_and_unmount_on_the_host
}

_unmount_device() {
	mount --make-rshared /
	for how in slave private; do
		mount $1 m
		hold $P -b $B --propagation=$how --
		umount m
		if python3 -c "import os; os.open('$1', os.O_RDWR | os.O_EXCL)" 2>/dev/null; then
			echo released
		else
			echo pinned
		fi
		release
	done
	gone
}

propagation__as_a_slave_lets_a_device_go() {
	prints <<-'END'
		released
		pinned
	END
	needs unshare losetup mkfs.ext4 python3
	truncate -s 4m image
	mkfs.ext4 -q -F image
	mkdir m
	device=$(losetup -f --show image 2>/dev/null) || lacks 'a loop device'
	apart _unmount_device $device
	until_ok losetup -d $device
}

_unmount_below_what_is_exposed() {
	mount --make-rshared /
	mkdir -p /tmp/shown/m
	for how in slave private; do
		mount -t tmpfs none /tmp/shown/m
		hold $P -b $B -u $U --propagation=$how --expose=/tmp/shown -C / --
		umount /tmp/shown/m
		if grep -q ' /tmp/shown/m ' /proc/$!/mountinfo; then
			echo $how: pinned
		else
			echo $how: released
		fi
		release
	done
	# What is read-only stays so, and what is private gets nothing.
	mkdir dir
	hold $P -t -u $U --propagation=slave --expose=/tmp/shown:ro -C / --
	mount -t tmpfs -o mode=1777 none /tmp/shown/m
	touch /proc/$!/root/tmp/shown/m/x 2>&1 | sed 's/.*: //'
	umount /tmp/shown/m
	release
	hold $P -u $U --propagation=slave --dir=$B/dir -C / --
	mount -t tmpfs none dir
	echo in --dir: $(stat -f -c %T dir /proc/$!/root/tmp | uniq | wc -l) file systems
	umount dir
	release
	gone
}

propagation__as_a_slave_lets_go_below_what_is_exposed() {
	prints <<-'END'
		slave: released
		private: pinned
		Read-only file system
		in --dir: 2 file systems
	END
	needs unshare
	apart _unmount_below_what_is_exposed
}

_mount_over_tmp() {
	mount --make-rshared /
	hold $P -b $B -u $U --propagation=slave --
	mount -t tmpfs t /tmp
	touch /tmp/hosts
	ls -A /proc/$!/root/tmp
	stat -c 'mode: %a' /proc/$!/root/tmp
	release
	umount /tmp
	gone
}

propagation__of_the_host_over_tmp_slides_beneath() {
	prints <<-'END'
		mode: 770
	END
	needs CAP_SYS_PTRACE unshare
	apart _mount_over_tmp
}

no_new_privs__holds_when_asked_for() {
	prints <<-'END'
		NoNewPrivs:	1
		NoNewPrivs:	0
	END
	$P --no-new-privs -u $U -- grep NoNewPrivs /proc/self/status
	$P -u $U -- grep NoNewPrivs /proc/self/status
}

verbose__names_variables_that_lead_to_nothing() {
	prints <<-'END'
		DBUS_SESSION_BUS_ADDRESS names /tmp/dbus, which is not there inside
		KRB5CCNAME names /tmp/krb5, which is not there inside
		SSH_AUTH_SOCK names /tmp/agent/s, which is not there inside
		XAUTHORITY names /tmp/x, which is not there inside
		XDG_RUNTIME_DIR names /tmp/run, which is not there inside
		SSH_AUTH_SOCK: 0
		XDG: 0
	END
	mkdir /tmp/agent
	touch /tmp/agent/s
	export SSH_AUTH_SOCK=/tmp/agent/s XAUTHORITY=/tmp/x KRB5CCNAME=FILE:/tmp/krb5
	export DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/dbus,guid=1 XDG_RUNTIME_DIR=/tmp/run
	$P -v true 2>&1 | grep -o '[A-Z_0-9]* names .*, which is not there inside' | sort
	printf 'SSH_AUTH_SOCK: '
	$P -v -e /tmp/agent true 2>&1 | grep -c SSH_AUTH_SOCK || :
	printf 'XDG: '
	XDG_RUNTIME_DIR=/run/x $P -v true 2>&1 | grep -c XDG || :
	$P true
}

# failing CALL WHEN OPTION...: show what is printed where a call fails.
_failing() {
	call=$1
	when=$2
	shift 2
	refused strace -qq -o /dev/null $(inject $call error=EPERM:when=$when) \
		$P "$@" true | grep -v -e unshared -e made | sed "s,$B,B,; s/^[0-9]* //"
	gone
}

failure__of_an_option_names_the_option() {
	prints <<-'END'
		privtmp: --also B/also: copy of the mount: Operation not permitted
		privtmp: --hide B/srv: tmpfs with *: Operation not permitted
		privtmp: private /tmp: tmpfs with *: Operation not permitted
		privtmp: --no-new-privs: Operation not permitted
	END
	needs strace
	mkdir srv also
	chmod 1777 also
	_failing open_tree 2 --also=$B/also -b$B
	_failing fsconfig 8 --hide=$B/srv -b$B
	_failing fsconfig 1 --tmpfs -v
	_failing prctl 2 --no-new-privs -t
}
