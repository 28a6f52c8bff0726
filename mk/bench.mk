# whodel bench: linked into whodel; its BPF programs are skeletons as the probes' are.

BENCH_SRC   := $(filter-out %.bpf.c,$(wildcard bench/*.c))
BENCH_SKELS := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(wildcard bench/*.bpf.c))

# For what comes behind: the tests and the linters know bench/ by it.
WHODEL_SRC  += $(BENCH_SRC)

$(BUILD)/whodel: $(call obj,$(BENCH_SRC))

# However they are built: plain, with sanitizers, for a fuzzer, or only looked at.
$(call obj,$(BENCH_SRC)) $(patsubst %.c,$(BUILD)/asan/%.o,$(BENCH_SRC)) \
$(patsubst %.c,$(BUILD)/fuzz/%.o,$(BENCH_SRC)) \
$(patsubst %,$(BUILD)/lint/%.tidy,$(BENCH_SRC)) lint-cppcheck: | $(BENCH_SKELS)

.SECONDARY: $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/*.bpf.c))
