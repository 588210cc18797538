# Who the command runs as, and that nothing of root is left to it.
# shellcheck shell=sh

identity__is_the_users_in_all_places() {
	prints <<-'END'
		Uid: u u u u
		Gid: g g g g
		CapInh: 0000000000000000
		CapPrm: 0000000000000000
		CapEff: 0000000000000000
		CapAmb: 0000000000000000
	END
	$P -u $U -- grep -E '^(Uid|Gid|Cap(Inh|Prm|Eff|Amb)):' /proc/self/status | tr '\t' ' ' |
		sed "/^Uid/s/ $UID_\>/ u/g; /^Gid/s/ $GID_\>/ g/g"
	test "$($P -u $U -- id)" = "$(id $U)"
}

identity__drops_all_whatever_the_caller_had() {
	prints <<-'END'
		empty sets: 4
	END
	needs CAP_NET_ADMIN setpriv
	setpriv --inh-caps +chown,+net_admin --ambient-caps +chown,+net_admin \
		--securebits +no_setuid_fixup \
		$P -u $U -- grep -E '^Cap(Inh|Prm|Eff|Amb):.0000000000000000' /proc/self/status >sets
	echo "empty sets: $(wc -l <sets)"
}

# Run the program with securebits of the caller's. The ambient set is what NOROOT leaves to root.
_with_securebits() {
	bits=$1
	shift
	capabilities=+chown,+dac_override,+fowner,+setgid,+setuid,+setpcap,+sys_admin
	setpriv --inh-caps $capabilities --ambient-caps $capabilities --securebits $bits \
		$P -b $B -u $U -C / -- "$@"
}

identity__leaves_no_securebits_to_setuid_programs() {
	prints <<-'END'
		Securebits: [[]none]
		Securebits: noroot_locked,no_setuid_fixup_locked
		setuid: nothing left
		setresuid: nothing left
		setuid: nothing left
		setresuid: nothing left
	END
	needs setpriv
	cp $T/build/helpers/drop .
	chmod 4755 drop
	_with_securebits +noroot,+no_setuid_fixup setpriv --dump | grep ^Securebits
	_with_securebits +noroot_locked,+no_setuid_fixup_locked setpriv --dump | grep ^Securebits
	_with_securebits +noroot $B/drop
	_with_securebits +no_setuid_fixup $B/drop
	gone
}

identity__is_refused_where_dangerous_securebits_are_locked() {
	prints <<-'END'
		125 privtmp: securebits: * is locked: *
		125 privtmp: securebits: * is locked: *
		125 privtmp: securebits: clearing them takes CAP_SETPCAP: Operation not permitted
		uid: 0
	END
	needs setpriv
	refused _with_securebits +noroot,+noroot_locked true
	refused _with_securebits +no_setuid_fixup,+no_setuid_fixup_locked true
	refused setpriv --bounding-set -setpcap --securebits +no_setuid_fixup $P -b $B -u $U true
	gone
	setpriv --securebits +no_setuid_fixup,+no_setuid_fixup_locked $P -b $B -- sh -c 'echo "uid: $(id -u)"'
	gone
}

identity__of_root_that_is_only_pretended_is_refused() {
	prints <<-'END'
		125 privtmp: user 0 has no capability here: fakeroot and proot only pretend *
		125 privtmp: user 0 has no capability here: fakeroot and proot only pretend *
		uid: 0
	END
	needs plain fakeroot setpriv user_namespace_of_user
	refused as_user fakeroot $P true
	refused as_user fakeroot $P -u $U true
	as_user $P -t -C / -- fakeroot sh -c 'echo "uid: $(id -u)"'
}

identity__is_the_callers_without_user() {
	prints <<-'END'
		uid: 0
		/home/of/caller
	END
	HOME=/home/of/caller $P -- sh -c 'echo "uid: $(id -u)"; echo $HOME'
}

identity__takes_a_number_for_a_known_user() {
	test "$($P -u $UID_ -- id)" = "$(id $U)"
}

identity__takes_an_unknown_number_with_a_group_only() {
	prints <<-'END'
		uid: 54321
		groups: 54322
		54321 / /bin/sh
		125 privtmp: user '54321': no such user; a bare number needs a group: *
	END
	$P -u 54321:54322 -- sh -c 'echo "uid: $(id -u)"; echo "groups: $(id -G)"; echo $USER $HOME $SHELL'
	refused $P -u 54321 true
}

identity__takes_another_group() {
	prints <<-'END'
		daemon
		daemon
		group
		daemon
		group
	END
	$P -u $U:daemon -- id -gn
	$P -u $U -g daemon -- id -gn
	$P -g $GID_ -u $U:daemon -- id -g | sed "s/^$GID_$/group/"
	$P -u $U:daemon -- stat -c %G /tmp
	$P -u daemon:daemon -u $U -- id -g | sed "s/^$GID_$/group/"
}

identity__is_refused_when_it_is_none() {
	prints <<-'END'
		times: 13 125 privtmp
		125 privtmp: --group: * needs a --user to go with
	END
	for user in 4294967295 4294967295:0 0:4294967295 4294967296 99999999999999999999 \
		+33 ' 33' '33 ' 0x21 nosuchuser '' :0 0:; do
		refused $P -u "$user" true
	done | sed 's/: .*//' | uniq -c | sed 's/^ */times: /'
	refused $P -g $GID_ true
}

_evil_users() {
	mount --bind passwd /etc/passwd
	refused $P -u evil id -u
	refused $P -u evil2 id -g
}

identity__of_the_database_is_refused_when_it_is_none() {
	prints <<-'END'
		125 privtmp: user 'evil': id 4294967295 is no user or group
		125 privtmp: user 'evil2': id 4294967295 is no user or group
	END
	needs unshare
	grep -v :4294967295: /etc/passwd >passwd
	echo evil:x:4294967295:1::/:/bin/sh >>passwd
	echo evil2:x:5:4294967295::/:/bin/sh >>passwd
	apart _evil_users
}

identity__has_no_way_back() {
	prints <<-'END'
		not root
		not unmounted
	END
	needs setpriv
	$P -u $U -- setpriv --reuid 0 true 2>/dev/null || echo not root
	$P -u $U -- umount /tmp 2>/dev/null || echo not unmounted
}

identity__has_a_session_keyring_of_its_own() {
	prints <<-'END'
		keys outside: 1
		keys inside: 0
	END
	needs keyctl add_key
	keyctl session - sh -uc '
		keyctl add user privtmp-test secret @s >/dev/null
		echo "keys outside: $(keyctl show @s | grep -c privtmp-test)"
		echo "keys inside: $($P -u $U -- keyctl show @s | grep -c privtmp-test)"' 2>/dev/null
}

identity__that_was_not_taken_is_noticed() {
	prints <<-'END'
		125 privtmp: setgroups: claimed success, *
		125 privtmp: setresgid: claimed success, *
		125 privtmp: setresuid: claimed success, *
		125 privtmp: capset: claimed success, *
	END
	needs strace setpriv
	for call in setgroups setresgid setresuid; do
		refused strace -qq -o /dev/null $(inject $call retval=0) \
			$P -b $B -u $U -- echo ran
		gone
	done
	refused setpriv --inh-caps +chown \
		strace -qq -o /dev/null $(inject capset retval=0) \
		$P -b $B -u $U -- echo ran
	gone
}

identity__of_two_hundred_at_once_needs_no_keys_of_the_users() {
	prints <<-'END'
		instances: 200
	END
	needs CAP_SYS_PTRACE keyctl add_key python3 '500 files'
	keyctl session - python3 $T/tests/system/many.py list $P $U $B 2>/dev/null | sed "s/^/instances: /"
	gone
}

identity__of_a_user_whose_quota_of_keys_is_full() {
	prints <<-'END'
		*Disk quota exceeded
		started
	END
	needs keyctl add_key setpriv
	as_user keyctl session - sh -c '
		i=0
		while [ $i -lt 1000 ] && keyctl add user privtmp-test-$i x @u >/dev/null; do
			i=$((i + 1))
		done' 2>&1 | grep quota
	keyctl session - $P -u $U -- echo started 2>/dev/null
	as_user keyctl clear @u
}

identity__keeps_the_parent_death_signal() {
	prints <<-'END'
		up
		told
	END
	needs python3
	cat >parent.py <<-'END'
		import ctypes, os, signal, sys
		ends = os.pipe()
		if os.fork() == 0:
		    ctypes.CDLL(None).prctl(1, signal.SIGUSR1)
		    os.dup2(ends[1], 1)
		    os.execv(sys.argv[1], sys.argv[1:])
		os.close(ends[1])
		print(os.fdopen(ends[0]).readline(), end="", flush=True)
	END
	cat >child.py <<-'END'
		import os, signal
		signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
		print("up", flush=True)
		signal.sigwait({signal.SIGUSR1})
		os.write(2, b"told\n")
	END
	python3 parent.py $P -b $B -u $U -C / -- python3 $B/child.py 2>&1 | cat
	gone
}

identity__leaves_no_moment_for_other_processes_of_the_user() {
	prints <<-'END'
		setresuid(u, u, u) = 0
		prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE*) = 0
	END
	needs strace
	strace -qq -o trace -e 'trace=/^setresuid(32)?$,prctl,capset,execve' $P -t -u $U -- true
	sed 's/^setresuid32/setresuid/' trace | grep -A 1 "setresuid($UID_, $UID_" | tr -s ' ' |
		sed "s/\<$UID_\>/u/g"
}

_groups_in_another_order() {
	mount --bind group /etc/group
	unshare -U sh -euc 'echo >ready; read -r x <gate; exec "$@"' sh \
		$P -t -u $U -- sh -c 'echo groups: $(id -G | tr " " "\n" | sort -n)' &
	until_ok test -e ready
	echo "0 0 1000000" >/proc/$!/uid_map
	# 50001 is below 50000 outside.
	printf '0 0 50000\n50000 50001 1\n50001 50000 1\n' >/proc/$!/gid_map
	echo >gate
	wait $!
}

identity__has_its_groups_in_any_order_of_the_kernels() {
	prints <<-'END'
		groups: * 50000 50001
	END
	needs unshare CAP_SYS_ADMIN user_namespace
	grep -v '^privtmp-test' /etc/group >group
	echo "privtmp-test1:x:50000:$U" >>group
	echo "privtmp-test2:x:50001:$U" >>group
	mkfifo gate
	chmod 666 gate
	apart _groups_in_another_order
}
