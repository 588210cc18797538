# make fuzz: each parser of text for SECONDS, with clang's libFuzzer. The corpus has what it takes as a beginning.
SECONDS = 60
fuzzers = $(patsubst tests/%.c,$(build)/%,$(wildcard tests/fuzz/*.c))

$(fuzzers): $(build)/%: tests/%.c $(filter-out src/main.c,$(sources)) Makefile
	@mkdir -p $@.found
	clang -std=c11 $(WARNINGS) $(DEFINES) -Isrc -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	$(call wraps,$<) -o $@ $(filter %.c,$^)

fuzz: $(fuzzers:%=%.run)

$(fuzzers:%=%.run): %.run: %
	$< -close_fd_mask=2 -max_total_time=$(SECONDS) -print_final_stats=1 $<.found tests/fuzz/corpus/$(notdir $<)
