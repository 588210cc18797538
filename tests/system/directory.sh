# The private directory and the namespace that it is in.
# shellcheck shell=sh

directory__is_roots_and_the_users_group_0770() {
	prints <<-'END'
		0:group 770
	END
	$P -u $U -- stat -c '%u:%g %a' /tmp | sed "s/:$GID_ /:group /"
}

directory__is_1777_and_roots_without_user() {
	prints <<-'END'
		0:0 1777
	END
	$P -- stat -c '%u:%g %a' /tmp
}

directory__shows_neither_what_is_outside_nor_shows_itself_there() {
	prints <<-'END'
		mine
	END
	touch /tmp/outside
	$P -u $U -- sh -c 'ls -A /tmp; touch /tmp/mine; ls -A /tmp'
	test ! -e /tmp/mine
}

directory__has_nosuid_nodev_noexec() {
	prints <<-'END'
		rw,nosuid,nodev,noexec*
	END
	$P -u $U -- awk '$5 == "/tmp" { o = $6 } END { print o }' /proc/self/mountinfo
}

directory__keeps_the_flags_that_the_host_has_there() {
	prints <<-'END'
		rw,nosuid,nodev,noexec,*nodiratime,*nosymfollow
	END
	mount -t tmpfs -o nosymfollow,nodiratime,mode=1777 t /tmp
	$P -u $U -- awk '$5 == "/tmp" { o = $6 } END { print o }' /proc/self/mountinfo
	# Until the cleaner has ended.
	until_ok umount /tmp
}

directory__is_in_a_cell_that_root_alone_can_enter() {
	prints <<-'END'
		700 0:0
		mode and owner: 770 0
		closed
	END
	needs setpriv
	hold $P -b $B -u $U -C / --
	stat -c '%a %u:%g' privtmp.*
	stat -c 'mode and owner: %a %u' privtmp.*/tmp
	as_user ls privtmp.*/ 2>/dev/null || echo closed
	release
	gone
}

directory__is_in_a_cell_of_group_0_whatever_roots_own_is() {
	prints <<-'END'
		0:0
	END
	needs setpriv
	hold setpriv --regid $GID_ --clear-groups $P -b $B -u $U -C / --
	stat -c %u:%g privtmp.*
	release
	gone
}

directory__is_exact_under_any_umask() {
	prints <<-'END'
		mode: 770
		umask: 0000
		mode: 770
		umask: 0027
		mode: 770
		umask: 0077
		mode: 770
		umask: 0777
	END
	for mask in 000 027 077 777; do
		(
			umask $mask
			$P -b $B -u $U -- sh -c 'stat -c "mode: %a" /tmp; echo "umask: $(umask)"'
		)
	done
	gone
}

directory__is_exact_in_a_setgid_base_with_a_default_acl() {
	prints <<-'END'
		700 0:0
		mode: 770
		entries of the user: 0
	END
	needs setfacl getfacl
	mkdir base
	chgrp $GID_ base
	chmod 2755 base
	setfacl -d -m u:$U:rwx,g::rwx,o::rwx base
	hold $P -b $B/base -u $U -C / --
	stat -c '%a %u:%g' base/privtmp.*
	stat -c 'mode: %a' base/privtmp.*/tmp
	printf 'entries of the user: '
	getfacl -cp base/privtmp.* base/privtmp.*/tmp | grep -c $U || :
	release
	gone base
}

_three_roots() {
	for dir in bin sbin lib lib64 usr etc; do
		[ -L /$dir ] || [ ! -d /$dir ] || mount --rbind /$dir root/$dir
	done
	mount --rbind root root
	cd root
	refused chroot . /p true
	rm tmp
	refused chroot . /p true
	touch tmp
	refused chroot . /p true
}

directory__that_is_a_link_on_the_host_is_refused() {
	prints <<-'END'
		125 privtmp: private /tmp: is a symbolic link*
		125 privtmp: private /tmp: No such file or directory
		125 privtmp: private /tmp: is no directory
	END
	needs plain unshare
	mkdir -p root/elsewhere root/proc
	ln -s elsewhere root/tmp
	for dir in bin sbin lib lib64 usr etc; do
		if [ -L /$dir ]; then
			cp -P /$dir root/
		elif [ -d /$dir ]; then
			mkdir root/$dir
		fi
	done
	cp $P root/p
	apart _three_roots
	ls root/elsewhere
}

base__that_is_unsafe_is_refused() {
	prints <<-'END'
		125 privtmp: base *: others may write to it *
		125 privtmp: base *: is not owned by root*
		125 privtmp: base *: is no directory
		125 privtmp: --base *: No such file or directory
		nothing made
	END
	mkdir open theirs
	chmod 777 open
	chown $U theirs
	touch file
	for base in open theirs file missing; do
		refused $P -b $B/$base true
	done
	ls -d */privtmp.* 2>/dev/null || echo nothing made
}

_a_cell() {
	cells_in $B/base | grep .
}

base__that_root_covers_meanwhile_is_refused() {
	prints <<-'END'
		privtmp: private /tmp: base * is another directory inside
	END
	needs strace
	mkdir base other
	# For ever.
	strace -qq -o /dev/null $(inject unshare delay_enter=1000000000) \
		$P -b $B/base -u $U -C / -- echo ran >started 2>&1 &
	until_ok _a_cell
	cell=$(_a_cell)
	mkdir -p other/${cell##*/}/tmp
	mount --bind other base
	# Without strace it goes on.
	kill -KILL $!
	wait $! 2>/dev/null || :
	until_ok grep . started
	cat started
	umount base
	rm -r other
	gone base
}

base__that_is_the_hosts_tmp_must_be_safe_too() {
	prints <<-'END'
		125 privtmp: base /tmp: others may write to it and it is not sticky; chmod +t, *
	END
	chmod 777 /tmp
	refused $P true
}

_true_in_shared_mounts() {
	mount --make-rshared /
	cat /proc/self/mountinfo >before
	$P -u $U -- true
	cat /proc/self/mountinfo >after
}

namespace__shows_nothing_to_a_host_that_shares_its_mounts() {
	needs unshare
	apart _true_in_shared_mounts
	cmp before after
}

_propagation_inside() {
	mount --make-rshared /
	$P -- sh -c 'printf "shared: "
		grep -c shared: /proc/self/mountinfo || :
		printf "shared or slaves at /tmp: "
		grep " /tmp " /proc/self/mountinfo | grep -c -e shared: -e master: || :'
}

namespace__is_private_inside() {
	prints <<-'END'
		shared: 0
		shared or slaves at /tmp: 0
	END
	needs unshare
	apart _propagation_inside
}

_without_proc() {
	umount -l /proc
	$P -u $U -- id -u
	$P --tmpfs -u $U -- id -u
}

namespace__does_without_proc() {
	prints <<-'END'
		[1-9]*
		[1-9]*
	END
	needs plain unshare python3 statmount
	apart _without_proc
}

_hide_proc_before_6_8() {
	for change in --hide=/proc --unmount=/proc; do
		python3 $T/tests/system/before68.py $P -t -u $U $change -C / -- echo "fine: $change"
	done
}

namespace__before_6_8_may_hide_proc() {
	prints <<-'END'
		fine: --hide=/proc
		fine: --unmount=/proc
	END
	needs plain unshare python3 CAP_SYS_ADMIN
	apart _hide_proc_before_6_8
}

namespace__is_not_made_in_a_chroot_that_is_no_mount_point() {
	prints <<-'END'
		125 privtmp: make the mounts private: the root * is no mount point (a chroot?)*
	END
	needs plain chroot ldd
	mkdir -p root/tmp
	chmod 1777 root/tmp
	cp $P root/p
	ldd $P | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p root/${library%/*}
		cp $library root/$library
	done
	refused chroot root /p true
	ls root/tmp
}
