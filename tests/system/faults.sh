# Every system call, every occurrence, with every error that matters; and the end of the process.
# shellcheck shell=sh

fault__in_the_main_process_means_all_or_nothing() { # long
	prints <<-'END'
		[1-9][0-9]* cases, 0 bad
	END
	needs plain strace python3
	python3 $T/tests/system/faults.py $P $U $B parent
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
	needs CAP_SYS_PTRACE strace python3 unshare
	# The cleaner asks every process that it sees: here there are no others.
	unshare -pf --mount-proc sh -c '"$@"; :' sh \
		python3 $T/tests/system/faults.py $P $U $B cleaner
}
