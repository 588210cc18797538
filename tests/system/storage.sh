# What is private besides, and what it is made of.
# shellcheck shell=sh

tmpfs__has_the_flags_the_owner_and_the_limits() {
	prints <<-'END'
		0:group 770
		tmpfs 256 4096 7
		rw,nosuid,nodev,noexec*
	END
	cat >show <<-'END'
		stat -c '%u:%g %a' /tmp
		stat -f -c '%T %b %S %c' /tmp
		awk '$5 == "/tmp" { o = $6 } END { print o }' /proc/self/mountinfo
	END
	$P -u $U --size=1m --inodes=7 -- sh $B/show | sed "s/:$GID_ /:group /"
}

tmpfs__is_full_at_its_size_and_nobody_else_notices() {
	prints <<-'END'
		full
		*No space left on device
		two
		*No space left on device
	END
	$P -u $U -s 64k -- sh -c '
		head -c 65536 /dev/zero >/tmp/a && echo full
		head -c 1 /dev/zero >/tmp/b' 2>&1 | sed 's/.*: //'
	$P -u $U --inodes 3 -- sh -c '
		: >/tmp/a
		: >/tmp/b && echo two
		: >/tmp/c' 2>&1 | sed 's/.*: //'
}

# Show whether a number is within a twentieth of another.
_about() {
	if [ $1 -gt $(($2 * 95 / 100)) ] && [ $1 -lt $(($2 * 105 / 100)) ]; then
		echo "about $3"
	else
		echo "$1, and $3 is $2"
	fi
}

tmpfs__has_its_defaults() {
	prints <<-'END'
		inodes: 409600
		about a tenth
		about a twentieth
	END
	# In blocks of 4096 bytes.
	tenth=$(awk '/MemTotal/ { print int($2 / 40) }' /proc/meminfo)
	$P -t -- stat -f -c 'inodes: %c' /tmp
	_about $($P -t -- stat -f -c %b /tmp) $tenth 'a tenth'
	_about $($P -s 5% -- stat -f -c %b /tmp) $((tenth / 2)) 'a twentieth'
}

tmpfs__needs_no_cleaner_and_makes_nothing_on_disk() {
	hold $P -t -u $U -C / --
	# A cleaner would be a child of whoever runs the test.
	pgrep -l -P $RUNNER cleaner || :
	find /tmp -mindepth 1
	release
}

_memory_below() {
	[ $(awk '/^Shmem:/ { print $2 }' /proc/meminfo) -lt $1 ]
}

tmpfs__gives_its_memory_back() {
	before=$(awk '/^Shmem:/ { print $2 }' /proc/meminfo)
	$P -s 64m -- sh -c 'head -c 60000000 /dev/zero >/tmp/a'
	until_ok _memory_below $((before + 20000))
}

size__is_decimal_whatever_it_begins_with() {
	prints <<-'END'
		10485760 bytes, 10 inodes
	END
	$P -s 010m --inodes=010 -C / -- stat -f -c '%b %S %c' /tmp | {
		read -r blocks size inodes
		echo $((blocks * size)) bytes, $inodes inodes
	}
}

size__cannot_carry_anything_else() {
	prints <<-'END'
		 16 125 privtmp: --inodes:
		 16 125 privtmp: --size:
	END
	for size in '1m,mode=777' '1m ' ' 1m' +1 -1 0 0k '' 18446744073709551616 99999999999g \
		101% 0% % 5%% 1.5g 1mb; do
		refused $P --size="$size" true
		refused $P --inodes="$size" true
	done | grep -o '^125 privtmp: --[a-z]*:' | sort | uniq -c | tr -s ' '
}

also__is_private_by_itself() {
	prints <<-'END'
		770 group
		770 group
		770 group
		mounts: 3
		outside
	END
	mkdir -m 1777 also
	touch also/outside
	cat >show <<-'END'
		for dir in /tmp /var/tmp $B/also; do
			ls -A $dir
			stat -c '%a %G' $dir
			touch $dir/x
		done
		printf 'mounts: '
		awk '$5 ~ /tmp|also/ && /noexec/' /proc/self/mountinfo | grep -c 'privtmp\.'
	END
	$P -u $U -a /var/tmp -a $B/also -- sh $B/show | sed "s/ $(id -gn $U)$/ group/"
	gone also /var/tmp
	ls also
}

also__has_its_cell_in_itself_or_in_the_base() {
	prints <<-'END'
		cells: 2
		cleaners: 1
		cells: 2
	END
	needs CAP_SYS_PTRACE
	mkdir -m 1777 also base
	hold $P -u $U -C / -a $B/also --
	cells_in also /tmp | wc -l | sed 's/^/cells: /'
	cleaners_of $B/also | wc -l | sed 's/^/cleaners: /'
	release
	gone also
	hold $P -b $B/base -a $B/also --
	cells_in base | wc -l | sed 's/^/cells: /'
	no_cell_in also
	release
	gone base
}

also__makes_dev_shm_work() {
	prints <<-'END'
		True 14
		True 14
	END
	needs python3
	cat >shm.py <<-'END'
		from multiprocessing import shared_memory
		import os
		m = shared_memory.SharedMemory(create=True, size=4096)
		m.buf[0] = 7
		print(os.listdir("/dev/shm") == [m.name], os.statvfs("/dev/shm").f_flag & 14)
		m.unlink()
	END
	for store in '' --tmpfs; do
		$P $store -u $U -a /dev/shm -- python3 $B/shm.py
	done
	gone /dev/shm
}

also__of_two_paths_of_one_directory_mounts_it_once_and_of_two_mounts_twice() {
	prints <<-'END'
		B/three:

		B/two:
		x
		mounts: 1
	END
	mkdir -m 1777 one
	ln -s one two
	mkdir three
	cat >show <<-'END'
		touch $B/one/x
		ls $B/two $B/three
		awk '{ print $5 }' /proc/self/mountinfo | grep -cx $B/one | sed "s,^,mounts: ,"
	END
	mount --bind one three
	$P -u $U -a $B/one -a $B/two -a $B/three/ -a /tmp -- sh $B/show | sed "s,$B,B,"
	gone one
	until_ok umount three
}

also__of_what_cannot_be_is_refused_with_a_reason() {
	prints <<-'END'
		125 privtmp: --also /: contains /tmp, which is private
		125 privtmp: --also */missing: No such file or directory
		125 privtmp: --also */file: is no directory
		125 privtmp: --also: '/tmp/..' is not an absolute path without '..'
		125 privtmp: --also */a/b: is inside */a, which is private
		125 privtmp: --also */a: contains */a/b, which is private
		mounts: 1
	END
	mkdir -m 1777 a a/b
	touch file
	ln -s /tmp link
	for dir in / $B/missing $B/file /tmp/..; do
		refused $P -a $dir true
	done
	refused $P -a $B/a -a $B/a/b true
	refused $P -a $B/a/b -a $B/a true
	# The mounts at /tmp that are of privtmp's making.
	printf 'mounts: '
	$P -a $B/link -t -- grep -c ' / /tmp .* privtmp' /proc/self/mountinfo
	no_cell_in a
}

also__of_what_others_could_move_away_is_refused() {
	prints <<-'END'
		125 privtmp: --also */theirs/also: *not root's
		125 privtmp: --also */theirs/also: *not root's
		125 privtmp: --also */sticky/theirs: *not root's*
		fine
	END
	mkdir -p theirs/also sticky/also sticky/theirs
	chmod 1777 sticky theirs/also sticky/also
	chown $U theirs sticky/theirs
	refused $P -a $B/theirs/also true
	refused $P -t -a $B/theirs/also true
	refused $P -t -a $B/sticky/theirs true
	$P -t -a $B/sticky/also echo fine
}

exec__leaves_noexec_out() {
	prints <<-'END'
		executed
		executed
	END
	for store in '' --tmpfs; do
		$P $store --exec -u $U -- sh -c 'cp /bin/echo /tmp; /tmp/echo executed'
	done
}

exec__holds_for_what_is_exposed() {
	prints <<-'END'
		ran
		126 privtmp: /tmp/exposed/echo (*noexec; see --exec): Permission denied
	END
	mkdir /tmp/exposed
	cp /bin/echo /tmp/exposed/
	$P -b $B --exec -e /tmp/exposed -- /tmp/exposed/echo ran
	refused $P -b $B -e /tmp/exposed -- /tmp/exposed/echo ran
	gone
}

exec__is_refused_where_the_disk_forbids_it() {
	prints <<-'END'
		125 privtmp: --exec: */disk is mounted noexec; * --base, or --tmpfs
	END
	mkdir disk
	mount -t tmpfs -o noexec t disk
	refused $P --exec -b $B/disk true
	umount disk
}

mode__is_exact() {
	prints <<-'END'
		modes: 0 0 700 700 770 770 1777 1777 2770 2770 7777 7777
	END
	for mode in 0 700 0770 1777 2770 7777; do
		(
			umask 077
			$P -b $B -m $mode -u $U -- stat -c %a /tmp
			$P -t -m $mode -- stat -c %a /tmp
		)
	done | paste -s -d ' ' | sed 's/^/modes: /'
	gone
}

options__compose() {
	prints <<-'END'
		pairs, and bad ones: 78 0
	END
	needs python3
	mkdir -m 1777 also
	mkdir hidden
	mkdir -m 755 shared
	printf 'pairs, and bad ones: '
	python3 $T/tests/system/pairs.py $P $U $B
	gone . also /tmp
}

label__is_that_of_the_directory_that_is_replaced() {
	prints <<-'END'
		system_u:object_r:tmp_t:s0
		system_u:object_r:tmp_t:s0
		system_u:object_r:tmp_t:s0
		user_tmp_t
		none
	END
	needs setfattr getfattr
	mkdir -m 1777 also
	setfattr -n security.selinux -v system_u:object_r:tmp_t:s0 /tmp
	setfattr -n security.selinux -v user_tmp_t also
	label='getfattr --absolute-names --only-values -n security.selinux'
	for store in '' "-b $B" -t; do
		$P $store -u $U -- $label /tmp | tr -d '\0'
		echo
	done
	$P -u $U -a $B/also -- $label $B/also | tr -d '\0'
	echo
	$P -u $U -a /var/tmp -- $label /var/tmp 2>/dev/null || echo none
	gone
	gone also /tmp /var/tmp
}

exec__is_refused_where_what_is_mounted_forbids_it() {
	prints <<-'END'
		125 privtmp: --exec: */forbids is mounted noexec; use another --dir or --base, or --tmpfs
		125 privtmp: --exec: */forbids is mounted noexec; use another --dir or --base, or --tmpfs
		125 privtmp: --exec: /tmp/forbids is mounted noexec; use another --dir or --base, or --tmpfs
		fine
	END
	mkdir forbids /tmp/forbids
	mount -t tmpfs -o noexec,mode=1777 t forbids
	mount --bind forbids /tmp/forbids
	refused $P --exec -d $B/forbids -C / true
	refused $P --exec -b $B/forbids -C / true
	refused $P --exec -t -e /tmp/forbids -C / true
	$P -d $B/forbids -e /tmp/none -C / true 2>/dev/null || $P -d $B/forbids -C / -- echo fine
	umount /tmp/forbids forbids
}

noswap__is_shown_by_the_kernel() {
	prints <<-'END'
		noswap: 2
		swap: 0
	END
	$P --version >/dev/null
	mkdir -m 1777 also
	unshare -m mount -t tmpfs -o noswap t also 2>/dev/null || skip 'a kernel with noswap (6.4)'
	$P --noswap -a $B/also -u $U -C / -- grep -c ' privtmp rw.*,noswap' /proc/self/mountinfo | sed 's/^/noswap: /'
	$P -t -a $B/also -u $U -C / -- grep -c ' privtmp rw.*,noswap' /proc/self/mountinfo | sed 's/^/swap: /'
}

noswap__that_cannot_be_had_is_refused() {
	prints <<-'END'
		125 privtmp: --noswap: takes Linux 6.4, and root of the machine, *
		125 privtmp: private /tmp: noswap is not shown in mountinfo, which needs /proc
	END
	needs strace
	unshare -m mount -t tmpfs -o noswap t /tmp 2>/dev/null || skip 'a kernel with noswap (6.4)'
	# The first six parameters are those of every tmpfs.
	refused strace -qq -o /dev/null $(inject fsconfig error=EINVAL:when=7) $P --noswap -C / true
	refused strace -qq -o /dev/null $(inject fsconfig retval=0:when=7) $P --noswap -C / true
}
