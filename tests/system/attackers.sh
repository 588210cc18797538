# The user as attacker, during the removal. The cleaner has to win, and to stay small.
# shellcheck shell=sh

attack__with_a_tree_that_is_deep_or_wide_or_both() {
	prints <<-'END'
		few small
		few small
		few small
	END
	needs CAP_SYS_PTRACE python3
	mkfifo gate
	exec 8<>gate
	cat >script <<-'END'
		python3 $T/tests/system/attack.py $1
		echo up
		read -r x
	END
	for attack in deep wide both; do
		# In memory, where making such a tree takes less time than removing it.
		$P -b /dev/shm -u $U -C / -- sh $B/script $attack <&8 >$attack.up &
		until_ok grep -q up $attack.up
		python3 $T/tests/system/watch.py $(cleaners_of /dev/shm) gate
		wait
		gone /dev/shm
	done
}

_with_log() {
	mkdir outer
	mount --rbind /dev outer
	mount -t tmpfs dev /dev
	cp -a outer/null outer/zero outer/urandom /dev/
	python3 $T/tests/system/log.py >log &
	logger=$!
	until_ok grep -q up log
	hold $P -b $B -u $U -C / --
	cell=$(cells_in $B)
	cleaner=$(cleaners_of $B)
	mkdir -p $cell/tmp/a/b/c $cell/tmp/d
	touch $cell/tmp/a/b/f $cell/tmp/a/b/g $cell/tmp/d/f
	chattr +i $cell/tmp/a/b/f
	chattr +a $cell/tmp/d
	release
	until_ok sh -c "! grep -q '^State:.[^ZX]' /proc/$cleaner/status"
	wait $logger
}

attack__with_immutable_and_append_only_files_loses_the_rest_and_is_logged() {
	prints <<-'END'
		privtmp[[]]: cell: left behind: Operation not permitted
		f
		f
		removed
	END
	needs CAP_LINUX_IMMUTABLE CAP_SYS_PTRACE host chattr python3 unshare
	apart _with_log
	grep -o 'privtmp\[.*left behind: .*' log | sed "s,$B.*: left,cell: left,; s/\[.*\]/[]/"
	find privtmp.* -type f | sed 's,.*/,,'
	chattr -R -f -i -a privtmp.*
	$P --sweep -b $B | sed 's/ .*//'
}

attack__with_one_descriptor_that_goes_on_creating_and_descending() {
	needs python3 setpriv
	mkdir -m 777 open
	mkfifo told
	exec 8<>told
	as_user python3 $T/tests/system/creators.py descend open/socket >told &
	read -r _ <&8
	$P -b $B -u $U -C / -- python3 $T/tests/system/creators.py inside $B/open/socket
	read -r _ <&8
	wait $!
	gone
}
