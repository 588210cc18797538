# Paths that a user can change, and what root would do with them.
# shellcheck shell=sh

link__of_a_user_is_followed_by_no_option() {
	prints <<-'END'
		125 privtmp: --also *: * not root's*
		125 privtmp: --hide *: * not root's*
		125 privtmp: --unmount *: * not root's*
		125 privtmp: --base *: * not root's*
		125 privtmp: --dir *: * not root's*
		125 privtmp: --also *: * not root's*
		125 privtmp: --also *: others than root can write to a directory above it
		nothing made
	END
	mkdir home open target
	chown $U home
	chmod 777 open
	as_user ln -s $B/target home/link
	as_user ln -s /var/tmp home/tmp
	as_user ln -s /var/tmp open/tmp
	refused $P -a $B/home/tmp true
	refused $P --hide=$B/home/link true
	refused $P --unmount=$B/home/link true
	refused $P --base=$B/home/link true
	refused $P --dir=$B/home/link true
	# Root's own link to a user's.
	ln -s home/tmp link
	refused $P -a $B/link true
	refused $P -a $B/open/tmp true
	[ -z "$(ls target)" ] && echo nothing made
}

link__of_root_is_followed() {
	prints <<-'END'
		/var/tmp
		/var/tmp
		hidden
		shared
		made
	END
	mkdir -p real/dir deep/er shared
	ln -s /var/tmp link
	ln -s ../../link deep/er/link
	ln -s real alias
	chmod 755 real real/dir
	for link in link deep/er/link; do
		$P -u $U -t -a $B/$link -- sh -c 'touch /var/tmp/x && awk "\$5 == \"/var/tmp\" { print \$5 }" /proc/self/mountinfo' |
			tail -n 1
	done
	$P --hide=$B/alias/dir -- sh -c '[ $(stat -c %a real/dir) = 0 ] && echo hidden'
	$P --dir=$B/alias/../shared true 2>/dev/null || ln -s ../shared real/s
	$P --dir=$B/alias/s -- sh -c 'echo shared >/tmp/x'
	cat shared/x
	$P --base=$B/alias -- sh -c '[ -d real/privtmp.*/tmp ] && echo made'
	gone real
}

also__is_only_what_tmp_is() {
	prints <<-'END'
		125 privtmp: --also /etc: is not like /tmp: *
		125 privtmp: --also /usr/local: is not like /tmp: *
		125 privtmp: --also /run: is not like /tmp: *
		125 privtmp: --also /root: is not like /tmp: *
		125 privtmp: --also /home: is not like /tmp: *
		125 privtmp: --also /proc: is not like /tmp: *
		125 privtmp: --also /: contains /tmp, which is private
		125 privtmp: --also *: is not like /tmp: *
		125 privtmp: --also *: is not like /tmp: *
		fine
	END
	for dir in /etc /usr/local /run /root /home /proc /; do
		refused $P -u $U -a $dir true
	done
	mkdir -m 777 open
	mkdir -m 1777 sticky theirs
	chown $U theirs
	refused $P -a $B/open true
	refused $P -a $B/theirs true
	$P -a $B/sticky echo fine
}

path__that_does_not_fit_is_refused_and_nothing_is_cut() {
	prints <<-'END'
		125 privtmp: --base: * longer than any path may be
		1 cell in e
	END
	needs python3
	python3 - <<-'END'
		import os
		base = os.environ["B"]
		path = base
		while len(path) + 201 < 4095: path += "/" + "d" * 200
		path += "/" + "e" * (4095 - len(path) - 1)
		os.chdir("/")
		for part in path.split("/")[1:]:
		    try: os.mkdir(part)
		    except FileExistsError: pass
		    os.chdir(part)
		open(base + "/path", "w").write(path)
	END
	cat >walk.py <<-'END'
		import os, sys
		for part in open("path").read().split("/")[1:]:
		    os.chdir("/" if part == "var" else ".")
		    os.chdir(part)
		cells = [name for name in os.listdir() if name.startswith("privtmp.")]
		if sys.argv[1] == "cell": print(len(cells), "cell in", os.path.basename(part)[:1])
		else: sys.exit(len(cells))
	END
	path=$(cat path)
	refused $P --base=${path}x true
	hold $P --base=$path --
	python3 walk.py cell
	release
	until_ok python3 walk.py gone
}

dir__is_shared_and_stays() {
	prints <<-'END'
		one
		two
		1770 daemon
		nosuid,nodev,noexec
		125 privtmp: --size: cannot go with --dir
		125 privtmp: --mode: cannot go with --dir
		125 privtmp: --dir: cannot go with --expose
		125 privtmp: --dir *: is not owned by root
		125 privtmp: --dir *: is no directory
		125 privtmp: --dir *: No such file or directory
		no cleaner
	END
	mkdir -m 1770 shared
	chgrp daemon shared
	mkdir theirs
	chown $U theirs
	touch file
	$P -d $B/shared -- sh -c 'echo one >/tmp/one'
	$P -d $B/shared -- sh -c 'cat /tmp/one; echo two >/tmp/two'
	cat shared/two
	stat -c '%a %G' shared
	$P -d $B/shared -- awk '$5 == "/tmp" { print $6 }' /proc/self/mountinfo | tail -n 1 | grep -o 'nosuid,nodev,noexec'
	refused $P -d $B/shared -s 5m true
	refused $P -d $B/shared -m 700 true
	refused $P -d $B/shared -e /tmp/x true
	for dir in theirs file missing; do
		refused $P -d $B/$dir true
	done
	hold $P -d $B/shared
	[ -z "$(cleaners_of /tmp)" ] && no_cell_in /tmp && echo no cleaner
	release
}

dir__is_the_same_for_two_commands() {
	prints <<-'END'
		from the first
	END
	mkdir -m 1777 shared
	hold $P -u $U -d $B/shared
	$P -u $U -d $B/shared -- sh -c 'echo from the first >/tmp/f'
	$P -u $U -d $B/shared -- cat /tmp/f
	release
}

dir__can_be_joined_and_is_listed() {
	prints <<-'END'
		from the first
		joined
		dir /tmp -
	END
	needs CAP_SYS_PTRACE
	mkdir -m 1777 shared
	hold $P -u $U -d $B/shared
	first=$!
	$P -j $first -u $U -C / -- sh -c 'echo from the first >/tmp/f'
	$P -u $U -d $B/shared -- cat /tmp/f
	$P -j $first -u $U -C / -- sh -c '[ -e /tmp/f ] && echo joined'
	$P --list | awk -v pid=$first '$1 == pid { print $3, $4, $5 }'
	release
}

user_namespace__of_the_callers_own_making_will_do() {
	prints <<-'END'
		in memory
		on disk
	END
	needs unshare setpriv user_namespace_of_user
	cd /
	as_user unshare -Ur $P -t -- echo in memory
	as_user unshare -Ur $P -- echo on disk
}

user_namespace__of_anothers_making_gets_the_true_reason() {
	prints <<-'END'
		125 privtmp: private /tmp: the owner of a directory above it is unknown in this user namespace
		125 privtmp: private /tmp: the owner of a directory above it is unknown in this user namespace
	END
	needs unshare nsenter CAP_SYS_ADMIN user_namespace
	hold unshare -U
	for map in uid_map gid_map; do
		echo "0 100000 65536" >/proc/$!/$map
	done
	cd /
	refused nsenter -U -t $! -S 0 -G 0 $P -t true
	refused nsenter -U -t $! -S 0 -G 0 $P true
	release
}

# automounted POINT OPTION: start where OPTION names a path below the automount point, which is
# mounted when somebody goes there.
_automounted() {
	: >up
	python3 $T/tests/system/automount.py $1 $B/store >up &
	until_ok grep -q ready up
	$P $2 -u $U -C / -- echo "fine: ${2%%/*}" || echo "status: $?"
	gone $B store/shared
	umount -l $1
	umount -l $1
	kill $!
	wait $! 2>/dev/null || :
}

path__below_an_automount_point_is_mounted_as_a_shell_does() {
	prints <<-'END'
		fine: -d
		fine: -b
		fine: -a
		fine: --hide=
		fine: --expose=
	END
	needs python3
	has_autofs || skip 'a kernel without autofs'
	mkdir -p auto store/shared /tmp/auto
	chmod 1777 store/shared
	for option in -d$B/auto/shared -b$B/auto/shared -a$B/auto/shared --hide=$B/auto/shared; do
		_automounted $B/auto $option
	done
	_automounted /tmp/auto --expose=/tmp/auto/shared
}

fuse__that_never_answers_makes_nobody_wait() {
	prints <<-'END'
		125 privtmp: --expose /tmp/theirs/x: *on FUSE, whose server decides*
		125 privtmp: --expose /tmp/theirs: *on FUSE, whose server decides*
		125 privtmp: --dir /tmp/theirs: *
		125 privtmp: --hide /tmp/theirs/x: *
		125 privtmp: --base /tmp/theirs: *
	END
	needs python3 timeout
	[ -c /dev/fuse ] || skip 'FUSE'
	mkdir -m 755 /tmp/theirs
	mkfifo end
	python3 $T/tests/system/fuse.py /tmp/theirs 0 <end >up &
	exec 7>end
	until_ok grep -q up up
	for option in --expose=-/tmp/theirs/x --expose=/tmp/theirs -d/tmp/theirs --hide=/tmp/theirs/x -b/tmp/theirs; do
		refused timeout -s KILL $((DEADLINE / 4)) $P $option -u $U -C / true
	done
	exec 7>&-
	wait $!
}

dir__from_which_the_shared_tmp_can_be_reached_is_refused() {
	prints <<-'END'
		125 privtmp: --dir /: contains /tmp, which all share
		125 privtmp: --dir *again: contains /tmp, which all share
		125 privtmp: --dir *again/tmp: is /tmp itself, which all share
		125 privtmp: --dir /var: contains /var/tmp, which all share
		mine
	END
	mkdir root root/again root/tmp mine
	mount -t tmpfs -o mode=755 t root
	mkdir -m 755 root/again root/usr root/proc root/var root/bin root/dev
	mkdir -m 1777 root/tmp root/mine root/var/tmp
	for link in /bin /lib*; do
		[ ! -h $link ] || { rm -rf root$link; cp -P $link root; }
	done
	mount --bind /usr root/usr
	mount --bind /proc root/proc
	mount --bind root root/again
	cp $P root
	for options in -d/ -d/again -d/again/tmp '-d/var -a/var/tmp'; do
		refused chroot root /privtmp $options -u $UID_:$GID_ -C / true
	done
	chroot root /privtmp -d/mine -u $UID_:$GID_ -C / -- sh -c 'touch /tmp/mine; ls /tmp'
	umount root/again root/proc root/usr root
}

directory__whose_path_is_longer_than_the_kernel_tells_is_kept() {
	prints <<-'END'
		kept: same directory
		private: /tmp
		chosen: /
	END
	needs python3
	cat >deep.py <<-'END'
		import os, subprocess, sys
		for i in range(30):
		    os.mkdir("x" * 200)
		    os.chdir("x" * 200)
		here = os.stat(".")
		code = "import os; s = os.stat('.'); print(s.st_dev, s.st_ino)"
		out = subprocess.run([*sys.argv[1:], sys.executable, "-c", code], capture_output=True, text=True)
		print("same directory" if out.stdout.split() == [str(here.st_dev), str(here.st_ino)] else out)
	END
	cat >inside.py <<-'END'
		import os, subprocess, sys
		for i in range(30):
		    os.mkdir("x" * 200)
		    os.chdir("x" * 200)
		subprocess.run([*sys.argv[1:], "pwd"])
	END
	echo "kept: $(python3 deep.py $P -b $B)"
	cd /tmp
	echo "private: $(python3 $B/inside.py $P -b $B)"
	rm -rf x*
	echo "chosen: $(python3 $B/inside.py $P -b $B -C /)"
	cd $B
	rm -rf /tmp/x* x*
	gone
}
