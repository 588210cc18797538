# --sweep: what is provably dead goes, the rest stays.
# shellcheck shell=sh

sweep__removes_what_is_dead_and_says_so() {
	prints <<-'END'
		removed B/privtmp.123456
		removed B/privtmp.BBBBBB
		removed B/privtmp.aaaaaa
		removed B/privtmp.halfhf
	END
	needs host
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
	needs CAP_SYS_PTRACE host flock
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
	needs CAP_SYS_PTRACE host flock
	hold $P -b $B --
	exec 5</proc/$!/ns/mnt
	kill_cleaner
	release
	$P --sweep -b $B | sed 's/.*: //'
	exec 5<&-
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__leaves_one_that_is_bound_elsewhere() {
	prints <<-'END'
		removed
	END
	needs CAP_SYS_PTRACE host unshare flock
	mkdir elsewhere
	hold $P -b $B --
	one=$!
	hold unshare -m sh -c 'mount --bind $(echo privtmp.*/tmp) elsewhere; exec "$@"' sh
	kill_cleaner
	release $one
	until_ok sh -c "$P --sweep -b $B | grep -q 'process $! has it mounted'"
	release $!
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__in_a_chroot_leaves_one_that_is_bound_outside_of_it() {
	prints <<-'END'
		left
		removed
	END
	needs CAP_SYS_PTRACE host unshare flock chroot
	mkdir -p cells inside elsewhere
	apart _bound_outside
}

_bound_outside() {
	mount -t tmpfs inside inside
	cp -P /bin /lib* /sbin inside
	mkdir inside/usr inside/proc inside/etc inside/cells
	for dir in /usr /proc /etc; do
		mount --bind $dir inside$dir
	done
	mount --bind cells inside/cells
	cp $P inside/privtmp
	hold $P -b $B/cells -C / -- sh -c 'touch /tmp/kept; exec "$@"' sh
	mount --bind $(echo cells/privtmp.*/tmp) elsewhere
	kill -KILL $(cleaners_of $B/cells)
	until_ok flock -n $(cells_in cells) true
	release
	until_ok sh -c 'chroot inside /privtmp --sweep -b /cells | grep -q "process .* has it mounted"'
	[ -e elsewhere/kept ] && echo left
	umount elsewhere
	chroot inside /privtmp --sweep -b /cells | sed 's/ .*//'
}

sweep__that_others_do_at_the_same_time_is_left_to_them() {
	prints <<-'END'
		 5 9
	END
	needs host
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
		cat one two | grep -c 'removed.*dead'
	done | uniq -c | tr -s ' '
}

sweep__looks_where_cells_are_made() {
	prints <<-'END'
		removed /dev/shm/privtmp.sweepX
		removed /tmp/privtmp.sweepX
		removed /var/tmp/privtmp.sweepX
		removed B/also/privtmp.sweepY
	END
	needs host
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
		125 privtmp: --sweep: takes no command, such as 'true'
	END
	needs CAP_LINUX_IMMUTABLE host chattr
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

sweep__in_a_pid_namespace_leaves_what_it_cannot_know_of() {
	prints <<-'END'
		it is in use, though its cleaner has gone
		removed
	END
	needs CAP_SYS_PTRACE host unshare flock
	hold $P -b $B --
	kill_cleaner
	unshare -pf --mount-proc $P --sweep -b $B | sed 's/.*: //'
	release
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__and_list_are_not_kept_from_their_work_by_paths_of_any_length() {
	prints <<-'END'
		1
		removed
	END
	needs CAP_SYS_PTRACE host unshare python3 setpriv user_namespace_of_user
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
	mkdir -m 700 privtmp.deadXX
	hold $P -t -u $U -C / -- sh -c 'unshare -Urm python3 $B/long.py "$@"; :' sh
	$P --list | grep -c "^ *$! "
	$P --sweep -b $B | sed 's/ .*//'
	release
}

# record BOOT PIDNS DEVICE INODES: make a cell with this record, which says nothing of it in the kernel.
_dead_cell() {
	mkdir -m 700 $1
	mkdir -m 770 $1/tmp
	touch $1/tmp/f
	ln -s "$2 $3 $4 $5" $1/record
}

_boot_id() {
	cat /proc/sys/kernel/random/boot_id
}

_pid_namespace() {
	stat -L -c %i /proc/self/ns/pid
}

sweep__finds_a_record_of_the_boot_and_of_the_sentinel() {
	prints <<-'END'
		*-*-*-*-* * *:* *[0-9]
		1
		1
	END
	hold $P -b $B --
	readlink privtmp.*/record
	readlink privtmp.*/record | grep -c "^$(_boot_id) $(_pid_namespace) "
	device=$(readlink privtmp.*/record | cut -d ' ' -f 3)
	awk '$3 == "'$device'" && / privtmp-sentinel /' /proc/$!/mountinfo | wc -l
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
	needs host flock unshare
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
	needs host
	mkdir m
	mount -t tmpfs t m
	_dead_cell privtmp.reboot 01234567-89ab-cdef-0123-456789abcdef 1 \
		$(awk -v m=$B/m '$5 == m { print $3 }' /proc/self/mountinfo) $(stat -f -c %d m)
	$P --sweep -b $B | sed 's/ .*//'
	umount m
}

sweep__knows_a_device_number_that_is_used_again() {
	prints <<-'END'
		removed
		left B/privtmp.sameme: it is in use, though its cleaner has gone
	END
	needs host
	mkdir m
	mount -t tmpfs -o nr_inodes=1000001 t m
	free=$(stat -f -c %d m)
	device=$(awk -v m=$B/m '$5 == m { print $3 }' /proc/self/mountinfo)
	_dead_cell privtmp.number $(_boot_id) $(_pid_namespace) $device $((free + 2))
	$P --sweep -b $B | sed 's/ .*//'
	_dead_cell privtmp.sameme $(_boot_id) $(_pid_namespace) $device $free
	$P --sweep -b $B | sed "s,$B,B,"
	umount m
	rm -r privtmp.*
}

sweep__is_not_kept_from_a_dead_one_by_a_users_mount_of_that_name() {
	prints <<-'END'
		removed
	END
	needs host unshare setpriv user_namespace_of_user
	mkdir -p home/privtmp.deadXX/tmp
	chown -R $U home
	hold $AS_USER unshare -Urm sh -c 'mount --bind $B/home/privtmp.deadXX/tmp /tmp; exec "$@"' sh
	_dead_cell privtmp.deadXX $(_boot_id) $(_pid_namespace) 0:1 3
	$P --sweep -b $B | sed 's/ .*//'
	release
	rm -r home
}

sweep__of_two_bases_with_one_name_in_use_in_one() {
	prints <<-'END'
		removed one
		left B/two/privtmp.nameXX: process * has it mounted
	END
	needs host unshare
	mkdir one two
	for base in one two; do
		(cd $base && _dead_cell privtmp.nameXX $(_boot_id) $(_pid_namespace) 0:1 3)
	done
	hold unshare -m sh -c 'mount --bind $B/two/privtmp.nameXX/tmp /tmp; exec "$@"' sh
	$P --sweep -b $B/one | sed 's/ .*/ one/'
	$P --sweep -b $B/two | sed "s,$B,B,"
	release
	rm -r two
}

sweep__without_ustat_leaves_what_is_of_this_boot() {
	prints <<-'END'
		left B/privtmp.nowXXX: *ustat*next boot*
		left B/privtmp.nowXXX: *ustat*next boot*
		removed
	END
	needs host strace
	_dead_cell privtmp.nowXXX $(_boot_id) $(_pid_namespace) 0:1 3
	for error in ENOSYS EPERM; do
		strace -qq -o /dev/null $(inject ustat error=$error) $P --sweep -b $B |
			sed "s,$B,B,"
	done
	$P --sweep -b $B | sed 's/ .*//'
}

sweep__in_a_container_leaves_what_the_host_has_made_and_not_the_other_way_round() {
	prints <<-'END'
		left B/privtmp.hostXX: it was made in another pid namespace, *
		removed
		removed
	END
	needs host unshare
	_dead_cell privtmp.hostXX $(_boot_id) $(_pid_namespace) 0:1 3
	unshare -pf --mount-proc $P --sweep -b $B | sed "s,$B,B,"
	$P --sweep -b $B | sed 's/ .*//'
	unshare -pf --mount-proc sh -c '$P -b $B -C / true; :'
	until_ok sh -c '$P --sweep -b $B; [ -z "$(ls -d privtmp.* 2>/dev/null)" ]'
	_dead_cell privtmp.contai $(_boot_id) 1 0:1 3
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

sweep__of_a_thousand_dead_ones_takes_no_time() {
	prints <<-'END'
		1000 soon
	END
	needs host python3
	cat >thousand.py <<-'END'
		import os, resource, subprocess
		boot = open("/proc/sys/kernel/random/boot_id").read().strip()
		for i in range(1000):
		    os.makedirs(f"privtmp.dd{i:04}/tmp/a")
		    os.chmod(f"privtmp.dd{i:04}", 0o700)
		    os.symlink(f"{boot} {os.stat('/proc/self/ns/pid').st_ino} 0:1 {2 * i + 1}", f"privtmp.dd{i:04}/record")
		swept = subprocess.run([os.environ["P"], "--sweep", "-b", os.environ["B"]], capture_output=True, text=True).stdout
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		took = used.ru_utime + used.ru_stime
		print(sum(line.startswith("removed ") for line in swept.splitlines()), "soon" if took < int(os.environ["DEADLINE"]) / 30 else took)
	END
	python3 thousand.py
}
