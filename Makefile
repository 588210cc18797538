# privtmp
#
#   make                  the program, ./privtmp; V=1 shows the commands
#   make check            the tests, as root; with PRIVTMP_TEST_MUST_RUN=1 none is skipped, with LONG=1 none shortened
#   make install          below $(DESTDIR)$(PREFIX)
#   make CC=musl-gcc      with another libc; with STATIC=1 one file that needs nothing else
#   make check SANITIZE=1 the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#
# Below, and in the files included there: lint, check-kernel, bench, fuzz, dist, deb, rpm.

VERSION = 0.1
build = build
PREFIX = /usr/local
CFLAGS ?= -O2 -g

# Ours come first, so that a packager's flags win.
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
# Files beyond 2 GB and times beyond 2038 on machines of 32 bits, too.
DEFINES = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DVERSION='"$(VERSION)"'
# Debian's musl comes without the kernel's headers, which are those of the machine.
ifeq ($(notdir $(CC)),musl-gcc)
DEFINES += -idirafter /usr/include -idirafter /usr/include/$(shell gcc -print-multiarch)
endif
FORTIFICATION = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDENING = -fPIE -fstack-protector-strong $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,$(FORTIFICATION))
# The wrapper that makes gcc use musl knows no static PIE.
LINKING = $(if $(STATIC),-static -no-pie,-pie) -Wl,-z,relro,-z,now
ifdef SANITIZE
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENING = -fPIE
build = build/sanitize
sanitizer_options = tests/sanitizers.c
unit_options = ASAN_OPTIONS=detect_leaks=0
# Tests that cannot be had together with them are skipped.
export PRIVTMP_SANITIZED = 1
endif
# The same program wherever it is built: $$PWD, which may have blanks and quotes, is left out.
COMPILE = $(CC) -std=c11 $(WARNINGS) $(DEFINES) -ffile-prefix-map="$$PWD"=. $(kind) $(CPPFLAGS) $(CFLAGS)
brief = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo '$(1)';)

sources = $(sort $(wildcard src/*.c))
objects = $(sources:%.c=$(build)/%.o)
unit_tests = $(patsubst tests/unit/%.c,$(build)/unit/%,$(sort $(wildcard tests/unit/*.c)))
system_tests = $(filter-out %/lib.sh %/run.sh,$(sort $(wildcard tests/system/*.sh)))
# What the system tests run, beside the program.
helpers = $(patsubst tests/%.c,build/%,$(wildcard tests/helpers/*.c))
test_programs = privtmp $(helpers) $(unit_tests) $(build)/system/privtmp-tests

all: privtmp

privtmp: $(objects) build/linked
	$(call brief,LD $@)$(CC) $(LINKING) $(SANITIZERS) $(CFLAGS) $(LDFLAGS) -o $@ $(objects) $(sanitizer_options) $(LDLIBS)

# What is installed beside the program: from, to. Debian's zsh looks elsewhere.
prefix = $(DESTDIR)$(PREFIX)
zsh = share/zsh/site-functions
pages = $(wildcard man/*.[1-8])
installed = $(foreach page,$(pages),$(page):share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	src/completion/privtmp.bash:share/bash-completion/completions/privtmp \
	src/completion/_privtmp:$(zsh)/_privtmp \
	src/completion/privtmp.fish:share/fish/vendor_completions.d/privtmp.fish

install: privtmp
	install -D -m 755 privtmp "$(prefix)/bin/privtmp"
	@for file in $(installed); do sed 's,/usr/local/bin/privtmp,$(PREFIX)/bin/privtmp,g' "$${file%%:*}" | \
	install -D -m 644 /dev/stdin "$(prefix)/$${file#*:}" || exit 1; done

uninstall:
	rm -f "$(prefix)/bin/privtmp"
	@for file in $(installed); do rm -f "$(prefix)/$${file#*:}"; done

clean:
	rm -rf build privtmp

# What check runs, to build it alone.
tests: $(test_programs)

# The shell reads line by line, awk only when its buffer is full: with Debian 13's, not before the end.
# What the system tests print waits in a pipe while the unit tests run.
check: tests
	@umask 022; trap : INT; export CMOCKA_MESSAGE_OUTPUT=TAP; \
	{ $(build)/system/privtmp-tests $(system_tests) 2>&1 3>&- | { \
		trap '' HUP INT TERM; \
		for test in $(if $(TRIALS),,$(unit_tests)); do \
			echo "# $$test"; \
			$(alone) $$test || echo "# $$test: exit status $$?"; \
		done 2>&1; \
		echo '# system'; \
		cat; \
	} 2>/dev/null | while IFS= read -r line; do \
		printf '%s\n' "$$line" >&3; \
		printf '%s\n' "$$line"; \
	done | awk -v programs=$(if $(TRIALS),1,$(words $(unit_tests) system)) -f tests/count.awk; } 3>&1

# Other flags, or another compiler, build all anew. The program is in one place whatever the flags.
export flags = $(COMPILE) $(HARDENING) $(LINKING) $(SANITIZERS) $(LDFLAGS)
$(build)/flags build/linked: force
	@mkdir -p $(@D)
	@echo "$$flags" | cmp -s - $@ || echo "$$flags" >$@

$(build)/src/%.o: kind = $(HARDENING) $(SANITIZERS)
$(build)/plain/%.o $(build)/tests/unit/%.o: kind = $(SANITIZERS) -Isrc

$(build)/%.o: %.c $(build)/flags
	@mkdir -p $(@D)
	$(call brief,CC $<)$(COMPILE) -MMD -MP -c -o $@ $<

# Unit tests wrap libc calls, and hardened code calls some of them by other names.
plain_objects = $(patsubst src/%.c,$(build)/plain/%.o,$(filter-out src/main.c,$(sources)))
$(plain_objects): $(build)/plain/%.o: src/%.c $(build)/flags
	@mkdir -p $(@D)
	$(call brief,CC $<)$(COMPILE) -MMD -MP -c -o $@ $<

# The first lines of a unit test, or a fuzzer, say which calls it takes over: /* wraps: NAME... */
# With 64-bit file offsets and times, some of these have other names.
wrapped = $(shell sed -n 's,^/\* wraps: \(.*\) \*/$$,\1,p' $(1))
wrap = -Wl,--wrap=$(1) $(foreach name,$(1)64 __$(1)_time64 __$(1)64_time64, \
	-Wl,--wrap=$(name),--defsym=__wrap_$(name)=__wrap_$(1))
wraps = $(foreach name,$(call wrapped,$(1)),$(call wrap,$(name)))

$(unit_tests): $(build)/unit/%: $(build)/tests/unit/%.o $(plain_objects)
	@mkdir -p $(@D)
	$(call brief,LD $@)$(CC) $(SANITIZERS) $(CFLAGS) $(LDFLAGS) $(call wraps,tests/unit/$*.c) -o $@ $^ -lcmocka $(LDLIBS)

$(build)/system/privtmp-tests: $(build)/tests/system/main.o
	@mkdir -p $(@D)
	$(call brief,LD $@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# At low addresses, which the system calls of 32-bit ABIs can name.
$(helpers): build/%: tests/%.c Makefile
	@mkdir -p $(@D)
	$(call brief,CC $<)$(COMPILE) -fno-pie -no-pie -o $@ $<

# Unit tests, too, get an environment that depends on nothing of the place.
alone = env -i PATH="$$PATH" CMOCKA_MESSAGE_OUTPUT=TAP $(unit_options) \
	$(foreach name,DEADLINE PRIVTMP_TEST_MUST_RUN,$(if $($(name)),$(name)='$($(name))'))

check-kernel:
	@tests/kernel/run $(KERNEL)

# Debian's cross compilers, those that are installed.
machines = aarch64 arm i686 powerpc64le riscv64 s390x
crosses = $(notdir $(wildcard $(machines:%=/usr/bin/%-linux-gnu*-gcc)))

lint: lint-gcc lint-clang lint-analyzer $(crosses:%=lint-%) $(sources:%=tidy-%)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr $(DEFINES) src
	clang-format --dry-run -Werror src/*.[ch] tests/*/*.[ch]
	mandoc -T lint -W warning $(pages)
	shellcheck .ci/run tests/kernel/run tests/kernel/init tests/system/*.sh tests/bench/run

lint-gcc lint-clang $(crosses:%=lint-%): lint-%:
	+$(MAKE) --no-print-directory CC=$* CFLAGS='-O2 -Werror' build=build/lint-$* lint-$(if $(findstring -,$*),program,objects)

$(sources:%=tidy-%): tidy-%:
	clang-tidy --quiet --warnings-as-errors='*' $* -- -std=c11 $(DEFINES)

# What is allocated lives as long as the process.
lint-analyzer:
	+$(MAKE) --no-print-directory CFLAGS='-O2 -fanalyzer -Wno-analyzer-malloc-leak -Werror' build=build/$@ lint-program

lint-program: $(objects)

lint-objects: $(objects) $(plain_objects) $(helpers) $(benches) $(patsubst %.c,$(build)/%.o,$(wildcard tests/unit/*.c tests/system/*.c))

.PHONY: force all install uninstall clean tests check check-kernel bench fuzz dist deb rpm \
	lint lint-gcc lint-clang lint-analyzer lint-program lint-objects $(crosses:%=lint-%) $(sources:%=tidy-%)

include tests/bench/bench.mk tests/fuzz/fuzz.mk src/packaging/packages.mk
-include $(wildcard $(build)/*/*.d $(build)/*/*/*.d)
