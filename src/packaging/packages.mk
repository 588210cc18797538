# make dist: the sources in one file, the same bytes whoever packs them and when. make deb, rpm: packages of it.
name = privtmp-$(VERSION)
export SOURCE_DATE_EPOCH ?= 1795392000

dist:
	@mkdir -p build
	tar --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r-w,a+X --format=gnu \
	--transform='s,^,$(name)/,' -cf - Makefile README.md LICENSE man src tests .ci .clang-format .clang-tidy .editorconfig .gitignore | \
	gzip -n9 >build/$(name).tar.gz

deb: dist
	rm -rf build/deb && mkdir -p build/deb
	tar -xzf build/$(name).tar.gz -C build/deb
	cp build/$(name).tar.gz build/deb/privtmp_$(VERSION).orig.tar.gz
	cp -r src/packaging/debian build/deb/$(name)/debian
	cd build/deb/$(name) && dpkg-buildpackage -us -uc

# The compiler is there, whatever package it came from.
rpm: dist
	mkdir -p build/rpm
	rpmbuild -bb --nodeps --define "_topdir $$PWD/build/rpm" --define "_sourcedir $$PWD/build" src/packaging/privtmp.spec
