# What make makes of the sources: an installation, a tarball, packages and a static program; and how these behave.
# shellcheck shell=sh

# _make_in DIR ARGUMENT...: make in a copy of the tree.
_make_in() {
	mkdir -p "$1"
	tar -C "$T" --exclude ./build --exclude ./privtmp -cf - . | tar -C "$1" -xf -
	make -j2 -C "$@" >make.log 2>&1 || tail make.log
}

# Of what is installed below a directory, show how many files name the program, as which.
_names_of_the_program() {
	find "$1" -type f -path '*/share/*' | while read -r file; do
		case $file in
		*.gz) gzip -dc "$file" ;;
		*) cat "$file" ;;
		esac | grep -o '/[a-z/]*/bin/privtmp' || :
	done | sort -u
}

install__puts_everything_below_its_prefix_and_takes_it_away() { # long
	prints <<-'END'
		/opt/p/bin/privtmp
		/opt/p/share/bash-completion/completions/privtmp
		/opt/p/share/fish/vendor_completions.d/privtmp.fish
		/opt/p/share/man/man1/privtmp.1
		/opt/p/share/man/man7/privtmp-recipes.7
		/opt/p/share/zsh/site-functions/_privtmp
		privtmp [0-9]*
		/opt/p/bin/privtmp
		files: 0
	END
	_make_in src CFLAGS=-O1 install DESTDIR="$B/root" PREFIX=/opt/p
	find root -type f | sed 's,^root,,' | sort
	root/opt/p/bin/privtmp --version
	_names_of_the_program root
	make -s -C src uninstall DESTDIR="$B/root" PREFIX=/opt/p >/dev/null
	echo files: "$(find root -type f | wc -l)"
}

dist__is_the_same_bytes_each_time_and_builds_the_same_program_in_any_place() { # long
	prints <<-'END'
		runs
	END
	_make_in src CFLAGS='-O1 -g' all dist
	cp src/build/privtmp-*.tar.gz first
	touch src/README.md
	make -s -C src dist >/dev/null
	cmp first src/build/privtmp-*.tar.gz
	place="it's a \"place\" "
	mkdir "$place"
	tar -xzf first -C "$place" --strip-components=1
	# Of two ways to name it, $PWD is one.
	ln -s "$place" link
	(cd link && CFLAGS='-O1 -g' make -s -j2)
	cmp src/privtmp "$place/privtmp"
	"$place/privtmp" -b "$B" -C / -- echo runs
	gone
}

_dpkg() {
	dpkg --root="$B/root" --force-depends "$@" >dpkg.log 2>&1 || cat dpkg.log
}

# Upgrade, remove and purge the package while instances of it run.
_change_the_package() {
	mkdir base
	dpkg-deb -R "$1" newer
	sed -i 's/^Version: .*/&+newer/' newer/DEBIAN/control
	dpkg-deb -b newer newer.deb >/dev/null
	hold root/usr/bin/privtmp -b "$B/base" -u "$U" -C / --
	first=$!
	_dpkg -i newer.deb
	root/usr/bin/privtmp --join=$first -C / -- stat -c 'joined after the upgrade: %a' /tmp
	hold root/usr/bin/privtmp -b "$B/base" -u "$U" -C / --
	root/usr/bin/privtmp --list | grep -c "$B/base/privtmp" | sed 's/^/listed: /'
	_dpkg --remove privtmp
	_dpkg --purge privtmp
	echo files: "$(find root -type f ! -path root/var/lib/dpkg/\* | wc -l), cells: $(cells_in base | wc -l)"
	release
	gone base
}

deb__runs_can_be_upgraded_and_goes_while_it_runs() { # long
	prints <<-'END'
		compiled: [1-9]*, without dpkg's flags: 0
		usr/bin/privtmp
		usr/share/bash-completion/completions/privtmp
		usr/share/doc/privtmp/README.md*
		usr/share/doc/privtmp/changelog.Debian.gz
		usr/share/doc/privtmp/copyright
		usr/share/fish/vendor_completions.d/privtmp.fish
		usr/share/lintian/overrides/privtmp
		usr/share/man/man1/privtmp.1.gz
		usr/share/man/man7/privtmp-recipes.7.gz
		usr/share/zsh/vendor-completions/_privtmp
		https://*
		/usr/bin/privtmp
		mode: 770
		manual pages: 1
		joined after the upgrade: 770
		listed: 2
		files: 0, cells: 2
	END
	needs dpkg-buildpackage dh lintian man memcached
	_make_in src deb
	echo "compiled: $(grep -c -e ' -c -o .*/src/' make.log), without dpkg's flags: $(
		grep -e ' -c -o .*/src/' make.log | grep -v -c -e '-Werror=format-security' || :)"
	deb=$(echo src/build/deb/privtmp_*_*.deb)
	mkdir -p root/etc root/var/lib/dpkg/info root/var/lib/dpkg/updates
	touch root/var/lib/dpkg/status
	_dpkg -i "$deb"
	(cd root && find usr -type f | sort)
	dpkg-deb -f "$deb" Homepage
	_names_of_the_program root/usr
	root/usr/bin/privtmp -b "$B" -u "$U" -C / -- stat -c 'mode: %a' /tmp
	gone
	echo manual pages: "$(man -l root/usr/share/man/man1/privtmp.1.gz 2>/dev/null |
		grep -c 'run a command with a /tmp of its own')"
	for test in job daemon; do
		PATH=$B/root/usr/bin:$PATH src/src/packaging/debian/tests/$test >test.log 2>&1 || cat test.log
	done
	_change_the_package "$deb"
	[ -n "${LONG-}" ] || return 0
	lintian --allow-root -EviIL +pedantic src/build/deb/*.changes
	_make_in "it's again" deb
	cmp "$deb" "it's again"/build/deb/privtmp_*_*.deb
}

rpm__runs_from_a_fresh_root() { # long
	prints <<-'END'
		/usr/bin/privtmp
		mode: 770
	END
	needs rpmbuild rpm2cpio cpio
	_make_in src rpm
	mkdir root
	rpm2cpio src/build/rpm/RPMS/*/privtmp-0*.rpm | (cd root && cpio -idm 2>/dev/null)
	_names_of_the_program root/usr
	root/usr/bin/privtmp -b "$B" -u "$U" -C / -- stat -c 'mode: %a' /tmp
	gone
}

_run_in_root() {
	mount --bind root root
	cd root || exit
	# Without statmount it needs /proc.
	has_statmount || mount --rbind /proc proc
	chroot . /privtmp -- /privtmp --version
}

static__is_one_file_that_needs_nothing() { # long
	prints <<-'END'
		privtmp [0-9]*
	END
	needs musl-gcc python3
	_make_in src STATIC=1 CC=musl-gcc
	mkdir -p root/tmp root/proc
	chmod 1777 root/tmp
	cp src/privtmp root/
	apart _run_in_root
	until_ok no_cell_in root/tmp
}
