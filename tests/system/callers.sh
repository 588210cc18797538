# Those who run the program, and what they have left set.
# shellcheck shell=sh

caller__that_reads_to_the_end_goes_on_when_the_command_ends() {
	prints <<-'END'
		x
	END
	test "$($P -b $B -u $U -C / -- sh -c 'echo x; exec 2>&1')" = x
	$P -b $B echo x 2>&1 | cat
	gone
}

caller__that_ignores_sigchld_gets_the_command_all_the_same() {
	prints <<-'END'
		1
	END
	env --ignore-signal=CHLD $P -b $B -- grep -c 'SigIgn:.*1....$' /proc/self/status
	gone
}

caller__that_blocks_all_signals_finds_them_blocked() {
	prints <<-'END'
		SigPnd: 0000000000000000
		ShdPnd: 0000000000000000
		SigBlk: fffffffe7ffbfeff
		SigIgn: fffffff*fa??
	END
	needs python3
	cat >block.py <<-'END'
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
		for s in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
		    signal.signal(s, signal.SIG_IGN)
		os.execv(sys.argv[1], sys.argv[1:])
	END
	python3 block.py $P -b $B -u $U -C / -- \
		grep -E '^Sig(Blk|Ign|Pnd)|^ShdPnd' /proc/self/status | tr '\t' ' '
	gone
}

caller__whose_background_children_go_on_keeps_them() {
	prints <<-'END'
		done
		child
		command
	END
	sh -c 'sleep 0.2 & exec $P -b $B -C / -- sh -c "wait; echo done"'
	mkfifo go went
	cat >script <<-'END'
		echo >$B/go
		read -r x <$B/went
		echo command
	END
	sh -c '(read -r x <go; echo child; echo >went) & exec $P -b $B -C / -- sh $B/script'
	gone
}

caller__with_few_descriptors_is_served() {
	prints <<-'END'
		12
		tmpfs
	END
	(
		ulimit -n 12
		$P -b $B -u $U -C / -- sh -c 'ulimit -n'
		$P -t -u $U -- echo tmpfs
	)
	gone
}

caller__with_too_few_descriptors_gets_a_reason() {
	prints <<-'END'
		125 privtmp:
		125 privtmp:
	END
	needs plain
	for n in 4 5; do
		refused sh -c "ulimit -n $n; exec $P -b $B -u $U -C / true" | cut -c 1-12
		gone
	done
}

caller__with_tiny_limits_has_its_directory_removed_all_the_same() {
	prints <<-'END'
		killed
	END
	needs plain prlimit
	cat >busy <<-'END'
		for i in 1 2 3 4 5 6 7 8 9; do
			mkdir -p /tmp/$i/a/b
		done
		while :; do :; done
	END
	{ prlimit --cpu=1 $P -b $B -u $U -C / -- sh $B/busy || echo killed; } 2>/dev/null
	gone
	for limit in fsize=0 as=20000000 stack=65536; do
		prlimit --$limit $P -b $B -u $U -C / -- mkdir -p /tmp/a/b
		gone
	done
	prlimit --nproc=1 $P -b $B -C / -- mkdir -p /tmp/a/b
	gone
}

_daemon_without_proc() {
	umount -l /proc
	$P -b $B -u $U -C / -- id -u
	$P -b $B -u $U -C / -- sh -c 'setsid sleep 0.1 & echo daemon'
}

caller__without_proc_is_served() {
	prints <<-'END'
		[1-9]*
		daemon
	END
	needs plain unshare python3 statmount
	apart _daemon_without_proc
	gone
}

caller__without_argv_gets_a_shell() {
	prints <<-'END'
		shell
	END
	needs python3
	cat >bare.py <<-'END'
		import ctypes, sys
		argv = (ctypes.c_char_p * 2)(None, None)
		environment = (ctypes.c_char_p * 2)(b"PATH=/bin:/usr/bin", None)
		ctypes.CDLL(None).execve(sys.argv[1].encode(), argv, environment)
	END
	echo 'echo shell' | python3 bare.py $P
}

caller__with_two_megabytes_of_arguments_is_served() {
	prints <<-'END'
		200000 6
		125 privtmp: --user: * too long
	END
	(
		ulimit -s 65536
		$P -b $B -u $U -C / -- sh -c 'echo $# ${#1}' sh $(seq 200000 | sed 's/.*/xxxxxx/')
	)
	gone
	refused $P -u "$(head -c 100000 /dev/zero | tr '\0' x)" true
}

caller__in_a_removed_directory_starts_in_the_private_one() {
	prints <<-'END'
		/tmp
		x
	END
	mkdir removed
	cd removed
	rmdir ../removed
	$P -u $U -- sh -c 'pwd -P; touch x && ls'
}

caller__that_is_killed_with_its_command_leaves_nothing() {
	hold $P -b $B -C / --
	kill -KILL $!
	gone
	release
}

caller__that_adopts_orphans_does_not_make_the_cleaner_a_child_of_the_command() {
	prints <<-'END'
		1
		no child
	END
	needs python3
	cat >adopt.py <<-'END'
		import ctypes, os, sys
		ctypes.CDLL(None).prctl(36, 1)
		os.execv(sys.argv[1], sys.argv[1:])
	END
	cat >children.py <<-'END'
		import ctypes, os
		adopting = ctypes.c_int()
		ctypes.CDLL(None).prctl(37, ctypes.byref(adopting))
		print(adopting.value)
		try:
		    os.wait()
		except ChildProcessError:
		    print("no child")
	END
	python3 adopt.py $P -b $B -C / -- python3 $B/children.py
	gone
}

caller__in_another_mount_namespace_does_not_stay_there() {
	prints <<-'END'
		/tmp
		125 privtmp: --chdir: /proc/*/root/etc leads outside
	END
	hold $P -b $B --
	cd /proc/$!/root/etc
	$P -b $B -- sh -c 'pwd -P; ls -A'
	cd $B
	refused $P -b $B -C /proc/$!/root/etc true
	release
	gone
}
