# make bench: how long a start takes, beside others; as root. With the flags of the program.
benches = $(patsubst tests/%.c,$(build)/%,$(wildcard tests/bench/*.c))

$(benches): kind = $(HARDENING)
$(benches): $(build)/%: tests/%.c $(build)/flags
	@mkdir -p $(@D)
	$(call brief,CC $<)$(COMPILE) $(LINKING) $(LDFLAGS) -o $@ $<

bench: privtmp $(benches)
	tests/bench/run $(build)/bench ./privtmp
