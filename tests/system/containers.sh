# In a container, as podman and Docker make them.
# shellcheck shell=sh

# container SCRIPT [OPTION...]: run the script as root in a container made of this machine's /usr, without any image.
container() {
	script=$1
	shift
	if [ ! -d root ]; then
		(umask 022 && mkdir -p root/dev root/etc root/proc root/run root/sys root/tmp root/usr)
		chmod 1777 root/tmp
		cp -P /bin /lib* /sbin root
		cp /etc/passwd /etc/group /etc/nsswitch.conf root/etc
		cp $P root/privtmp
	fi
	# podman wants cgroup v2, which cannot be mounted where it is already, and cannot raise limits
	# where the caller may not.
	unshare -m sh -euc '
		[ $(stat -f -c %T /sys/fs/cgroup) = cgroup2fs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
		exec podman "$@"' sh \
		--root $B/storage --runroot $B/run --tmpdir $B/libpod --storage-driver vfs \
		run --rm --network none --cgroups disabled --log-driver none \
		--ulimit nofile=1024:4096 --ulimit nproc=1024:1024 --volume /usr:/usr:ro \
		"$@" --rootfs $B/root sh -uc "$script"
}

container__without_a_capability_gets_a_message_that_names_it() {
	prints <<-'END'
		privtmp: *CAP_SYS_ADMIN*
		status: 125
		privtmp: *CAP_SYS_ADMIN*
		status: 125
	END
	needs plain CAP_SYS_ADMIN podman
	# The two outputs of a container are read in no certain order.
	container 'exec 2>&1; /privtmp -- true; echo status: $?; /privtmp -t -- true; echo status: $?'
}

# Removal takes a process that outlives privtmp, so the container waits for it.
_in_a_container="
	/privtmp -t -- stat -f -c %T /tmp
	/privtmp -t -u $U -- id -un | sed 's/^$U\$/the user/'
	/privtmp -u $U -- sh -c 'id -un >/tmp/x; cat /tmp/x; exit 3' >/run/x
	echo status: \$?
	sed 's/^$U\$/the user/' /run/x
	while [ -e /tmp/privtmp.* ]; do sleep 0.01; done
	ls -A /tmp"

container__with_the_capability_has_private_directories() {
	prints <<-'END'
		tmpfs
		the user
		status: 3
		the user
	END
	needs plain CAP_SYS_ADMIN podman
	container "$_in_a_container" --cap-add SYS_ADMIN
}

container__that_allows_neither_keyctl_nor_ustat_has_them_too() {
	prints <<-'END'
		keyctl: 1
		tmpfs
		the user
		status: 3
		the user
	END
	needs plain CAP_SYS_ADMIN podman python3 keyctl
	# Docker's answer to them.
	python3 - <<-'END'
		import json
		refused = ["add_key", "keyctl", "request_key", "ustat"]
		profile = json.load(open("/usr/share/containers/seccomp.json"))
		for rule in profile["syscalls"]:
		    rule["names"] = [name for name in rule["names"] if name not in refused]
		profile["syscalls"].append({"names": refused, "action": "SCMP_ACT_ERRNO", "errnoRet": 1})
		json.dump(profile, open("seccomp.json", "w"))
	END
	container "keyctl show >/dev/null 2>&1; echo keyctl: \$?; $_in_a_container" \
		--cap-add SYS_ADMIN --security-opt seccomp=$B/seccomp.json
}
