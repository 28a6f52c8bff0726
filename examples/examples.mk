# The tutorial's program on raw libbpf, with each of the two buffers.

EXAMPLES     := unlink_perf unlink_ring unlink_ring_output
EXAMPLE_BINS := $(addprefix $(BUILD)/examples/,$(EXAMPLES))

.PHONY: examples examples-diff
examples: $(EXAMPLE_BINS) ## build the tutorial's programs in build/examples

binaries: examples

$(EXAMPLE_BINS): $(BUILD)/examples/%: $(BUILD)/examples/%.o $(BUILD)/examples/example.o
	$(CC) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ $(LIBBPF_LIBS)

# Skeletons are included as "examples/NAME.skel.h", out of $(BUILD).
$(EXAMPLE_BINS:=.o): $(BUILD)/examples/%.o: | $(BUILD)/examples/%.skel.h

# Kept: a test or a reader may want to look into the objects.
.SECONDARY: $(EXAMPLE_BINS:=.bpf.o)

examples-diff: ## count the lines in which the tutorial's programs really differ
	@examples/count-diff.sh
