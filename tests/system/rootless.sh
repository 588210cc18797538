# Ordinary users, through a user namespace of their own.
# shellcheck shell=sh

rootless__gets_the_same() {
	prints <<-'END'
		uid
		uid
		mode: 1777
		empty capability sets: 4
		x
		rw,nosuid,nodev,noexec*
		no capability
		uid
		uid
		mode: 1777
		empty capability sets: 4
		x
		rw,nosuid,nodev,noexec*
		no capability
	END
	needs setpriv unshare user_namespace_of_user
	mkdir -m 1777 base
	touch /tmp/outside
	cat >show <<-'END'
		id -u
		id -g
		ls -A /tmp
		stat -c 'mode: %a' /tmp
		echo "empty capability sets: $(grep -c '^Cap\(Eff\|Prm\|Inh\|Amb\):.0000000000000000' /proc/self/status)"
		touch /tmp/x && ls /tmp
		awk '$5 == "/tmp" { o = $6 } END { print o }' /proc/self/mountinfo
		unshare -m true 2>/dev/null || echo no capability
	END
	for store in "-b $B/base" -t; do
		as_user $P $store -- sh $B/show
	done | sed "s/^$UID_$/uid/"
	gone base
}

rootless__has_a_cell_of_the_users_own() {
	prints <<-'END'
		700 user
		cleaners: 1
	END
	needs CAP_SYS_PTRACE setpriv unshare user_namespace_of_user
	mkdir -m 1777 base
	hold $AS_USER $P -b $B/base -C / --
	stat -c '%a %u' base/privtmp.* | sed "s/ $UID_$/ user/"
	echo "cleaners: $(cleaners_of $B/base | wc -l)"
	release
	gone base
}

rootless__removes_what_has_no_rights() {
	needs setpriv unshare user_namespace_of_user
	mkdir -m 1777 base
	cat >tree <<-'END'
		mkdir -p /tmp/a/b/c /tmp/d
		touch /tmp/a/b/f
		chmod 0 /tmp/a/b /tmp/a /tmp/d
	END
	as_user $P -b $B/base -C / -- sh $B/tree
	gone base
	umask 0777
	as_user $P -b $B/base -C / -- sh -c 'mkdir /tmp/a; touch /tmp/f'
	gone base
}

rootless__starts_in_a_directory_that_the_user_may_not_search() {
	prints <<-'END'
		B/closed
	END
	needs setpriv unshare user_namespace_of_user
	mkdir closed
	chown $U closed
	(cd closed && as_user sh -c "chmod 0 . && $P -t pwd") | sed "s,$B,B,"
}

rootless__takes_the_other_options() {
	prints <<-'END'
		seen
		hidden
		blocks: 256, inodes: 5
		mode: 700
	END
	needs setpriv unshare user_namespace_of_user
	mkdir -m 1777 base
	mkdir srv
	touch srv/secret
	mkdir /tmp/exposed
	touch /tmp/exposed/seen
	chown $U /tmp/exposed
	cat >show <<-'END'
		ls /tmp/exposed
		ls -A /var/tmp
		ls $B/srv 2>/dev/null || echo hidden
	END
	as_user $P -b $B/base -a /var/tmp --hide=$B/srv -e /tmp/exposed -C / -- sh $B/show
	as_user $P -s 1m --inodes 5 -- stat -f -c 'blocks: %b, inodes: %c' /tmp
	as_user $P -b $B/base --no-new-privs -m 700 -C / -- stat -c 'mode: %a' /tmp
	gone base /var/tmp
}

rootless__exposes_what_is_roots_or_the_users_and_no_others() {
	prints <<-'END'
		125 privtmp: --expose /tmp/link: it, * belongs neither to root nor to the user
		125 privtmp: --expose /tmp/link: it, * belongs neither to root nor to the user
		125 privtmp: --expose /tmp/theirs: it, * belongs neither to root nor to the user
		125 privtmp: --expose /tmp/theirs: it, * belongs neither to root nor to the user
		X0
		X0
		X0
	END
	needs setpriv unshare user_namespace_of_user
	mkdir -m 1777 base /tmp/.X11-unix
	mkdir /tmp/theirs
	touch /tmp/.X11-unix/X0
	chown $((UID_ + 1)) /tmp/theirs
	ln -s .X11-unix /tmp/link
	chown -h $((UID_ + 1)) /tmp/link
	for store in "-b $B/base" -t; do
		as_user $P $store -e /tmp/.X11-unix -C / -- ls /tmp/.X11-unix
		refused as_user $P $store -e /tmp/theirs -C / true
		refused as_user $P $store -e /tmp/link -C / true
	done | sort
	as_user $P -t -e -/tmp/.X11-unix/X0:ro -C / -- ls /tmp/.X11-unix
	gone base
}

rootless__exposes_nothing_that_another_user_makes_meanwhile() {
	prints <<-'END'
		125 privtmp: --expose /tmp/new: it, * belongs neither to root nor to the user
	END
	needs plain setpriv strace unshare user_namespace_of_user
	# The namespace is that of the user when this one makes it.
	strace -qq -o trace $(inject unshare signal=STOP:when=1) \
		$AS_USER $P -t -e -/tmp/new -C / true 2>refused &
	started=$!
	until_ok grep -q 'stopped by SIGSTOP' trace
	echo theirs >/tmp/new
	chown $((UID_ + 1)) /tmp/new
	kill -CONT $(cat /proc/$started/task/$started/children)
	wait $started || echo "$? $(cat refused)"
}

rootless__shares_no_directory_of_another_user() {
	prints <<-'END'
		125 privtmp: --dir *: is not owned by root
		shared: 2
	END
	needs setpriv unshare user_namespace_of_user
	mkdir -m 1777 roots users theirs
	chown $U users
	chown $((UID_ + 1)) theirs
	refused as_user $P -d $B/theirs -C / true
	for dir in roots users; do
		as_user $P -d $B/$dir -C / -- touch /tmp/file
	done
	echo "shared: $(find roots users -name file | wc -l)"
}

rootless__is_refused_what_takes_root() {
	prints <<-'END'
		125 privtmp: --user: 'root': only root *
		125 privtmp: --user: '*': only root *
		125 privtmp: --join=*: is in no instance of yours; to join one of root's takes root
		125 privtmp: --join=*: is in no instance of yours; to join one of root's takes root
		125 privtmp: --unmount /dev/shm: only root can unmount this: Invalid argument
	END
	needs setpriv user_namespace_of_user
	hold $P -t -C / --
	refused as_user $P -u root true
	refused as_user $P -u $U true
	refused as_user $P -j $! true
	refused as_user $P -j $$ true
	refused as_user $P -t -C / --unmount=/dev/shm true
	release
}

rootless__joins_its_own() {
	prints <<-'END'
		files: 1
		uid
		without capabilities: 1
		125 privtmp: --join=*: its mount namespace belongs to another user namespace: *
	END
	needs CAP_SYS_PTRACE setpriv unshare user_namespace_of_user
	mkdir -m 1777 base
	cat >show <<-'END'
		echo "files: $(ls /tmp | wc -l)"
		id -u
		echo "without capabilities: $(grep -c '^CapEff:.0000000000000000' /proc/self/status)"
	END
	hold $AS_USER $P -b $B/base -C / --
	touch $(cells_in base)/tmp/f
	as_user $P -j $! -C / -- sh $B/show | sed "s/^$UID_$/uid/"
	refused $P -j $! true
	release
	gone base
}

_forbidden() {
	echo 0 >zero
	mount --bind zero /proc/sys/user/max_user_namespaces
	refused as_user strace -qq -o /dev/null $(inject unshare error=EPERM) $P -t true
}

rootless__names_the_setting_that_forbids_it() {
	prints <<-'END'
		125 privtmp: a user namespace, * is forbidden here; look at sysctl user.max_user_namespaces: Operation not permitted
		125 privtmp: unshare: a mount namespace; see sysctl user.max_mnt_namespaces: No space left on device
		125 privtmp: a user namespace, * user.max_user_namespaces: No space left on device
		125 privtmp: a user namespace, * is forbidden here; look at *: Operation not permitted
	END
	needs setpriv strace unshare user_namespace_of_user
	apart _forbidden
	refused as_user strace -qq -o /dev/null $(inject unshare error=ENOSPC:when=2) $P -t true
	cat >nest <<-'END'
		[ $1 = 0 ] && exec $P -t true
		exec unshare -U -c sh nest $(($1 - 1))
	END
	refused as_user sh nest 33
	refused as_user strace -qq -o /dev/null $(inject unshare error=EPERM) \
		$P -t true
}

rootless__directory_goes_where_proc_hides_the_processes_of_others() {
	prints <<-'END'
		gone
	END
	needs user_namespace_of_user CAP_SYS_ADMIN
	mkdir -m 1777 open
	unshare -m sh -euc 'mount -t proc -o hidepid=1 proc /proc; exec "$@"' sh \
		$AS_USER $P -b $B/open -C / -- sh -c 'echo x >/tmp/file'
	gone open
	echo gone
}
