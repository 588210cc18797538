# The manual: that its lines copy and run, word for word, and that programs say what it says they do.
# shellcheck shell=sh

# The lines of an example, with users and places that a test has; and with a process in place of PID.
_lines() {
	example "$1" | sed "s,/usr/local/bin/privtmp,privtmp,g; s/www-data\|alice\|builder/$U/g; s/PID/${2-}/g
		s,\([ =]\)\(/var/lib\|/srv\|/root\|/run/lock\)/,\1$B/,g"
}

# Install privtmp, and commands that are scripts: NAME TEXT, NAME TEXT...
_install() {
	mkdir -p bin
	cp "$P" bin
	while [ $# -gt 0 ]; do
		printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
		chmod 755 "bin/$1"
		shift 2
	done
	export PATH="$B/bin:$PATH"
}

# Run a command that says the words by which the manual is searched.
_says() {
	words=$1
	shift
	"$@" >said 2>&1 || :
	grep -qF -- "$words" said || cat said
	_unescape <"$T/man/privtmp-recipes.7" | grep -qF -- "$words" || echo "not in the manual: $words"
	echo "said: $words"
}

# _show RENDERER PAGE: a page of the manual at 80 columns
_show() {
	case $1 in
	man) MANWIDTH=80 MAN_KEEP_FORMATTING='' MANPAGER=cat LC_ALL=C.UTF-8 man -l "$2" ;;
	mandoc) mandoc -T utf8 -O width=80 "$2" ;;
	esac | col -bx
}

_what_does_not_copy() {
	for page in privtmp.1 privtmp-recipes.7; do
		_show "$1" "$T/man/$page" | sed 's/^ *//' >shown
		sed -n '/^\.Bd -literal/,/^\.Ed$/{/^\./!p;}' "$T/man/$page" | _unescape | sed 's/^ *//' >lines
		grep -vxFf shown lines | sed "s/^/$page, $1: not shown as it is: /"
		_show "$1" "$T/man/$page" | grep -E '.{81}' | sed 's/^ *//' | grep -xFf lines | sed "s/^/$page, $1: too wide: /"
		# The words by which it is searched, up to the first macro.
		sed -n '/^\.Sh WHEN/,/^\.Sh WHAT/{s/^\.It \([^.]\)/\1/p;}' "$T/man/$page" |
			sed 's/ [A-Z][a-z] .*//' | _unescape | while read -r words; do
				grep -qF -- "$words" shown || echo "$page, $1: broken: $words"
			done
	done
}

manual__copies_as_it_is_shown_at_80_columns() {
	prints <<-'END'
		man: shown
		mandoc: shown
	END
	needs man mandoc col
	for renderer in man mandoc; do
		_what_does_not_copy $renderer
		[ "$(_show $renderer "$T/man/privtmp.1" | wc -l)" -lt 350 ] || echo "privtmp.1, $renderer: too long"
		echo "$renderer: shown"
	done
}

manual__examples_run() {
	prints <<-END
		report: $U in /, /var/tmp is private
		nginx: 0, slave
		make: $U, -C /home/$U/src, exec
		firefox: in memory
	END
	needs user_namespace_of_user
	_install report 'touch /var/tmp/mine; echo "report: $(id -un) in $(pwd), /var/tmp is private"' \
		nginx 'grep -q master: /proc/self/mountinfo && echo "nginx: $(id -u), slave"' \
		make 'cp /bin/true /tmp; /tmp/true && echo "make: $(id -un), $*, exec"' \
		firefox 'echo "firefox: in $(stat -f -c %T /tmp | sed s/tmpfs/memory/)"'
	_lines job | sh
	ls /var/tmp/mine 2>/dev/null || :
	unshare -m --propagation shared sh -c "$(_lines daemon)"
	_lines build | sh
	as_user sh -c "$(_lines desktop)"
	gone /tmp /var/tmp
}

noexec__as_configure_says_it() {
	prints <<-'END'
		said: cannot run C compiled programs
		with --exec: configured
	END
	needs autoconf cc
	printf '%s\n' 'AC_INIT([x], [1])' AC_PROG_CC AC_OUTPUT >configure.ac
	autoconf
	_says 'cannot run C compiled programs' "$P" -u "$U" -C /tmp -- sh "$B/configure"
	"$P" --exec -u "$U" -C /tmp -- sh "$B/configure" >/dev/null && echo with --exec: configured
	gone /tmp
}

noexec__as_meson_says_it() {
	prints <<-'END'
		said: Could not invoke sanity test executable
		with --exec: configured
	END
	needs meson ninja cc
	echo "project('x', 'c')" >meson.build
	_says 'Could not invoke sanity test executable' "$P" -u "$U" -C / -- meson setup /tmp/build "$B"
	"$P" --exec -u "$U" -C / -- meson setup /tmp/build "$B" >/dev/null && echo with --exec: configured
	gone /tmp
}

nodev__as_debootstrap_says_it() {
	prints <<-'END'
		said: mounted with noexec or nodev
	END
	needs debootstrap
	_says 'mounted with noexec or nodev' "$P" --exec -- debootstrap stable /tmp/root
	gone /tmp
}

exposed__file_that_is_replaced_is_an_old_one() {
	prints <<-'END'
		file: old
		file in a directory: new
	END
	needs CAP_SYS_PTRACE
	mkdir -m 755 /tmp/mine
	echo old | tee /tmp/file >/tmp/mine/file
	hold "$P" -e /tmp/file -e /tmp/mine -u "$U" -C / --
	echo new | tee /tmp/file.new >/tmp/mine/file.new
	mv /tmp/file.new /tmp/file
	mv /tmp/mine/file.new /tmp/mine/file
	for file in /tmp/file /tmp/mine/file; do
		"$P" --join=$! -u "$U" -C / -- cat $file
	done | sed '1s/^/file: /; 2s/^/file in a directory: /'
	release
	gone /tmp
}

# Run a command that starts an agent.
_agent_answers() {
	# It has no identities.
	ssh-add -l || [ $? = 1 ]
}

# Before it answers, it may end without removing its socket.
_start_agent() {
	as_user env HOME="$B/home" sh -c "$1" >variables
	. ./variables >/dev/null
	until_ok _agent_answers
}

_end_agent() {
	kill "$SSH_AGENT_PID"
	until_ok test ! -e "$SSH_AUTH_SOCK"
}

agent__outside_of_tmp_is_found_after_a_restart() {
	prints <<-'END'
		outside: The agent has no identities.
		said: Error connecting to agent: Connection refused
		said: Error connecting to agent: No such file or directory
	END
	needs CAP_SYS_PTRACE ssh-agent ssh-add
	mkdir -p home/.ssh
	chown -R "$U" home
	_start_agent "$(_lines agent)"
	hold "$P" -u "$U" -C / --
	_end_agent
	_start_agent "$(_lines agent)"
	"$P" --join=$! -u "$U" -C / -- ssh-add -l | sed 's/^/outside: /'
	_end_agent
	as_user mkdir /tmp/agent
	_start_agent 'ssh-agent -a /tmp/agent/socket'
	hold "$P" -u "$U" -C / -e /tmp/agent/socket --
	_end_agent
	_start_agent 'ssh-agent -a /tmp/agent/socket'
	_says 'Error connecting to agent: Connection refused' "$P" --join=$! -u "$U" -C / -- ssh-add -l
	_says 'Error connecting to agent: No such file or directory' "$P" -u "$U" -C / -- ssh-add -l
	_end_agent
	release
	gone /tmp
}

_go_to_automount_point() {
	mkdir auto there
	touch there/file
	mount --bind . .
	mount --make-shared .
	python3 "$T/tests/system/automount.py" "$PWD/auto" "$PWD/there" >automount.log 2>&1 &
	until_ok grep -q ready automount.log
	cd "$B"
	"$P" -u "$U" -C / -- ls "$B/auto" 2>refusal || :
	words='Too many levels of symbolic links'
	# Newer kernels do not even ask the automounter.
	! grep -q permitted refusal || words='Operation not permitted'
	_says "$words" cat refusal
	[ "$(grep -c " $B/auto " /proc/self/mountinfo)" = 1 ] || umount "$B/auto"
	"$P" --propagation=slave -u "$U" -C / -- ls "$B/auto" | sed 's/^/with --propagation=slave: /'
	kill $!
}

automount__needs_the_mounts_of_the_host() {
	prints <<-'END'
		said: *
		with --propagation=slave: file
	END
	needs python3
	has_autofs || skip 'a kernel without autofs'
	apart _go_to_automount_point
	gone /tmp
}

_mount_inside() {
	mkdir outside
	mount -t tmpfs outside outside
	"$P" "$@" -- sh -c 'mkdir /tmp/inside && mount -t tmpfs inside /tmp/inside && umount "$1" && mount' sh "$B/outside" |
		grep -oE '^(inside|outside) ' | sed "s/^/inside, $*: /"
	mount | grep -oE '^(inside|outside) ' | sed 's/^/outside: /'
}

mount__inside_changes_nothing_outside() {
	prints <<-'END'
		inside, --propagation=private: inside 
		outside: outside 
		inside, --propagation=slave: inside 
		outside: outside 
	END
	apart _mount_inside --propagation=private
	rmdir outside
	apart _mount_inside --propagation=slave
	gone /tmp
}

rename__out_of_tmp_is_impossible_and_mv_copies() {
	prints <<-'END'
		said: Invalid cross-device link
		moved
	END
	needs python3
	_says 'Invalid cross-device link' "$P" -u "$U" -C / -- python3 -c '
import os
open("/tmp/file", "w")
os.rename("/tmp/file", "/var/tmp/file")'
	"$P" -u "$U" -C / -- sh -c 'touch /tmp/file; mv /tmp/file /var/tmp/file && echo moved'
	gone /tmp
}

lock__outside_of_tmp_lets_one_job_run() {
	prints <<-'END'
		at the same time: 1
		afterwards: report
	END
	needs flock
	_install report 'echo report'
	hold $(_lines lock | sed 's/ report$//')
	_lines lock | sh || echo "at the same time: $?"
	release
	_lines lock | sh | sed 's/^/afterwards: /'
	gone /tmp
}

state__survives_in_a_directory_that_stays() {
	prints <<-'END'
		runs: 1
		runs: 2
		for others: 700 and 770
	END
	_install report 'echo >>/tmp/runs; echo "runs: $(grep -c "" /tmp/runs)"'
	_lines state | sh
	_lines state | sh
	echo "for others: $(stat -c %a report) and $(stat -c %a report/tmp)"
}

directory__of_two_users_and_what_is_left_there() {
	prints <<-'END'
		shared: ready
		seen: left
	END
	_install report 'touch /tmp/left'
	# The first user is another one.
	_lines shared | sed "2s/-u $U/-u 12345:12345/" | sh | sed 's/^/shared: /'
	_lines seen | sh | sed 's/^/seen: /'
}

name__of_an_instance_is_in_the_list() {
	prints <<-'END'
		/privtmp/web/privtmp.??????
		left /privtmp/web/privtmp.??????: it is in use
	END
	needs CAP_SYS_PTRACE
	_install
	_lines name | sed '$d' | sh
	hold $(_lines name | sed -n '$s/ report$//p')
	"$P" --list | grep -oE "$B/privtmp/[^ ]*" | sed "s,$B,,"
	_lines name-sweep | sh | sed "s,$B,,"
	release
	gone privtmp/web
}

# An administrator who goes on typing when a command has ended. Shows what she has typed, as far as her
# shell has read it, and what the command's process has read.
_type_after() {
	rm -f mine/*
	cat - >typing <<-END
		$1
		until [ -e mine/got.ready ]; do sleep 0.01; done
		echo type
		read -r typed || :
		until [ -e mine/got ]; do sleep 0.01; done
		echo "shell: \$typed, process: \$(cat mine/got)"
	END
	TERM=dumb python3 "$T/tests/system/terminal.py" 'type=secret\n' -- sh typing | grep shell
	gone /tmp
}

terminal__is_left_to_a_process_unless_script_keeps_it() {
	prints <<-'END'
		shell: , process: secret
		shell: secret, process: 
	END
	needs python3 script
	_install
	mkdir mine
	chown "$U" mine
	# shellcheck disable=SC2016
	left="s,/bin/bash,python3 $T/tests/system/left.py $B/mine/got,"
	_type_after "$(_lines shell | sed "$left")"
	_type_after "$(_lines script | sed "$left")"
}

terminal__of_root_is_not_opened_by_its_name() {
	prints <<-'END'
		Permission denied
		with script: *:
	END
	needs python3 script
	_install
	sed "s,^\($U:.*\):[^:]*\$,\1:/bin/sh," /etc/passwd >users
	mount --bind users /etc/passwd
	python3 "$T/tests/system/terminal.py" -- "$P" -u "$U" -C / -- sh -c ': >$(tty)' | grep -o 'Permission denied'
	python3 "$T/tests/system/terminal.py" '$ =: >$(tty) && stat -c "%U:" $(tty); exit\n' -- \
		sh -c "$(_lines terminal)" | grep -o "^$U:" | sed 's/^/with script: /'
	umount /etc/passwd
	gone /tmp
}

session__of_ssh_has_its_own_tmp() {
	prints <<-'END'
		command: agent 
		command: mine 
		login: /tmp
	END
	needs user_namespace_of_user
	_install
	as_user mkdir /tmp/agent
	_lines own-tmp >login
	as_user env SHELL=/bin/sh SSH_AUTH_SOCK=/tmp/agent SSH_ORIGINAL_COMMAND='touch /tmp/mine; ls /tmp' sh login |
		sed 's/.*/command: & /'
	echo 'cd /tmp && pwd' | as_user env SHELL=/bin/sh sh login | sed 's/^/login: /'
	gone /tmp
}

file__is_copied_out_of_an_instance() {
	prints <<-'END'
		copied: data
		read: data
	END
	needs CAP_SYS_PTRACE
	_install
	# shellcheck disable=SC2016
	hold "$P" -u "$U" -C / -- sh -c 'echo data >/tmp/x; "$@"' sh
	_lines copy $! | sh
	sed 's/^/copied: /' x
	rm x
	_lines read $! | sh
	sed 's/^/read: /' x
	release
	gone /tmp
}

gdb__finds_files_of_the_process_inside() {
	prints <<-'END'
		said: could not open as an executable file: Operation not permitted
		inside: detached
	END
	needs CAP_SYS_PTRACE gdb
	[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" = 0 ] || lacks "kernel.yama.ptrace_scope=0"
	_install
	hold "$P" -u "$U" -C / --
	_says 'could not open as an executable file: Operation not permitted' as_user env HOME=/ gdb -batch -p $!
	_lines gdb $! | sed 's/gdb/gdb -batch/' | sh 2>&1 | grep -oE 'could not open|detached' | sed 's/^/inside: /'
	release
	gone /tmp
}

sticky__directory_is_there_for_those_who_want_one() {
	prints <<-'END'
		said: is not safe (Sticky bit not set
		with --mode=1770: made
		said: others may write to it and it is not sticky
		with --mode=1770: ran
	END
	needs perl user_namespace_of_user
	script='use File::Temp; File::Temp->safe_level(File::Temp::MEDIUM); File::Temp->new; print "made\n"'
	_says 'is not safe (Sticky bit not set' "$P" -u "$U" -C / -- perl -e "$script"
	"$P" --mode=1770 -u "$U" -C / -- perl -e "$script" | sed 's/^/with --mode=1770: /'
	_says 'others may write to it and it is not sticky' "$P" -u "$U" -C / -- "$P" -- true
	"$P" --mode=1770 -u "$U" -C / -- "$P" -- echo ran | sed 's/^/with --mode=1770: /'
	gone /tmp
}

sticky__directory_protects_files_of_root() {
	prints <<-'END'
		0770: moved
		1770: mv: *: Operation not permitted
	END
	needs CAP_SYS_PTRACE
	for mode in 0770 1770; do
		hold "$P" --mode=$mode -u "$U" -C / --
		"$P" --join=$! -C / -- touch /tmp/file
		"$P" --join=$! -u "$U" -C / -- sh -c 'mv /tmp/file /tmp/mine && echo moved' 2>&1 | sed "s/^/$mode: /"
	done
	release
	gone /tmp
}

stdout__of_root_is_not_opened_by_its_name() {
	prints <<-'END'
		said: /dev/stdout: Permission denied
		with a pipe: hello
	END
	_install report 'echo hello >/dev/stdout'
	_says '/dev/stdout: Permission denied' "$P" -u "$U" -C / -- report
	_lines stdout | sh | sed 's/^/with a pipe: /'
	gone /tmp
}

home__is_what_it_is_set_to() {
	prints <<-'END'
		/tmp
	END
	_install report 'echo $HOME'
	_lines home | sh
	gone /tmp
}

setgid__program_gains_nothing_without_root() {
	prints <<-'END'
		said: mkstemp: Permission denied
	END
	needs crontab user_namespace_of_user
	[ -g "$(command -v crontab)" ] || lacks 'crontab that is setgid'
	_says 'mkstemp: Permission denied' as_user "$P" -C / -- sh -c 'crontab - </dev/null'
	gone /tmp
}

_configured_ssh() {
	mount -t tmpfs ssh /etc/ssh/ssh_config.d
	echo >/etc/ssh/ssh_config.d/x.conf
	_says 'Bad owner or permissions on /etc/ssh/ssh_config.d/' as_user "$P" -C / -- ssh -G host
	as_user env HOME="$B/home" sh -c "$(_lines ssh | sed 's/host$/-G host/')" 2>/dev/null | grep '^hostname'
}

ssh__without_root_needs_its_own_configuration() {
	prints <<-'END'
		said: Bad owner or permissions on /etc/ssh/ssh_config.d/
		hostname host
	END
	needs ssh user_namespace_of_user
	[ -d /etc/ssh/ssh_config.d ] || lacks /etc/ssh/ssh_config.d
	_install
	mkdir -p home/.ssh
	touch home/.ssh/config
	apart _configured_ssh
	gone /tmp
}

worktree__in_tmp_is_locked_or_lost() {
	prints <<-'END'
		/tmp/gone: prunable
		said: is a missing but already registered worktree
		pruned: 1
		inside, locked: nothing to commit, working tree clean
		said: fatal: not a git repository
	END
	needs git CAP_SYS_PTRACE
	export HOME="$B"
	git init -q repository
	cd repository
	git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x
	"$P" -- git worktree add -q /tmp/gone 2>/dev/null
	git worktree list | sed -n 's,^\(/tmp/gone\) .* \(prunable\)$,\1: \2,p'
	_says 'is a missing but already registered worktree' git worktree add /tmp/gone
	git worktree prune
	echo "pruned: $(git worktree list | grep -c '')"
	hold "$P" --
	"$P" --join=$! -- sh -c "$(_lines worktree)" >/dev/null 2>&1
	git worktree prune
	"$P" --join=$! -C /tmp/job -- git status 2>&1 | sed -n 's/^nothing/inside, locked: &/p'
	git worktree unlock /tmp/job
	git worktree prune
	_says 'fatal: not a git repository' "$P" --join=$! -C /tmp/job -- git status
	release
	gone /tmp
}

# An empty private directory that is old, and something else that is. Print whether the command can use it
# when somebody has removed what is old.
_remove_old_files() {
	# shellcheck disable=SC2016
	hold "$P" -u "$U" -C / -- sh -c '"$@"; touch /tmp/file && echo "can be used" >&2' sh
	mkdir /tmp/old
	touch -h -d '8 days ago' /tmp/old /tmp/privtmp.*/* /tmp/privtmp.*
	sh -c "$1"
	ls -d /tmp/old 2>/dev/null || :
	release
	gone /tmp
}

find__that_removes_old_files_spares_instances() {
	prints <<-'END'
		can be used
		touch: cannot touch '/tmp/file': No such file or directory
	END
	_remove_old_files "$(_lines find)"
	_remove_old_files 'find /tmp -mindepth 1 -mtime +7 -delete'
}
