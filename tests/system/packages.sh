# What make builds of itself, put into a fresh root.
# shellcheck shell=sh

# Make a target in a copy of the tree.
_make_copy() {
	mkdir src
	tar -C "$T" --exclude ./build --exclude ./privtmp --exclude ./.git -cf - . | tar -C src -xf -
	make -s -j2 -C src "$@" >make.log 2>&1 || tail make.log
}

install__puts_everything_below_its_prefix_and_takes_it_away() { # long
	prints <<-'END'
		/usr/bin/privtmp
		/usr/share/bash-completion/completions/privtmp
		/usr/share/fish/vendor_completions.d/privtmp.fish
		/usr/share/man/man1/privtmp.1
		/usr/share/man/man7/privtmp-recipes.7
		/usr/share/zsh/site-functions/_privtmp
		privtmp [0-9]*
		0
	END
	_make_copy install DESTDIR="$B/root" PREFIX=/usr
	find root -type f | sed 's,^root,,' | sort
	root/usr/bin/privtmp --version
	make -s -C src uninstall DESTDIR="$B/root" PREFIX=/usr >/dev/null
	find root -type f | wc -l
}

dist__is_the_same_bytes_each_time_and_builds_by_itself() { # long
	prints <<-'END'
		same
		runs
	END
	_make_copy dist
	sha256sum src/build/privtmp-*.tar.gz >first
	touch src/README.md
	make -s -C src dist >/dev/null
	sha256sum src/build/privtmp-*.tar.gz | cmp - first && echo same
	mkdir unpacked
	tar -xzf src/build/privtmp-*.tar.gz -C unpacked --strip-components=1
	make -s -j2 -C unpacked >/dev/null
	unpacked/privtmp -b "$B" -C / -- echo runs
	gone
}

deb__runs_from_a_fresh_root_and_has_no_errors() { # long
	prints <<-'END'
		usr/bin/privtmp
		usr/share/bash-completion/completions/privtmp
		usr/share/doc/privtmp/README.md*
		usr/share/doc/privtmp/changelog.Debian.gz
		usr/share/doc/privtmp/copyright
		usr/share/fish/vendor_completions.d/privtmp.fish
		usr/share/man/man1/privtmp.1.gz
		usr/share/man/man7/privtmp-recipes.7.gz
		usr/share/zsh/vendor-completions/_privtmp
		https://*
		770
		1
		0
	END
	needs dpkg-buildpackage dh lintian man
	_make_copy deb
	dpkg-deb -x src/build/deb/privtmp_*_*.deb root
	(cd root && find usr -type f | sort)
	dpkg-deb -f src/build/deb/privtmp_*_*.deb Homepage
	root/usr/bin/privtmp -b "$B" -u "$U" -C / -- stat -c %a /tmp
	gone
	man -l root/usr/share/man/man1/privtmp.1.gz 2>/dev/null |
		grep -c 'run a command with a /tmp of its own'
	lintian --allow-root src/build/deb/*.deb 2>/dev/null | grep -c ^E: || :
}

rpm__runs_from_a_fresh_root() { # long
	prints <<-'END'
		770
	END
	needs rpmbuild rpm2cpio cpio
	_make_copy rpm
	mkdir root
	rpm2cpio src/build/rpm/RPMS/*/privtmp-0*.rpm | (cd root && cpio -idm 2>/dev/null)
	root/usr/bin/privtmp -b "$B" -u "$U" -C / -- stat -c %a /tmp
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
	_make_copy STATIC=1 CC=musl-gcc
	mkdir -p root/tmp root/proc
	chmod 1777 root/tmp
	cp src/privtmp root/
	apart _run_in_root
	until_ok no_cell_in root/tmp
}
