# What make builds of itself, put into a fresh root.
# shellcheck shell=sh

# Copy the sources: what is built here is not built in the tree.
_copy_sources() {
	mkdir src
	tar -C $T --exclude=./build --exclude=./.git --exclude=./privtmp -cf - . | tar -xf - -C src
}

install__puts_everything_below_its_prefix_and_takes_it_away() {
	prints <<-'END'
		/usr/bin/privtmp
		/usr/lib/tmpfiles.d/privtmp.conf
		/usr/share/bash-completion/completions/privtmp
		/usr/share/fish/vendor_completions.d/privtmp.fish
		/usr/share/man/man1/privtmp.1
		/usr/share/zsh/site-functions/_privtmp
		privtmp [0-9]*
	END
	_copy_sources
	make -s -C src install DESTDIR=$B/root PREFIX=/usr
	find root -type f | sed 's,^root,,' | sort
	root/usr/bin/privtmp --version
	make -s -C src uninstall DESTDIR=$B/root PREFIX=/usr >/dev/null
	find root -type f
}

dist__is_the_same_bytes_each_time_and_builds_by_itself() {
	prints <<-'END'
		runs
	END
	_copy_sources
	make -s -C src dist
	mv src/build/privtmp-*.tar.gz one.tar.gz
	touch src/README.md
	make -s -C src dist
	cmp one.tar.gz src/build/privtmp-*.tar.gz
	mkdir built
	tar -xzf one.tar.gz -C built --strip-components=1
	make -s -j2 -C built
	built/privtmp -b $B -C / -- echo runs
	gone
}

deb__runs_from_a_fresh_root_and_has_no_errors() {
	prints <<-'END'
		770
		1
	END
	needs dpkg-buildpackage dh lintian man
	_copy_sources
	make -C src deb >log 2>&1 || tail log
	dpkg-deb -x src/build/deb/privtmp_*_*.deb root
	root/usr/bin/privtmp -b $B -u $U -C / -- stat -c %a /tmp
	gone
	man -l root/usr/share/man/man1/privtmp.1.gz 2>/dev/null |
		grep -c 'run a command with a /tmp of its own'
	lintian --allow-root src/build/deb/*.deb 2>/dev/null | grep ^E: || :
}

rpm__runs_from_a_fresh_root() {
	prints <<-'END'
		770
	END
	needs rpmbuild rpm2cpio cpio
	_copy_sources
	make -C src rpm >log 2>&1 || tail log
	mkdir root
	rpm2cpio src/build/rpm/RPMS/*/privtmp-0*.rpm >rpm.cpio
	cpio -D root -idm --quiet <rpm.cpio
	root/usr/bin/privtmp -b $B -u $U -C / -- stat -c %a /tmp
	gone
}

static__is_one_file_that_needs_nothing() {
	prints <<-'END'
		privtmp [0-9]*
	END
	needs musl-gcc
	_copy_sources
	make -s -j2 -C src STATIC=1 CC=musl-gcc
	mkdir -p root/tmp root/proc
	chmod 1777 root/tmp
	cp src/privtmp root/
	mount --bind root root
	chroot root /privtmp -- /privtmp --version
	until_ok umount root
}
