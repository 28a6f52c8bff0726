# The tutorial's program, four times: on raw libbpf with each buffer, and on libbpfchan.

EXAMPLES     := unlink_perf unlink_ring unlink_ring_output unlink_channel
EXAMPLE_BINS := $(addprefix $(BUILD)/examples/,$(EXAMPLES))

.PHONY: examples examples-diff
examples: $(EXAMPLE_BINS) ## build the tutorial's programs in build/examples

binaries: examples

$(EXAMPLE_BINS): $(BUILD)/examples/%: $(BUILD)/examples/%.o $(BUILD)/examples/example.o
	$(CC) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ $(LIBBPF_LIBS)

$(BUILD)/examples/unlink_channel: $(BUILD)/libbpfchan.a

# Skeletons are included as "examples/NAME.skel.h", out of $(BUILD).
$(EXAMPLE_BINS:=.o): $(BUILD)/examples/%.o: | $(BUILD)/examples/%.skel.h

# Kept: a test or a reader may want to look into the objects.
.SECONDARY: $(EXAMPLE_BINS:=.bpf.o)

examples-diff: ## count the lines in which the tutorial's programs really differ
	@examples/count-diff.sh

.PHONY: examples-compare
examples-compare: examples ## show what both buffers hold, lose and reorder (as root)
	@examples/compare.sh $(BUILD)/examples
