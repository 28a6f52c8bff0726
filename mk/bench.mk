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

# The page: gnuplot draws it, and a browser looks at it in make test-long.
REPORT_PACKAGES := gnuplot-nox
PAGE_PACKAGES   := $(REPORT_PACKAGES) chromium

.PHONY: bench report-packages page-packages
bench: build report-packages ## as root: measure both buffers here, into build/bench (a quarter of an hour)
	@mkdir -p $(BUILD)/bench
	$(BUILD)/whodel bench --json $(BUILD)/bench/results.json --report $(BUILD)/bench/report

report-packages: build-packages
	@scripts/install-packages report $(REPORT_PACKAGES)

# After the tests' own: apt takes one caller at a time.
page-packages: test-packages
	@scripts/install-packages "page in a browser" $(PAGE_PACKAGES)

test-long: page-packages

# The storm: whodel beside what else tells of deletions. Its helpers stand alone.
PEERS := $(BUILD)/bench/peers/storm $(BUILD)/bench/peers/empty

.PHONY: bench-peers peers-packages
bench-peers: build bench-packages $(PEERS) ## as root: whodel, bpftrace, auditd, fatrace under a storm of deletions (asks first)
	@BUILD=$(BUILD) bench/peers/peers --json $(BUILD)/bench/peers/results.json $(PEERS_ARGS)

$(BUILD)/bench/peers/empty.o: | $(BUILD)/bench/peers/empty.skel.h

$(BUILD)/bench/peers/storm: $(BUILD)/bench/peers/storm.o
	$(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/bench/peers/empty: $(BUILD)/bench/peers/empty.o $(BUILD)/trace/hooks.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBBPF_LIBS)

.SECONDARY: $(BUILD)/bench/peers/empty.bpf.o

.PHONY: bench-filter
bench-filter: build ## as root: what the filters in the kernel save, one deletion of a hundred wanted
	@mkdir -p $(BUILD)/bench
	@BUILD=$(BUILD) bench/filter/filter --json $(BUILD)/bench/filter.json $(FILTER_ARGS)

# After all other packages: apt takes one caller at a time.
peers-packages: page-packages
	@$(MAKE) --no-print-directory bench-packages

test-long: peers-packages
test-programs: $(PEERS)
