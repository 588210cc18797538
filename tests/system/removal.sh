# What makes the removal of a cell hard: its file system, its shape, its owner, and root.
# shellcheck shell=sh

# Make a file system in a file: _image TYPE SIZE [OPTION]...
_image() {
	type=$1
	grep -qw $type /proc/filesystems || modprobe $type 2>/dev/null || lacks "$type in the kernel"
	losetup -f >/dev/null 2>&1 || lacks 'a loop device'
	rm -f image
	truncate -s $2 image
	shift 2
	mkfs.$type -q "$@" image >mkfs.log 2>&1
}

_mounted() {
	mkdir -p disk
	mount "$@" disk
	chmod 1777 disk
}

_project_ids() {
	_mounted -o loop image
	# All that is made in it inherits that id, and can be given another one, but then not be moved.
	chattr -p 5 +P disk
	cat >script <<-'END'
		mkdir -p /tmp/a/b
		chattr -p 7 +P /tmp/a/b
		lsattr -pd /tmp/a/b | tr -s ' ' | sed 's/^ //; s/ .*//; s/^/project: /'
		mkdir -p /tmp/a/b/$(yes d | head -n 40 | tr '\n' /)
	END
	$P -b $B/disk -u $U -C / -- sh $B/script
	gone disk
}

removal__of_directories_with_a_project_id_of_their_own() {
	prints <<-'END'
		project: 7
	END
	needs mkfs.xfs chattr losetup unshare
	_image xfs 300M
	apart _project_ids
}

_encrypted() {
	_mounted -o loop image
	$P -b $B/disk -u $U -C / -- python3 $T/tests/system/encrypt.py /tmp/a
	gone disk
}

removal__of_encrypted_directories_without_their_key() {
	prints <<-'END'
		locked
	END
	needs mkfs.ext4 python3 losetup unshare
	_image ext4 20M -O encrypt
	apart _encrypted >out
	! grep -q unsupported out || lacks 'encryption in the kernel'
	cat out
}

_subvolumes() {
	_mounted -o loop image
	cat >script <<-'END'
		d=/tmp
		for i in $(seq 12); do
			btrfs -q subvolume create $d/s
			mkdir -p $d/s/a/b
			touch $d/s/x $d/s/a/y
			d=$d/s/a/b
		done
		btrfs -q subvolume snapshot -r /tmp/s /tmp/r
		btrfs -q subvolume snapshot -r /tmp/s/a/b/s/a/b/s /tmp/s/a/b/r
		btrfs property set /tmp/s/a/b/s/a/b/s ro true
		ls /tmp/s
		touch /tmp/r/x 2>/dev/null || echo read-only
	END
	$P -b $B/disk -u $U -C / -- sh $B/script
	gone disk
	echo "subvolumes: $(btrfs subvolume list disk | wc -l)"
}

removal__of_subvolumes_of_the_users_own_twelve_deep() {
	prints <<-'END'
		a
		x
		read-only
		subvolumes: 0
	END
	needs mkfs.btrfs btrfs losetup unshare
	_image btrfs 200M
	apart _subvolumes
}

# A tree, deep and wide, and then all that there is space for.
_full() {
	_mounted "$@"
	cat >script <<-'END'
		mkdir -p /tmp/$(yes d | head -n 100 | tr '\n' /)
		seq 300 | sed 's,^,/tmp/,' | xargs mkdir
		seq 300 | sed 's,.*,/tmp/&/f,' | xargs touch
		for size in 64M 8M 1M 64k 4k; do
			i=0
			while fallocate -l $size /tmp/$size.$i; do i=$((i + 1)); done
		done 2>/dev/null
		i=0
		while true >/tmp/i.$i; do i=$((i + 1)); done 2>&1 | sed 's/.*: //'
	END
	$P -b $B/disk -u $U -C / -- sh $B/script
	gone disk
	until_ok umount disk
}

removal__where_the_file_system_is_full() {
	prints <<-'END'
		No space left on device
		No space left on device
		No space left on device
		No space left on device
	END
	needs mkfs.ext4 mkfs.xfs mkfs.btrfs fallocate losetup unshare
	apart _full -t tmpfs -o size=8m,nr_inodes=1500 full
	_image ext4 20M -m 0 -N 1500
	apart _full -o loop image
	_image xfs 300M
	apart _full -o loop image
	_image btrfs 40M --mixed
	apart _full -o loop image
}

# Let the cleaner of what is held get a signal at one of its calls of unlinkat: _signalled SIGNAL CALL.
_signalled() {
	cleaner=$(cleaners_of $B)
	strace -o trace -p $cleaner $(inject unlinkat signal=$1:when=$2) 2>/dev/null &
	until_ok grep -q 'TracerPid:.[^0]' /proc/$cleaner/status
}

removal__does_not_follow_what_root_moves_away() {
	prints <<-'END'
		outside
		outside/d
		outside/f
		outside/moved
	END
	needs CAP_SYS_PTRACE host strace
	hold $P -b $B -u $U -C / --
	cell=$(cells_in $B)
	mkdir -p $cell/tmp/$(yes d | head -n 40 | tr '\n' /) outside/d
	touch outside/f
	# On the way up, after half of them.
	_signalled STOP 20
	release
	until_ok grep -q 'stopped by' trace
	mv $cell/tmp/d/d/d/d/d outside/moved
	kill -CONT $cleaner
	gone
	find outside | sort
}

removal__that_is_interrupted_is_completed_by_the_next() {
	prints <<-'END'
		cells: 1
		removed
	END
	needs CAP_SYS_PTRACE ustat host strace
	hold $P -b $B -u $U -C / --
	mkdir -p $(cells_in $B)/tmp/$(yes d | head -n 40 | tr '\n' /)
	_signalled KILL 20
	release
	wait
	echo "cells: $(cells_in $B | wc -l)"
	$P --sweep -b $B | sed 's/ .*//'
}
