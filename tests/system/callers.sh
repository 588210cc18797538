# Those who run the program: what they have left set, and whether they can type what messages suggest.
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
		SigIgn: *1????
	END
	env --ignore-signal=CHLD $P -b $B -- grep SigIgn: /proc/self/status | tr '\t' ' '
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
		limit: 12
		tmpfs
	END
	(
		ulimit -n 12
		$P -b $B -u $U -C / -- sh -c 'echo "limit: $(ulimit -n)"'
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
	$P -b $B -u $U -C / -- sh -c 'echo "uid: $(id -u)"'
	$P -b $B -u $U -C / -- sh -c 'setsid sleep 0.1 & echo daemon'
}

caller__without_proc_is_served() {
	prints <<-'END'
		uid: [1-9]*
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
		arguments: 200000 of bytes: 6
		125 privtmp: --user: * too long
	END
	(
		ulimit -s 65536
		$P -b $B -u $U -C / -- sh -c 'echo "arguments: $# of bytes: ${#1}"' sh $(seq 200000 | sed 's/.*/xxxxxx/')
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
		adopts: 1
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
		print("adopts:", adopting.value)
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

# What each message suggests, typed: a line for the message, and one for what was typed then.
caller__can_type_what_is_suggested_for_an_option() {
	prints <<-'END'
		125 privtmp: --size: '1k' is less than a page of memory, 4k
		typed: 4k
		125 privtmp: --size: '64mb' is not a size: write 64m, 1g or 5%
		typed: 64m 1g 5%
		125 privtmp: --inodes: '0' is not a number from 1 on: digits with an optional k, m or g
		typed: 1 1k 1m 1g
		125 privtmp: --mode: '8' is not an octal mode up to 7777
		mode: 7777
		125 privtmp: --propagation: 'shared' is not private or slave
		typed: private slave
		125 privtmp: --group: 'daemon' needs a --user to go with
		group: daemon
		125 privtmp: user '54321': no such user; a bare number needs a group: --user=54321:GROUP
		uid: 54321
		125 privtmp: unknown or ambiguous option --statistics; see --help
		Usage
		125 privtmp: --list: is an action by itself; leave out 'x'
		listed
		125 privtmp: --sweep: is an action by itself; leave out 'x'
		swept
	END
	refused $P --size=1k true
	$P --size=4k echo typed: 4k
	refused $P --size=64mb true
	for size in 64m 1g 5%; do $P --size=$size echo $size; done | paste -s -d ' ' | sed 's/^/typed: /'
	refused $P --inodes=0 true
	for count in 1 1k 1m 1g; do $P --inodes=$count echo $count; done | paste -s -d ' ' | sed 's/^/typed: /'
	refused $P --mode=8 true
	$P -t --mode=7777 stat -c 'mode: %a' /tmp
	refused $P --propagation=shared true
	for type in private slave; do $P -t --propagation=$type echo $type; done | paste -s -d ' ' | sed 's/^/typed: /'
	refused $P -g daemon true
	$P -t -g daemon --user=$U -- sh -c 'echo "group: $(id -gn)"'
	refused $P -u 54321 true
	$P -t --user=54321:daemon -- sh -c 'echo "uid: $(id -u)"'
	refused $P --statistics
	$P --help | grep -o '^Usage'
	refused $P --list x
	$P --list >/dev/null && echo listed
	refused $P --sweep x
	$P --sweep && echo swept
}

caller__can_type_what_is_suggested_for_a_directory() {
	prints <<-'END'
		127 privtmp: ./configure (the directory is private, and empty at the start; see --expose): *
		126 privtmp: build/configure (private directories are noexec; see --exec): *
		configured
		125 privtmp: base B/open: others may write to it and it is not sticky; chmod +t, or use another --base, or --tmpfs
		sticky
		another
		tmpfs
		privtmp: AGENT names /tmp/agent, which is not there inside; --expose would keep it
		exposed
		125 privtmp: working directory B/hidden: is another one inside; use --chdir
		/
	END
	mkdir /tmp/build hidden another
	mkdir -m 777 open
	printf '#!/bin/sh\necho configured\n' >/tmp/build/configure
	chmod 755 /tmp/build/configure
	cd /tmp/build
	refused $P -t ./configure
	refused $P -t --expose=/tmp/build build/configure
	$P -t --expose=/tmp/build --exec build/configure
	cd $B
	refused $P --base=$B/open true | sed "s,$B,B,"
	chmod +t open
	$P --base=$B/open echo sticky
	$P --base=$B/another echo another
	$P --tmpfs echo tmpfs
	gone $B/open $B/another
	echo exposed >/tmp/agent
	export AGENT=/tmp/agent
	$P -t -v true 2>&1 | grep AGENT
	$P -t --expose=/tmp/agent -- cat /tmp/agent
	hold $P -t --hide=$B/hidden -C / --
	cd hidden
	refused $P --join=$! true | sed "s,$B,B,"
	$P --join=$! --chdir=/ -- pwd
	release
}

caller__can_type_the_example_of_help() {
	prints <<-'END'
		privtmp -u www-data -- /bin/bash
		Manual: privtmp(1)
	END
	$P --help | sed -n 's/^Example: //p' | tee example
	$P --help | tail -n 1
	id www-data >/dev/null 2>&1 || lacks www-data
	PATH=${P%/*}:$PATH sh -eu example </dev/null
	gone
}
