# What every trial finds:
#
#   $P        the program, which all users can get at wherever the tree is; $T the top of the tree
#   $U        an ordinary user, $UID_ and $GID_ the numbers
#   $B        the current directory, empty, root's alone to write to: good as a --base
#
# After each trial the host has to be as it was: the same table of mounts, no directory and no cleaner of ours left. That
# is seen to by who runs it. Trials wait for events, with a deadline, by until_ok.
# shellcheck shell=sh

cd "$B" || exit
# What this make was told is not for those that trials start.
unset MAKEFLAGS MFLAGS SANITIZE STATIC
[ "$P" = "$B/.privtmp" ] || cp "$P" .privtmp
export P="$B/.privtmp"

# Run a command again and again until it succeeds.
until_ok() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || { echo "never: $*" >&2; exit 99; }
		sleep 0.01
	done
}

# The cells in some directories, but for those that are other people's business.
others=$(echo /tmp/privtmp.* /var/tmp/privtmp.* /dev/shm/privtmp.*)
cells_in() {
	for dir; do
		for cell in "$dir"/privtmp.*; do
			case " $others " in *" $cell "*) ;; *) [ ! -e "$cell" ] || echo "$cell" ;; esac
		done
	done
}

no_cell_in() {
	! cells_in "$1" | grep .
}

gone() {
	until_ok no_cell_in "$B"
}

# Show a command's exit status and what it said on standard error.
refused() {
	"$@" 2>refused.err && echo "ran: $*" || echo "$? $(cat refused.err)"
	rm -f refused.err
}

AS_USER="setpriv --reuid $UID_ --regid $GID_ --clear-groups --"
as_user() {
	$AS_USER "$@"
}

# hold COMMAND...: run it with "sh -c ..." added; go on when that runs, which then waits for release. Its pid is $!.
held=
trap '[ -z "$held" ] || kill $held 2>/dev/null || :' EXIT
hold() {
	[ -p hold.in ] || mkfifo hold.in hold.out
	"$@" sh -c 'echo up; read -r word' <>hold.in >hold.out &
	held="$held $!"
	read -r _ <hold.out
}

# End one that is held.
release() {
	echo >hold.in
}

# The pids of the cleaners that hold something in a directory.
cleaners_of() {
	for process in /proc/[0-9]*; do
		if readlink "$process"/fd/* 2>/dev/null | grep -q "^$1/privtmp\."; then
			echo "${process#/proc/}"
		fi
	done
}

# An example of the manual, word for word.
example() {
	sed -n "/^\.\\\\\" example: $1\$/,/^\.Ed\$/{/^\./!{s/\\\\-/-/g;s/\\\\e/\\\\/g;p;};}" "$T/man/privtmp.1"
}

# Run the script on standard input on what looks like a freshly booted machine, where privtmp is installed: /tmp is that of
# this machine alone.
machine() {
	{
		cat <<-'END'
			. "$T/tests/system/preamble.sh"
			mount -t tmpfs -o mode=1777 machine /tmp
			for dir in /run /usr/local/bin /var/log; do mount -t tmpfs -o mode=755 machine $dir; done
			cp "$P" /usr/local/bin/privtmp
			# What is left when something goes wrong.
			trap 'kill $(cat /run/*.pid 2>/dev/null) $(jobs -p) 2>/dev/null || :' EXIT
		END
		cat
	} >machine.sh
	unshare -m sh -eu machine.sh
}
