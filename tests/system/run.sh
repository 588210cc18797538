# What is done around a test: run.sh PART FILE TEST [STATUS], where PART is
#
#   stage     once, in the mount namespace of the runner: copy the tree to a tmpfs
#   prepare   in a fresh mount namespace: make /tmp, /var/tmp and /dev/shm the test's own
#   test      run the function TEST of FILE
#   check     compare what it printed with what it was to print, and the host with what it was
#   clean     in the namespace of the host: remove the scratch directory, SCRATCH
#
# shellcheck shell=sh

part=$1 file=$2 name=$3 status=$4

export T="$SCRATCH/tree" P="$SCRATCH/privtmp" B="$SCRATCH/work" FILE="$SCRATCH/tree/$file"
# Limits of time in a test are parts of this one, which is longer on slow machines.
export DEADLINE="${DEADLINE:-60}"

# The mounts, without what others on this machine can change: the path of a mount's root, which they
# can rename, and mounts whose mount point they have removed.
mounts() {
	while read -r id parent device _ point rest; do
		if [ -e "$point" ]; then
			echo "$id $parent $device $point $rest"
		fi
	done <"$1"
}

stage() {
	mount -t tmpfs -o mode=755 privtmp-test "$SCRATCH"
	mkdir -p "$T/build"
	cp -R .ci .clang-format .clang-tidy .editorconfig .gitignore LICENSE Makefile README.md \
		man privtmp src tests "$T"
	cp -R build/helpers "$T/build"
	# A umask can have kept others than the owner out.
	chmod -R a+rX,go-w "$T"
}

prepare() {
	cd "$SCRATCH"
	mkdir -m 755 tree work
	mkdir -m 1777 tmp var-tmp
	mount --bind "$OLDPWD" tree
	cp tree/privtmp .
	mount --bind tmp /tmp
	mount --bind var-tmp /var/tmp
	mount -t tmpfs -o mode=1777 privtmp-test /dev/shm
	cat /proc/self/mountinfo >mounts
	: >expected
}

run_test() {
	exec >"$SCRATCH/output" 2>&1
	for U in www-data nobody; do
		UID_=$(id -u "$U" 2>/dev/null) && break
	done
	GID_=$(id -g "$U")
	RUNNER=$PPID
	export U UID_ GID_ RUNNER
	cd "$B"
	. "$T/tests/system/lib.sh"
	. "$FILE"
	"$name"
}

# Replace each line of the output that matches the pattern in its place by the pattern, so that diff
# shows what is wrong.
compare() {
	exec 3<expected
	while IFS= read -r line || [ -n "$line" ]; do
		IFS= read -r pattern <&3 || pattern=$line
		# shellcheck disable=SC2254 # Not quoted: a pattern.
		case $line in
		$pattern) line=$pattern ;;
		esac
		printf '%s\n' "$line"
	done <output >got
	diff -U 99 -L expected -L got expected got
}

# Say what is wrong, if anything.
check() {
	case $status in
	-1) [ ! -e waiting ] || sed 's/^/waiting for: /' waiting ;;
	0) ;;
	*) echo "exit status $status" ;;
	esac
	compare || :
	mounts mounts >before
	mounts /proc/self/mountinfo >after
	diff -U 0 -L 'mounts before' -L 'mounts after' before after || :
	find /tmp /var/tmp /dev/shm work -maxdepth 2 -name 'privtmp.*' | sed 's/^/left behind: /'
}

case $part in
stage)
	stage
	;;
prepare)
	prepare
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
	check 2>&1 | sed 's/^/# /' >wrong
	cat wrong
	[ ! -s wrong ]
	;;
clean)
	# Nothing of the test is mounted here; remove nothing that is.
	if grep " $SCRATCH" /proc/self/mountinfo; then
		exit 1
	fi
	rm -rf "$SCRATCH" 2>/dev/null || {
		chattr -R -f -a -i "$SCRATCH" || :
		rm -rf "$SCRATCH"
	}
	;;
esac
