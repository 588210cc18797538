# What is done around a test: run.sh PART FILE TEST [STATUS], where PART is
#
#   stage     once, in the mount namespace of the runner: copy the tree to a tmpfs
#   test      in a mount namespace where /tmp, /var/tmp and /dev/shm are the test's own: run the function TEST of FILE
#   check     compare what it printed with what it was to print, and the mounts with those before
#   clean     in the namespace of the runner: remove the scratch directory, SCRATCH
#
# shellcheck shell=sh

part=$1 file=$2 name=$3 status=$4

export T="$SCRATCH/tree" P="$SCRATCH/tree/privtmp" B="$SCRATCH/work" FILE="$SCRATCH/tree/$file"
# Limits of time in a test are parts of this one, which is longer on slow machines.
export DEADLINE="${DEADLINE:-60}"

stage() {
	mount -t tmpfs -o mode=755 privtmp-test "$SCRATCH"
	mkdir -p "$T/build"
	cp -R .ci .clang-format .clang-tidy .editorconfig .gitignore LICENSE Makefile README.md \
		man privtmp src tests "$T"
	cp -R build/helpers "$T/build"
	# A umask can have kept others than the owner out.
	chmod -R a+rX,go-w "$T"
}

run_test() {
	cat /proc/self/mountinfo >"$SCRATCH/mounts"
	: >"$SCRATCH/expected"
	exec >"$SCRATCH/output" 2>&1
	export RUNNER=$PPID
	cd "$B"
	. "$T/tests/system/lib.sh"
	. "$FILE"
	"$name"
}

# The mounts, without what others on this machine can change: the path of a mount's root, which they
# can rename, and mounts whose mount point they have removed.
mounts() {
	while read -r id parent device _ point rest; do
		if [ -e "$point" ]; then
			echo "$id $parent $device $point $rest"
		fi
	done <"$1"
}

# Replace each line of the output that matches the pattern in its place by the pattern, so that diff
# shows what is wrong.
compare() {
	same=yes
	exec 3<expected
	while IFS= read -r line || [ -n "$line" ]; do
		IFS= read -r pattern <&3 || same=no pattern=
		# shellcheck disable=SC2254 # Not quoted: a pattern.
		case $line in
		$pattern) line=$pattern ;;
		*) same=no ;;
		esac
		printf '%s\n' "$line"
	done <output >got
	! read -r pattern <&3 || same=no
	[ $same = yes ] || diff -U 99 -L expected -L got expected got
}

# Say what is wrong, if anything.
check() {
	case $status in
	-1) [ ! -e waiting ] || sed 's/^/waiting for: /' waiting ;;
	0) ;;
	*) echo "exit status $status" ;;
	esac
	compare || :
	before=$(mounts mounts)
	after=$(mounts /proc/self/mountinfo)
	if [ "$before" != "$after" ]; then
		echo "$before" >before
		echo "$after" >after
		diff -U 0 -L 'mounts before' -L 'mounts after' before after || :
	fi
	find /tmp /var/tmp /dev/shm work -maxdepth 2 -name 'privtmp.*' | while read -r cell; do
		echo "left behind: $cell"
	done
}

case $part in
stage)
	stage
	;;
test)
	run_test
	;;
check)
	cd "$SCRATCH"
	if [ "$status" = 77 ]; then
		sed 's/^/# /' output
		exit 77
	fi
	[ ! -e without ] || sort -u without | sed 's/^/# /'
	wrong=$(check 2>&1)
	if [ -n "$wrong" ]; then
		echo "$wrong" | sed 's/^/# /'
		exit 1
	fi
	;;
clean)
	# Nothing of the test is mounted here; remove nothing that is.
	while read -r mount; do
		case $mount in
		*" $SCRATCH"*) exit 1 ;;
		esac
	done </proc/self/mountinfo
	rm -rf "$SCRATCH" 2>/dev/null || {
		chattr -R -f -a -i "$SCRATCH" || :
		rm -rf "$SCRATCH"
	}
	;;
esac
