# privtmp
#
#   make                  the program, ./privtmp
#   make check            the tests; as root for all of them, and with PRIVTMP_TEST_MUST_RUN=1 none may be skipped
#   make lint             compiler warnings as errors, static analysis, the format, the manual page, the shell scripts
#   make install          below $(DESTDIR)$(PREFIX)
#   make dist, deb, rpm   the sources as one file, and packages, below build
#   make CC=musl-gcc      with another libc; with STATIC=1 one file that needs nothing else
#   make check SANITIZE=1 the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   make check-kernel KERNEL='linux-image-*.deb'
#                         the tests on another kernel of Debian's, in a virtual machine; as root
#   make bench            how long a start takes, beside others; as root
#   make fuzz             each parser of text for SECONDS=60, with clang's libFuzzer

VERSION = 0.1
build = build
PREFIX = /usr/local
CFLAGS = -O2 -g

# Ours come first, so that a packager's flags win.
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
# Files beyond 2 GB and times beyond 2038 on machines of 32 bits, too.
DEFINES = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DVERSION='"$(VERSION)"'
# Debian's musl comes without the kernel's headers, which are those of the machine.
ifeq ($(notdir $(CC)),musl-gcc)
DEFINES += -idirafter /usr/include -idirafter /usr/include/$(shell gcc -print-multiarch)
endif
HARDENING = -fPIE -fstack-protector-strong
ifeq (,$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)))
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
LINKING = -pie -Wl,-z,relro,-z,now
ifdef STATIC
# No PIE: the wrapper that makes gcc use musl does not know a static one.
LINKING = -static -no-pie -Wl,-z,relro,-z,now
endif
ifdef SANITIZE
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENING = -fPIE
build = build/sanitize
sanitizer_options = tests/sanitizers.c
# Tests that cannot be had together with them are skipped.
export PRIVTMP_SANITIZED = 1
endif
COMPILE = $(CC) -std=c11 $(WARNINGS) $(DEFINES) -MMD -MP -c -o $@ $<

sources = $(wildcard src/*.c)
unit_sources = $(wildcard tests/unit/*.c)
system_sources = $(wildcard tests/system/*.c)
system_tests = $(filter-out tests/system/lib.sh tests/system/run.sh,$(wildcard tests/system/*.sh))
# What the system tests run, beside the program.
helpers = $(patsubst tests/helpers/%.c,build/helpers/%,$(wildcard tests/helpers/*.c))
objects = $(sources:src/%.c=$(build)/%.o)
# Unit tests wrap libc calls, and hardened code calls some of them by other names.
plain_objects = $(patsubst src/%.c,$(build)/plain/%.o,$(filter-out src/main.c,$(sources)))
system_objects = $(system_sources:tests/system/%.c=$(build)/system/%.o)
unit_objects = $(unit_sources:tests/unit/%.c=$(build)/unit/%.o)
unit_tests = $(unit_objects:.o=)

all: privtmp

privtmp: $(objects) build/linked
	$(CC) $(LINKING) $(SANITIZERS) $(CFLAGS) $(LDFLAGS) -o $@ $(objects) $(sanitizer_options) $(LDLIBS)

# Other flags, or another compiler, build all anew. The program is in one place whatever the flags.
export flags = $(CC) $(LINKING) $(HARDENING) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(build)/flags build/linked: force
	@mkdir -p $(@D)
	@echo "$$flags" | cmp -s - $@ || echo "$$flags" >$@

$(build)/%.o: src/%.c Makefile $(build)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(HARDENING) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS)

$(build)/plain/%.o: src/%.c Makefile $(build)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS)

$(build)/unit/%.o: tests/unit/%.c Makefile $(build)/flags
	@mkdir -p $(@D)
	$(COMPILE) -Isrc $(SANITIZERS) $(CPPFLAGS) $(CFLAGS)

$(build)/system/%.o: tests/system/%.c Makefile $(build)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(CPPFLAGS) $(CFLAGS)

# The first lines of a unit test, or a fuzzer, say which calls it takes over: /* wraps: NAME... */
# With 64-bit file offsets and times, some of these have other names.
wrapped = $(shell sed -n 's,^/\* wraps: \(.*\) \*/$$,\1,p' $(1))
wrap = -Wl,--wrap=$(1) $(foreach name,$(1)64 __$(1)_time64 __$(1)64_time64, \
	-Wl,--wrap=$(name),--defsym=__wrap_$(name)=__wrap_$(1))
wraps = $(foreach name,$(call wrapped,$(1)),$(call wrap,$(name)))

$(unit_tests): %: %.o $(plain_objects)
	$(CC) $(SANITIZERS) $(CFLAGS) $(LDFLAGS) $(call wraps,tests/unit/$(@F).c) -o $@ $^ $(sanitizer_options) -lcmocka $(LDLIBS)

$(build)/system/privtmp-tests: $(system_objects)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# At low addresses, which the system calls of 32-bit ABIs can name.
build/helpers/%: tests/helpers/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARNINGS) $(DEFINES) $(CPPFLAGS) $(CFLAGS) -fno-pie -no-pie -o $@ $<

# The shell reads line by line, awk only when its buffer is full: with Debian 13's, not before the end.
check: privtmp $(helpers) $(unit_tests) $(build)/system/privtmp-tests
	@export CMOCKA_MESSAGE_OUTPUT=TAP; \
	{ for program in $(if $(TRIALS),,$(unit_tests)) '$(build)/system/privtmp-tests $(system_tests)'; do \
		echo "# $${program%% *}"; \
		$$program || echo "# $${program%% *}: exit status $$?"; \
	done 2>&1 3>&- | while IFS= read -r line; do \
		printf '%s\n' "$$line" >&3; \
		printf '%s\n' "$$line"; \
	done | awk -f tests/count.awk; } 3>&1

check-kernel: privtmp $(helpers) $(unit_tests) $(build)/system/privtmp-tests
	@tests/kernel/run $(KERNEL)

# A fuzzer for each parser of text, with what it takes as a beginning.
fuzzers = $(patsubst tests/fuzz/%.c,$(build)/fuzz/%,$(wildcard tests/fuzz/*.c))
SECONDS = 60

$(build)/fuzz/%: tests/fuzz/%.c $(filter-out src/main.c,$(sources)) Makefile
	@mkdir -p $(@D)
	clang -std=c11 $(WARNINGS) $(DEFINES) -Isrc -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(call wraps,$<) -o $@ $(filter %.c,$^)

fuzz: $(fuzzers)
	@for fuzzer in $(fuzzers); do mkdir -p $$fuzzer.found && $$fuzzer -close_fd_mask=2 -max_total_time=$(SECONDS) -print_final_stats=1 \
	$$fuzzer.found tests/fuzz/corpus/$${fuzzer##*/} || exit 1; done

# With the flags of the program.
benches = $(patsubst tests/bench/%.c,$(build)/bench/%,$(wildcard tests/bench/*.c))
$(build)/bench/%: tests/bench/%.c Makefile $(build)/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARNINGS) $(DEFINES) $(HARDENING) $(CPPFLAGS) $(CFLAGS) $(LINKING) $(LDFLAGS) -o $@ $<

bench: privtmp $(benches)
	tests/bench/run $(build)/bench ./privtmp

# Debian's cross compilers, those that are installed.
machines = aarch64 arm i686 powerpc64le riscv64 s390x
crosses = $(notdir $(wildcard $(machines:%=/usr/bin/%-linux-gnu*-gcc)))

lint: lint-gcc lint-clang lint-analyzer $(crosses:%=lint-%)
	clang-tidy --quiet --warnings-as-errors='*' $(sources) -- -std=c11 $(DEFINES)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr $(DEFINES) src
	clang-format --dry-run -Werror src/*.[ch] tests/*/*.[ch]
	mandoc -T lint -W warning man/privtmp.1
	shellcheck .ci/run tests/kernel/run tests/kernel/init tests/system/*.sh tests/bench/run

lint-gcc lint-clang: lint-%:
	$(MAKE) --no-print-directory CC=$* CFLAGS='-O2 -Werror' build=build/lint-$* lint-objects

$(crosses:%=lint-%): lint-%:
	$(MAKE) --no-print-directory CC=$* CFLAGS='-O2 -Werror' build=build/lint-$* lint-program

# What is allocated lives as long as the process.
lint-analyzer:
	$(MAKE) --no-print-directory CC=gcc CFLAGS='-O2 -fanalyzer -Wno-analyzer-malloc-leak -Werror' build=build/lint-analyzer lint-program

lint-program: $(objects)

lint-objects: $(helpers) $(benches) $(objects) $(plain_objects) $(unit_objects) $(system_objects)

# What is installed beside the program: from, to. Debian's zsh looks elsewhere.
prefix = $(DESTDIR)$(PREFIX)
zsh = share/zsh/site-functions
installed = \
	man/privtmp.1:share/man/man1/privtmp.1 \
	src/completion/privtmp.bash:share/bash-completion/completions/privtmp \
	src/completion/_privtmp:$(zsh)/_privtmp \
	src/completion/privtmp.fish:share/fish/vendor_completions.d/privtmp.fish

install: privtmp
	install -D -m 755 privtmp $(prefix)/bin/privtmp
	@for file in $(installed); do install -D -m 644 "$${file%%:*}" "$(prefix)/$${file#*:}" || exit 1; done

uninstall:
	rm -f $(prefix)/bin/privtmp $(foreach file,$(installed),$(prefix)/$(lastword $(subst :, ,$(file))))

# The sources, the same bytes whoever packs them and when.
name = privtmp-$(VERSION)
SOURCE_DATE_EPOCH ?= 1795392000
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
	cd build/deb/$(name) && dpkg-buildpackage -us -uc -b

# The compiler is there, whatever package it came from.
rpm: dist
	mkdir -p build/rpm
	rpmbuild -bb --nodeps --define "_topdir $(CURDIR)/build/rpm" --define "_sourcedir $(CURDIR)/build" src/packaging/privtmp.spec

clean:
	rm -rf build privtmp

.PHONY: force all check check-kernel fuzz bench lint lint-gcc lint-clang lint-analyzer $(crosses:%=lint-%) lint-program lint-objects install uninstall dist deb rpm clean

-include $(wildcard $(build)/*.d $(build)/*/*.d)
