# --sweep: what is dead goes, what is alive stays, whoever asks and whatever he can see.
# shellcheck shell=sh

# Whether a sweep has removed something: the kernel may still be at the end of the namespace.
_swept() {
	$P --sweep -b $B >swept
	grep removed swept
}

sweep__removes_what_is_dead_and_says_so() {
	prints <<-'END'
		removed B/privtmp.123456
		removed B/privtmp.BBBBBB
		removed B/privtmp.aaaaaa
		removed B/privtmp.halfhf
	END
	for name in privtmp.aaaaaa privtmp.BBBBBB privtmp.123456 privtmp.halfhf; do
		mkdir -m 700 $name
	done
	mkdir -m 770 privtmp.aaaaaa/tmp privtmp.BBBBBB/tmp privtmp.BBBBBB/0
	mkdir -p privtmp.aaaaaa/tmp/a/b privtmp.BBBBBB/0/c
	echo x >privtmp.aaaaaa/tmp/a/f
	chown -R $U privtmp.aaaaaa/tmp
	touch privtmp.halfhf/tmp
	$P --sweep -b $B >said
	sort said | sed "s,$B,B,"
	no_cell_in $B
}

sweep__leaves_what_is_not_ours_beyond_doubt() {
	prints <<-'END'
		left B/privtmp.12-456: its name is not that of a cell
		left B/privtmp.1234567: its name is not that of a cell
		left B/privtmp.12345: its name is not that of a cell
		left B/privtmp.\\x1b\[31m: its name is not that of a cell
		left B/privtmp.file66: it is no directory
		left B/privtmp.groups: its owner, group or mode are not those of a cell
		left B/privtmp.link66: it is no directory
		left B/privtmp.mounte: something is mounted on it
		left B/privtmp.open55: its owner, group or mode are not those of a cell
		left B/privtmp.sticky: its owner, group or mode are not those of a cell
		left B/privtmp.theirs: it belongs to another user
		canary
	END
	mkdir -m 700 privtmp.theirs privtmp.groups privtmp.mounte privtmp.12345 privtmp.1234567 \
		privtmp.12-456 "$(printf 'privtmp.\033[31m')" XprivtmpXaaaaaa real
	mkdir -m 755 privtmp.open55
	mkdir -m 1700 privtmp.sticky
	touch privtmp.file66 real/canary
	ln -s real privtmp.link66
	chown $U privtmp.theirs
	chgrp daemon privtmp.groups
	ls -A >$SCRATCH/before
	mount -t tmpfs -o mode=700 t privtmp.mounte
	$P --sweep -b $B | sort | sed "s,$B,B,"
	umount privtmp.mounte
	ls -A | diff $SCRATCH/before -
	ls real
	rm -r privtmp.*
}

sweep__leaves_a_live_one() {
	prints <<-'END'
		it is in use
	END
	hold $P -b $B --
	$P --sweep -b $B | sed 's/.*: //'
	release
	gone
}

sweep__leaves_one_whose_cleaner_was_killed_while_anyone_is_inside() {
	prints <<-'END'
		it is in use, though its cleaner has gone
		record
		tmp
		removed
	END
	needs CAP_SYS_PTRACE ustat flock
	hold $P -b $B -u $U -C / --
	kill_cleaner
	$P --sweep -b $B | sed 's/.*: //'
	ls -A privtmp.*
	release
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__leaves_one_that_a_descriptor_alone_keeps() {
	prints <<-'END'
		it is in use, though its cleaner has gone
		removed
	END
	needs CAP_SYS_PTRACE ustat flock
	hold $P -b $B --
	exec 5</proc/$!/ns/mnt
	kill_cleaner
	release
	$P --sweep -b $B | sed 's/.*: //'
	exec 5<&-
	until_ok _swept
	sed 's/ .*//' swept
}

sweep__that_others_do_at_the_same_time_is_left_to_them() {
	prints <<-'END'
		 5 rounds, removed once: 9
	END
	for round in 1 2 3 4 5; do
		hold $P -b $B -u $U -C / --
		for n in 1 2 3 4 5 6 7 8 9; do
			mkdir -m 700 privtmp.dead$n$round
			mkdir -p privtmp.dead$n$round/tmp/a/b
		done
		release
		$P --sweep -b $B >one &
		$P --sweep -b $B >two &
		wait
		gone
		cat one two | grep removed | sort | uniq -d
		echo rounds, removed once: $(cat one two | grep -c 'removed.*dead')
	done | uniq -c | tr -s ' '
}

sweep__looks_where_cells_are_made() {
	prints <<-'END'
		removed /dev/shm/privtmp.sweepX
		removed /tmp/privtmp.sweepX
		removed /var/tmp/privtmp.sweepX
		removed B/also/privtmp.sweepY
	END
	mkdir -m 1777 also
	mkdir -m 700 /tmp/privtmp.sweepX /var/tmp/privtmp.sweepX /dev/shm/privtmp.sweepX
	mkdir -m 700 also/privtmp.sweepY
	$P --sweep | grep sweepX | sort
	$P --sweep -b $B/also | sed "s,$B,B,"
}

sweep__that_cannot_remove_all_fails() {
	prints <<-'END'
		125 privtmp: */privtmp.stuckX: cannot be removed: Operation not permitted
		f
		removed
		125 privtmp: base */missing: No such file or directory
		125 privtmp: --sweep: is an action by itself; leave out 'true'
	END
	needs CAP_LINUX_IMMUTABLE chattr
	mkdir -m 700 privtmp.stuckX
	touch privtmp.stuckX/f privtmp.stuckX/g
	chattr +i privtmp.stuckX/f
	refused $P --sweep -b $B
	ls privtmp.*
	chattr -i privtmp.*/f
	$P --sweep -b $B | sed 's/ .*//'
	refused $P --sweep -b $B/missing
	refused $P --sweep -b $B true
}

# _dead_cell NAME BOOT DEVICE INODES: make a cell with this record, of which the kernel has nothing.
_dead_cell() {
	mkdir -m 700 $1
	mkdir -m 770 $1/tmp
	touch $1/tmp/f
	ln -s "$2 $3 $4" $1/record
}

_boot_id() {
	cat /proc/sys/kernel/random/boot_id
}

sweep__finds_a_record_of_the_boot_and_of_the_sentinel() {
	prints <<-'END'
		BOOT *:* *[0-9]
		sentinels: 1
	END
	hold $P -b $B --
	readlink privtmp.*/record | sed "s/^$(_boot_id) /BOOT /"
	device=$(readlink privtmp.*/record | cut -d ' ' -f 2)
	echo sentinels: $(awk '$3 == "'$device'" && / privtmp-sentinel /' /proc/$!/mountinfo | wc -l)
	release
	gone
}

_another_boot_id() {
	echo 01234567-89ab-cdef-0123-456789abcdef >boot_id
	mount --bind boot_id /proc/sys/kernel/random/boot_id
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__believes_no_boot_id_that_a_container_has_mounted() {
	prints <<-'END'
		left
		left
		removed
	END
	needs CAP_SYS_PTRACE ustat flock unshare
	hold $P -b $B -C / --
	kill_cleaner
	$P --sweep -b $B | sed 's/ .*//'
	apart _another_boot_id
	release
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__removes_after_a_reboot_whatever_the_device_is_now() {
	prints <<-'END'
		removed
	END
	mkdir m
	mount -t tmpfs t m
	_dead_cell privtmp.reboot 01234567-89ab-cdef-0123-456789abcdef \
		$(awk -v m=$B/m '$5 == m { print $3 }' /proc/self/mountinfo) $(stat -f -c %d m)
	$P --sweep -b $B | sed 's/ .*//'
	umount m
}

sweep__knows_a_device_number_that_is_used_again() {
	prints <<-'END'
		removed
		left B/privtmp.sameme: it is in use, though its cleaner has gone
	END
	needs ustat
	mkdir m
	mount -t tmpfs -o nr_inodes=1000001 t m
	free=$(stat -f -c %d m)
	device=$(awk -v m=$B/m '$5 == m { print $3 }' /proc/self/mountinfo)
	_dead_cell privtmp.number $(_boot_id) $device $((free + 2))
	$P --sweep -b $B | sed 's/ .*//'
	_dead_cell privtmp.sameme $(_boot_id) $device $free
	$P --sweep -b $B | sed "s,$B,B,"
	umount m
	rm -r privtmp.*
}

# _verdicts WHERE COMMAND...: show what --sweep, run by the command, says of a cell without a cleaner
# while its namespace lives, and afterwards.
_verdicts() {
	where=$1
	shift
	hold $P -b $B -u $U -C / --
	kill_cleaner
	"$@" $P --sweep -b $B | sed "s/.*: /$where: /"
	release
	"$@" $P --sweep -b $B | sed "s/ .*//; s/^/$where: /"
}

_with_proc() {
	apart _with_proc_inside "$@"
}

_with_proc_inside() {
	mount -t "$1" -o "$2" none /proc
	shift 2
	"$@"
}

sweep__says_the_same_wherever_it_is_asked() {
	prints <<-'END'
		pid namespace: it is in use, though its cleaner has gone
		pid namespace: removed
		no CAP_SYS_PTRACE: it is in use, though its cleaner has gone
		no CAP_SYS_PTRACE: removed
		hidepid=4: it is in use, though its cleaner has gone
		hidepid=4: removed
		hidepid=2,gid=1: it is in use, though its cleaner has gone
		hidepid=2,gid=1: removed
		no /proc: it is in use, though its cleaner has gone
		no /proc: removed
	END
	needs plain CAP_SYS_PTRACE ustat flock setpriv unshare
	blind="setpriv --bounding-set=-sys_ptrace --"
	_verdicts 'pid namespace' unshare -pf --mount-proc
	_verdicts 'no CAP_SYS_PTRACE' $blind
	for option in hidepid=4 hidepid=2,gid=1; do
		_verdicts $option _with_proc proc $option $blind
	done
	_verdicts 'no \/proc' _with_proc tmpfs size=1m
}

# Make a script that runs a command as containers do, with its arguments: in namespaces of its own,
# but no user namespace, and another root directory, with a directory that is shared.
_make_container() {
	mkdir -p root/cells root/dev root/etc root/proc root/tmp root/usr cells
	cp -P /bin /lib* /sbin root
	cp $P root/privtmp
	mount --bind root root
	mount --bind /usr root/usr
	mount --bind cells root/cells
	echo 'mount -t proc proc $B/root/proc; exec chroot $B/root "$@"' >container
}

# $B has no blanks.
in_container="unshare -Cimnpuf sh -eu $B/container"

# Kill the cleaner, process $1, of the only cell in cells.
_kill_in_cells() {
	kill -KILL $1
	until_ok flock -n cells/privtmp.* true
}

_share_with_container() {
	_make_container
	hold $in_container sh -c '/privtmp -b /cells -C / -- "$@"; :' sh
	# Process 1 of the container has adopted the cleaner.
	_kill_in_cells $(pgrep -P $(pgrep -P $!) -x privtmp-cleaner)
	$P --sweep -b $B/cells | sed 's/.*: /host: /'
	$in_container /privtmp --sweep -b /cells | sed 's/.*: /another container: /'
	release
	$P --sweep -b $B/cells | sed 's/ .*//; s/^/host: /'
	hold $P -b $B/cells -C / --
	_kill_in_cells $(cleaners_of $B/cells)
	$in_container /privtmp --sweep -b /cells | sed 's/.*: /container: /'
	release
	$in_container /privtmp --sweep -b /cells | sed 's/ .*//; s/^/container: /'
}

sweep__in_a_container_that_shares_the_directory_says_the_same() {
	prints <<-'END'
		host: it is in use, though its cleaner has gone
		another container: it is in use, though its cleaner has gone
		host: removed
		container: it is in use, though its cleaner has gone
		container: removed
	END
	needs plain CAP_SYS_PTRACE ustat flock pgrep unshare chroot
	apart _share_with_container
}

sweep__leaves_what_somebody_of_the_namespace_uses_wherever_he_is() {
	prints <<-'END'
		chroot: it is in use, though its cleaner has gone
		chroot: removed
		overlay: it is in use, though its cleaner has gone
		overlay: removed
		left-behind: it is in use, though its cleaner has gone
		left-behind: removed
	END
	needs CAP_SYS_PTRACE ustat flock python3
	for how in chroot overlay left-behind; do
		hold $P -b $B -C / -- python3 $T/tests/system/hiding.py $how
		kill_cleaner
		$P --sweep -b $B | sed "s/.*: /$how: /"
		release
		until_ok _swept
		sed "s/ .*//; s/^/$how: /" swept
	done
}

_boot_of() {
	$P -b $B $1 -C / -- sh -c "readlink $B/privtmp.*/record | cut -c 1"
}

sweep__knows_the_boot_though_proc_is_hidden() {
	prints <<-'END'
		[0-9a-f]
		[0-9a-f]
	END
	needs plain unshare statmount
	apart _boot_of --hide=/proc
	apart _boot_of --unmount=/proc
}

sweep__does_not_count_a_mount_of_somebody_outside() {
	prints <<-'END'
		removed
	END
	needs CAP_SYS_PTRACE ustat flock unshare
	mkdir elsewhere
	hold $P -b $B -C / --
	one=$!
	hold unshare -m sh -c 'mount --bind $(echo privtmp.*/tmp) elsewhere; exec "$@"' sh
	kill_cleaner
	release $one
	$P --sweep -b $B | sed 's/ .*//'
	release
}

_rename_and_unmount() {
	mkdir base other
	hold $P -b $B/base -C / --
	kill -KILL $(cleaners_of $B/base)
	until_ok flock -n base/privtmp.* true
	mv base moved
	$P --sweep -b $B/moved | sed 's/.*: /renamed: /'
	release
	$P --sweep -b $B/moved | sed 's/ .*//; s/^/renamed: /'
	# An umount of the base changes nothing for the cleaner.
	mount -t tmpfs base moved
	mount --bind moved other
	hold $P -b $B/moved -C / --
	umount -l moved
	$P --sweep -b $B/other | sed 's/.*: /unmounted: /'
	release
	gone other
	until_ok umount other
}

sweep__and_cleaner_know_a_base_that_was_renamed_or_unmounted() {
	prints <<-'END'
		renamed: it is in use, though its cleaner has gone
		renamed: removed
		unmounted: it is in use
	END
	needs CAP_SYS_PTRACE ustat flock unshare
	apart _rename_and_unmount
}

lock__is_taken_before_anything_is_made_and_the_record_before_the_cleaner_is_told() {
	prints <<-'END'
		calls: mkdir flock mkdir symlink send
	END
	needs strace
	strace -qq -f -o trace -e trace=/^mkdir,/^flock,/^symlink,/^send $P -b $B -C / true
	# Of what is sent, only the commit.
	sed '/send/{/"c"/!d;}; s/to(.*//' trace >calls
	echo calls: $(sed -n 's/at(.*//; s/(.*//; s/^[0-9]* *\([a-z]*\)$/\1/p' calls)
	gone
}

sweep__without_ustat_leaves_what_is_of_this_boot() {
	prints <<-'END'
		left B/privtmp.nowXXX: *ustat*next boot*
		left B/privtmp.nowXXX: *ustat*next boot*
		removed
	END
	needs ustat strace
	_dead_cell privtmp.nowXXX $(_boot_id) 0:1 3
	for error in ENOSYS EPERM; do
		strace -qq -o /dev/null $(inject ustat error=$error) $P --sweep -b $B |
			sed "s,$B,B,"
	done
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__again_and_again_while_twenty_start_loses_none() {
	prints <<-'END'
		20 up
		 20 still
	END
	mkfifo gate
	exec 8<>gate
	for _ in $(seq 20); do
		$P -b $B -u $U -C / -- sh -c 'echo up >/tmp/f; cat /tmp/f; read -r x; cat /tmp/f >&2' <&8 >>up 2>>still &
	done
	until_ok sh -c '$P --sweep -b $B >>swept; [ $(wc -l <up) = 20 ]'
	echo $(cells_in $B | wc -l) up
	yes 2>/dev/null | head -n 20 >&8
	wait
	sed 's/up/still/' still | uniq -c | tr -s ' '
	gone
}
