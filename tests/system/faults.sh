# Every system call, every occurrence, with every error that matters; and the end of the process.
# shellcheck shell=sh

fault__in_the_main_process_means_all_or_nothing() { # long
	prints <<-'END'
		[1-9][0-9]* cases, 0 bad
	END
	needs plain strace python3
	python3 $T/tests/system/faults.py $P $U $B parent
}

fault__with_every_kind_of_mount_means_all_or_nothing() { # long
	prints <<-'END'
		[1-9][0-9]* cases, 0 bad
	END
	needs plain strace python3
	mkdir /tmp/shown /dev/shm/hidden /dev/shm/mounted
	touch /dev/shm/file
	mount -t tmpfs none /dev/shm/mounted
	python3 $T/tests/system/faults.py $P $U $B parent --also=/var/tmp --expose=/tmp/shown:ro --hide=/dev/shm/hidden \
		--hide=/dev/shm/file --unmount=/dev/shm/mounted --no-new-privs
	umount /dev/shm/mounted
}

fault__while_joining_means_all_or_nothing() {
	prints <<-'END'
		[1-9][0-9]* cases, 0 bad
	END
	needs CAP_SYS_PTRACE plain strace python3
	hold $P -b $B -u $U -C / --
	cell=$(cells_in $B)
	python3 $T/tests/system/faults.py $P $U $SCRATCH parent --join=$!
	[ "$cell" = "$(cells_in $B)" ]
	release
	gone
}

fault__in_the_helper_means_all_or_nothing() {
	prints <<-'END'
		[1-9][0-9]* cases, 0 bad
	END
	needs plain strace python3
	python3 $T/tests/system/faults.py $P $U $B helper
}

fault__in_the_waiting_cleaner_leaves_nothing() { # long
	prints <<-'END'
		[1-9][0-9]* cases, 0 bad
	END
	needs CAP_SYS_PTRACE strace python3
	has_ustat || {
		without 'the end of the cleaner: needs ustat'
		export WITHOUT_KILL=1
	}
	python3 $T/tests/system/faults.py $P $U $B cleaner
}
