# Real programs that people wrap, with the commands of the manual, word for word.
# shellcheck shell=sh

# Run a function on what looks like a freshly booted machine, where privtmp is installed.
_machine() {
	apart _boot "$@"
}

_boot() {
	for dir in /run /usr/local/bin /var/log; do
		mount -t tmpfs -o mode=755 machine $dir
	done
	cp $P /usr/local/bin/privtmp
	# What is left when something goes wrong.
	trap 'kill $(cat /run/*.pid 2>/dev/null) $(jobs -p) 2>/dev/null || :' EXIT
	"$@"
}

_shell() {
	grep -q ^www-data: /etc/passwd || {
		cp /etc/passwd users
		echo www-data:x:33:33::/:/bin/sh >>users
		mount --bind users /etc/passwd
	}
	command=$(example shell | sed 's/^# //')
	python3 $T/tests/system/terminal.py '$ =touch /tmp/mine; echo $(id -un) $(ls /tmp)\n' \
		'www-data mine=exit 7\n' -- sh -c "$command" | tail -n 1
	gone /tmp
}

shell__at_a_terminal() {
	prints <<-'END'
		status 7 steps left 0
	END
	needs python3 unshare bash
	_machine _shell
}

_workers() {
	cat /proc/$(cat /run/web.pid)/task/*/children
}

_workers_are_others() {
	! _workers | grep -q "$1"
}

_nginx() {
	mount -t tmpfs conf /etc/nginx
	mkdir -p /var/log/nginx
	sed "s/USER/$U/" >/etc/nginx/nginx.conf <<-'END'
		user USER;
		worker_processes 1;
		events { }
		http {
			client_body_temp_path /tmp/uploads;
			proxy_temp_path /tmp/p;
			fastcgi_temp_path /tmp/f;
			uwsgi_temp_path /tmp/u;
			scgi_temp_path /tmp/s;
			client_body_in_file_only on;
			server {
				listen unix:/run/web.socket;
				location / { proxy_pass http://unix:/run/back.socket; }
			}
		}
	END
	python3 $T/tests/system/unix_http.py serve /run/back.socket &
	back=$!
	until_ok test -S /run/back.socket
	example start | sh
	until_ok test -S /run/web.socket
	example status | sh && echo running
	python3 $T/tests/system/unix_http.py post /run/web.socket
	before=$(_workers)
	find /tmp/privtmp.*/tmp/uploads -type f -user $U -exec cat {} +
	ls /tmp/uploads 2>/dev/null || echo private
	example reload | sh
	until_ok _workers_are_others "$before"
	python3 $T/tests/system/unix_http.py post /run/web.socket
	tr '\0' ' ' </proc/$(cat /run/web.pid)/cmdline | cut -c 1-21
	example stop | sh
	example status | sh || echo stopped
	kill $back
	wait $back 2>/dev/null || :
	gone /tmp
}

daemon__that_gives_up_root_by_itself_is_nginx_in_an_init_script() {
	prints <<-'END'
		running
		HTTP/1.1 200 OK
		hello
		private
		HTTP/1.1 200 OK
		nginx: master process
		stopped
	END
	needs nginx start-stop-daemon python3 unshare
	_machine _nginx
}

_one_cell_in_tmp() {
	[ $(cells_in /tmp | wc -l) = 1 ]
}

_redis() {
	mount -t tmpfs sv /etc/sv
	mkdir /etc/sv/redis
	example run >/etc/sv/redis/run
	chmod 755 /etc/sv/redis/run
	example join | sed 's/^# //' >joining
	runsv /etc/sv/redis >redis.log &
	supervisor=$!
	until_ok sh joining
	sh joining
	ls /tmp/redis.sock 2>/dev/null || echo private
	sv status /etc/sv/redis | cut -d : -f 1
	first=$(cat /etc/sv/redis/supervise/pid)
	stat -c %U /proc/$first
	sv -w 5 restart /etc/sv/redis >/dev/null
	until_ok sh -c "! kill -0 $first"
	until_ok sh joining
	echo another
	until_ok _one_cell_in_tmp
	sv -w 5 down /etc/sv/redis >/dev/null
	gone /tmp
	kill $supervisor
	wait $supervisor 2>/dev/null || :
}

daemon__as_the_user_is_redis_under_a_supervisor() {
	prints <<-'END'
		PONG
		private
		run
		redis
		another
	END
	needs CAP_SYS_PTRACE redis-server redis-cli runsv sv unshare
	_machine _redis
}

_no_child_of() {
	! grep -q . /proc/$1/task/*/children
}

_cron() {
	for dir in /etc/cron.d /var/spool/cron; do
		mount -t tmpfs cron $dir
	done
	mkdir -p /var/spool/cron/crontabs
	if [ -e /etc/crontab ]; then
		grep -v run-parts /etc/crontab >table || :
		mount --bind table /etc/crontab
	fi
	cat >/usr/local/bin/report <<-'END'
		#!/bin/sh
		touch /tmp/mine /var/tmp/mine
		id -un
		ls /tmp /var/tmp
	END
	chmod 755 /usr/local/bin/report
	example cron >/etc/cron.d/report
	chmod 644 /etc/cron.d/report
	cron -f &
	cron=$!
	until_ok test -s /var/log/report
	gone /tmp /var/tmp
	until_ok _no_child_of $cron
	kill $cron
	wait $cron 2>/dev/null || :
	cat /var/log/report
	find /tmp /var/tmp -name mine
}

job__of_cron_leaves_its_log_and_nothing_else() {
	prints <<-'END'
		www-data
		/tmp:
		mine

		/var/tmp:
		mine
	END
	needs cron unshare
	_machine _cron
}
