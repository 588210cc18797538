# Real programs that people wrap, with the lines of the manual, word for word.
# shellcheck shell=sh

# Go on in a mount namespace that looks like a freshly booted machine where privtmp is installed.
_machine() {
	if [ -z "${BOOTED-}" ]; then
		export BOOTED=yes
		# shellcheck disable=SC2154 # It is the name of the test, from run.sh.
		apart "$name"
		exit
	fi
	for dir in /run /usr/local/bin /var/log; do
		mount -t tmpfs -o mode=755 machine $dir
	done
	cp "$P" /usr/local/bin/privtmp
	# What is left when something goes wrong.
	trap 'kill $(cat /run/*.pid 2>/dev/null) $(jobs -p) 2>/dev/null || :' EXIT
}

shell__at_a_terminal() {
	prints <<-'END'
		status 7 steps left 0
	END
	needs python3 bash
	_machine
	cat /etc/passwd >users
	grep -q ^www-data: users || echo www-data:x:33:33::/:/bin/sh >>users
	mount --bind users /etc/passwd
	# shellcheck disable=SC2016
	python3 "$T/tests/system/terminal.py" \
		'$ =touch /tmp/mine; echo $(id -un) $(ls /tmp)\n' 'www-data mine=exit 7\n' -- \
		sh -c "$(example shell)" | tail -n 1
	until_ok no_cell_in /tmp
}

_workers() {
	cat /proc/"$(cat /run/web.pid)"/task/*/children
}

_workers_changed() {
	! _workers | grep -q "$(cat before)"
}

init_script__of_ones_own_runs_nginx() {
	prints <<-'END'
		running
		HTTP/1.1 200 OK
		hello
		private
		cleaners are found
		HTTP/1.1 200 OK
		nginx: master process
		stopped
	END
	needs nginx start-stop-daemon python3
	_machine
	mkdir /var/log/nginx
	mount -t tmpfs conf /etc/nginx
	cat >/etc/nginx/nginx.conf <<-END
		user $U; worker_processes 1;
		events { }
		http {
			client_body_temp_path /tmp/uploads; client_body_in_file_only on;
			proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
			uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
			server {
				listen unix:/run/web.socket;
				location / { proxy_pass http://unix:/run/back.socket; }
			}
		}
	END
	http="python3 $T/tests/system/http.py"
	$http serve /run/back.socket & back=$!
	until_ok sh -c 'stat -c %a /run/back.socket | grep 777'
	example start | sh
	until_ok test -S /run/web.socket
	example status | sh && echo running
	$http post /run/web.socket hello
	_workers >before
	(cd /tmp/privtmp.*/tmp/uploads && find . -type f -user "$U" -exec cat {} + && echo)
	ls /tmp/uploads 2>/dev/null || echo private
	start-stop-daemon --status --exec /usr/local/bin/privtmp && echo cleaners are found
	example reload | sh
	until_ok _workers_changed
	$http post /run/web.socket hello
	tr '\0' ' ' </proc/"$(cat /run/web.pid)"/cmdline | cut -c 1-21
	example stop | sh
	example status | sh || echo stopped
	kill $back
	until_ok no_cell_in /tmp
}

# A machine with Debian's redis-server or memcached, whose socket is below /tmp.
_machine_with() {
	_machine
	mkdir -m 777 /var/log/redis
	mount --bind "/etc/init.d/$1" "/etc/init.d/$1"
	if [ "$1" = redis-server ]; then
		echo "DAEMON_ARGS='/etc/redis/redis.conf --port 0 --unixsocket /tmp/socket --dir /tmp'" >defaults
	else
		echo ENABLE_MEMCACHED=yes >defaults
		printf '%s\n' '-u memcache' '-s /tmp/socket' >memcached.conf
		mount --bind memcached.conf /etc/memcached.conf
	fi
	mount --bind defaults "/etc/default/$1"
}

# In an init script, put one example in place of another.
_edit() {
	example "$1-new" | sed 's/[$&\]/\\&/g; $!s/$/\\/' >new
	sed "s|$(example "$1-old" | sed 's/[$]/\\$/g')|$(cat new)|" "$2" >edited
	chmod 755 edited
	mount --bind edited "$2"
}

# Run an init script and show its exit status, and whose daemon has how many cells then.
_action() {
	"/etc/init.d/$1" "$2" >action.log 2>&1 && status=$? || status=$?
	if [ "$2" = stop ]; then
		until_ok no_cell_in /tmp
	elif [ "$status" = 0 ]; then
		until_ok sh -c 'test -S /tmp/privtmp.*/tmp/socket'
	fi
	echo "$2 $status $(stat -c %U /tmp/privtmp.*/tmp/socket 2>/dev/null)"
}

# What _all_actions shows of a daemon of that user.
_prints_all_actions() {
	prints <<-END
		start 0 $1
		status 0 $1
		start 0 $1
		restart 0 $1
		status 0 $1
		stop 0 
		status 3 
	END
}

_all_actions() {
	for action in start status start restart status stop status; do
		_action "$1" $action
	done
}

init_script__of_debian_runs_redis() {
	_prints_all_actions redis
	needs start-stop-daemon redis-server /etc/init.d/redis-server
	_machine_with redis-server
	_edit redis /etc/init.d/redis-server
	_all_actions redis-server
}

init_script__of_debian_runs_memcached() {
	_prints_all_actions memcache
	needs start-stop-daemon memcached /etc/init.d/memcached
	_machine_with memcached
	_edit memcached /etc/init.d/memcached
	_all_actions memcached
}

init_script__runs_itself_below_privtmp() {
	_prints_all_actions redis
	needs start-stop-daemon redis-server /etc/init.d/redis-server
	_machine_with redis-server
	{
		echo '#!/bin/sh'
		example wrap
		cat /etc/init.d/redis-server
	} >wrapped
	chmod 755 wrapped
	mount --bind wrapped /etc/init.d/redis-server
	_all_actions redis-server
}

init_script__runs_itself_below_privtmp_by_its_defaults() {
	_prints_all_actions memcache
	needs start-stop-daemon memcached /etc/init.d/memcached
	_machine_with memcached
	example wrap >>/etc/default/memcached
	_all_actions memcached
}

# A machine that looks as if OpenRC had booted it, with one service.
_openrc_machine() {
	_machine
	mount -t tmpfs scripts /etc/init.d
	for dir in daemons exclusive failed hotplugged inactive options scheduled started starting \
		stopping tmp wasinactive; do
		mkdir -p /run/openrc/$dir
	done
	echo default >/run/openrc/softlevel
	example openrc | sed 's,/redis.sock,/socket,' >/etc/init.d/cache
	chmod 755 /etc/init.d/cache
}

service__of_openrc_has_a_supervisor() {
	_prints_all_actions redis
	needs openrc-run supervise-daemon redis-server
	_openrc_machine
	_all_actions cache
}

service__of_openrc_has_a_pid_file() {
	_prints_all_actions redis
	needs openrc-run start-stop-daemon redis-server
	_openrc_machine
	sed -i /^supervisor/d /etc/init.d/cache
	example openrc-pidfile >>/etc/init.d/cache
	_all_actions cache
}

# A machine with the directory of a service.
_sv_machine() {
	_machine
	mkdir -p /etc/sv
	mount -t tmpfs sv /etc/sv
	mkdir /etc/sv/redis
	example run >/etc/sv/redis/run
	chmod 755 /etc/sv/redis/run
}

_one_cell() {
	[ "$(cells_in /tmp | wc -l)" = 1 ]
}

supervisor__is_runit() {
	prints <<-'END'
		PONG
		private
		run redis
		PONG
		another
	END
	needs CAP_SYS_PTRACE redis-server redis-cli runsv sv
	_sv_machine
	example join >join.sh
	runsv /etc/sv/redis >redis.log & runsv=$!
	until_ok sh join.sh
	sh join.sh
	ls /tmp/redis.sock 2>/dev/null || echo private
	first=$(cat /etc/sv/redis/supervise/pid)
	echo "$(sv status /etc/sv/redis | cut -d : -f 1) $(stat -c %U /proc/"$first")"
	sv -w 600 restart /etc/sv/redis >/dev/null
	until_ok test ! -d /proc/"$first"
	until_ok _one_cell
	until_ok sh join.sh
	sh join.sh
	test "$(cat /etc/sv/redis/supervise/pid)" = "$first" || echo another
	sv -w 600 down /etc/sv/redis >/dev/null
	until_ok no_cell_in /tmp
	kill $runsv
	wait $runsv 2>/dev/null || :
}

supervisor__is_s6() {
	prints <<-'END'
		PONG
		true redis
		PONG
		another
	END
	needs redis-server redis-cli s6-supervise s6-svc s6-svstat
	_sv_machine
	example join | sed "s,cat .*pid),$(example s6-pid))," >join.sh
	s6-supervise /etc/sv/redis >redis.log & supervise=$!
	until_ok sh join.sh
	sh join.sh
	first=$(s6-svstat -o pid /etc/sv/redis)
	echo "$(s6-svstat -o up /etc/sv/redis) $(stat -c %U /proc/"$first")"
	s6-svc -wr -T 600000 -r /etc/sv/redis
	until_ok test ! -d /proc/"$first"
	until_ok _one_cell
	until_ok sh join.sh
	sh join.sh
	test "$(s6-svstat -o pid /etc/sv/redis)" = "$first" || echo another
	s6-svc -wd -T 600000 -d /etc/sv/redis
	until_ok no_cell_in /tmp
	s6-svc -x /etc/sv/redis
	wait $supervise 2>/dev/null || :
}

supervisor__learns_that_the_command_is_ready() {
	prints <<-'END'
		true
	END
	needs s6-supervise s6-svc s6-svstat
	_sv_machine
	printf '%s\n' '#!/bin/sh' \
		"exec privtmp -u $U -C / -- sh -c 'echo >&3; exec 3>&-; exec sleep infinity'" >/etc/sv/redis/run
	echo 3 >/etc/sv/redis/notification-fd
	s6-supervise /etc/sv/redis & supervise=$!
	until_ok s6-svok /etc/sv/redis
	s6-svwait -U -t 600000 /etc/sv/redis || :
	s6-svstat -o ready /etc/sv/redis
	s6-svc -wd -T 600000 -d /etc/sv/redis
	until_ok no_cell_in /tmp
	s6-svc -x /etc/sv/redis
	wait $supervise 2>/dev/null || :
}

# A machine with cron, whose only jobs are those of the manual, and where mail ends in a file.
_cron_machine() {
	_machine
	for dir in /etc/cron.d /var/spool/cron; do
		mount -t tmpfs cron $dir
	done
	mkdir /var/spool/cron/crontabs
	: >empty
	mount --bind empty /etc/crontab
	cp -a /usr/sbin sbin
	printf '%s\n' '#!/bin/sh' 'sed "1,/^$/d" >>/var/log/mail' >sbin/sendmail
	chmod 755 sbin/sendmail
	mount --bind sbin /usr/sbin
	cat >/usr/local/bin/report <<-'END'
		#!/bin/sh
		touch /tmp/mine
		echo "$(id -un) in $(pwd): $(ls /tmp)"
		echo no data >&2
		exit 3
	END
	chmod 755 /usr/local/bin/report
	# It would be run at night.
	example cron | sed 's/^17 3 \* \* \*/@reboot/' >/etc/cron.d/report
	chmod 644 /etc/cron.d/report
}

_idle() {
	! grep -q . /proc/"$1"/task/*/children
}

cron__runs_a_job_mails_its_failure_and_sweeps_at_boot() {
	prints <<-'END'
		failed: 3
		no data
		removed /tmp/privtmp.DeadXX*
		www-data in /: mine
	END
	needs cron
	_cron_machine
	# A power failure during a start.
	mkdir -m 700 /tmp/privtmp.DeadXX
	cron -f & cron=$!
	until_ok sh -c 'grep -q failed /var/log/mail && grep -q removed /var/log/mail'
	until_ok no_cell_in /tmp
	until_ok _idle $cron
	kill $cron
	wait $cron 2>/dev/null || :
	# The job runs at the same time here: its cell is left, or made again if it has no lock yet.
	sed '/^left/d; /^removed/{/DeadXX/!d;}' /var/log/mail | sort
}

# systemd as it runs for a user, on one service.
_run_systemd() {
	umount /sys/fs/cgroup
	mount -t cgroup2 cgroup /sys/fs/cgroup
	mkdir -p /run/systemd/system /run/user units/cache.service.d
	for unit in main sysinit basic shutdown exit; do
		printf '[Unit]\nDefaultDependencies=no\n' >units/$unit.target
	done
	example systemd >units/cache.service
	printf '[Service]\nKillMode=mixed\n' >units/cache.service.d/mode.conf
	export XDG_RUNTIME_DIR=/run/user SYSTEMD_UNIT_PATH="$B/units" HOME=/
	/lib/systemd/systemd --user --unit=main.target 2>manager.log & manager=$!
	trap 'systemctl --user stop cache; kill -KILL $manager' EXIT
	until_ok systemctl --user is-active main.target
	"$@"
}

_cleaner() {
	pgrep -f "^privtmp-cleaner $(cells_in /tmp)"
}

_start_and_stop() {
	systemctl --user start cache
	until_ok sh -c 'test -S /tmp/privtmp.*/tmp/redis.sock'
	pid=$(systemctl --user show -p MainPID --value cache)
	echo "$(cat /proc/"$pid"/comm) $(stat -c %U /proc/"$pid"), $(cells_in /tmp | wc -l) cell"
	# A cleaner that has much to do.
	[ "$1" != slow ] || kill -STOP "$(_cleaner)"
	systemctl --user stop cache
	echo "$(systemctl --user show -p ActiveState --value cache), $(cells_in /tmp | wc -l) cell"
}

_kill_cleaner_and_start_again() {
	_start_and_stop slow
	rm units/cache.service.d/mode.conf
	systemctl --user daemon-reload
	_start_and_stop fast
}

_spare_the_cleaner() {
	{ echo '[Service]' && example systemd-process; } >units/cache.service.d/mode.conf
	systemctl --user daemon-reload
	_start_and_stop slow
	kill -CONT "$(_cleaner)"
	until_ok no_cell_in /tmp
}

# Run a function where systemd runs for a user.
_with_systemd() {
	_machine
	umount -R /sys/fs/cgroup || :
	mount -t cgroup2 cgroup /sys/fs/cgroup
	group=/sys/fs/cgroup/privtmp-test.$$
	mkdir $group
	trap 'until_ok find $group -depth -type d -exec rmdir {} +' EXIT
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$1/cgroup.procs"; exec unshare -C -m sh -eu -c "$3" sh "$2"' sh $group "$1" \
		'. "$T/tests/system/lib.sh"; . "$FILE"; _run_systemd "$1"'
}

unit__of_systemd_sweeps_when_it_starts() {
	prints <<-'END'
		redis-server redis, 1 cell
		inactive, 1 cell
		redis-server redis, 1 cell
		inactive, 0 cell
	END
	needs systemctl redis-server pgrep host /lib/systemd/systemd
	_with_systemd _kill_cleaner_and_start_again
}

unit__of_systemd_stops_the_daemon_and_not_the_cleaner() {
	prints <<-'END'
		redis-server redis, 1 cell
		inactive, 1 cell
	END
	needs systemctl redis-server pgrep host /lib/systemd/systemd
	_with_systemd _spare_the_cleaner
}

ageing__by_systemd_removes_dead_cells_and_leaves_live_ones() {
	prints <<-'END'
		/tmp:
		live
		/var/tmp:
		live
	END
	needs systemd-tmpfiles
	mkdir -m 700 /tmp/privtmp.DeadXX /var/tmp/privtmp.DeadXX
	touch /tmp/earlier /tmp/privtmp.DeadXX/file
	# shellcheck disable=SC2016
	hold "$P" -a /var/tmp -u "$U" -C / -- sh -c 'touch /tmp/live /var/tmp/live; exec "$@"' sh
	touch /tmp/later
	printf 'q %s 1777 root root 0\n' /tmp /var/tmp >clean.conf
	systemd-tmpfiles --clean "$B/clean.conf"
	for dir in /tmp /var/tmp; do
		echo $dir:
		ls $dir/privtmp.*/tmp
		rm $dir/privtmp.*/tmp/live
	done
	ls -d /tmp/earlier /tmp/later /tmp/privtmp.DeadXX /var/tmp/privtmp.DeadXX 2>/dev/null || :
	release
	gone /tmp /var/tmp
}
