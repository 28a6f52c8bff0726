# Test programs. A test is found by where it lies:
#   tests/unit/NAME.c    a cmocka program, with ASan and UBSan over itself and all it links
#   tests/unit/NAME.bats what needs neither root nor BPF, such as the tests' own tools
#   tests/kernel/NAME.bats  run as root on this kernel; NAME.c beside it are helper programs in
#                        $(BUILD)/tests/kernel, NAME.bpf.c their skeletons
#   tests/fuzz/NAME.c    a libFuzzer harness
#   tests/long/NAME.bats only in make test-long
# Extra sources and linker flags: UNIT_NAME_SRC, UNIT_NAME_LDFLAGS and the like for KERNEL, FUZZ.

UNIT_test_output_json_LDFLAGS := -ljansson
UNIT_test_output_answer_LDFLAGS := -ljansson

# The writer of the store, and what it needs.
KERNEL_mkstore_SRC     := $(wildcard history/*.c) trace/names.c trace/clone.c trace/filter.c \
			  $(wildcard output/*.c)
KERNEL_mkstore_LDFLAGS := -lsqlite3
UNIT_test_output_csv_LDFLAGS := -ljansson
UNIT_test_output_ecs_LDFLAGS := -ljansson
KERNEL_mixed_SRC := $(wildcard tests/mixed/*.c)

# Everything but main, built again with sanitizers; the linker takes what a test asks for.
TESTED_SRC := $(CHANNEL_SRC) $(filter-out cli/main.c,$(WHODEL_SRC))
SANITIZE   := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
FUZZ_CC    ?= clang
FUZZ_FLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	      -fno-omit-frame-pointer -O1 -Wno-error

UNIT_TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
KERNEL_TESTS := $(patsubst %.c,$(BUILD)/%,$(filter-out %.bpf.c,$(wildcard tests/kernel/*.c)))
FUZZ_TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))
TEST_SKELS   := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(wildcard tests/kernel/*.bpf.c))
PROBE_SKELS  := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(PROBE_SRC))

san_obj  = $(patsubst %.c,$(BUILD)/asan/%.o,$(1))
fuzz_obj = $(patsubst %.c,$(BUILD)/fuzz/%.o,$(1))

.PHONY: test test-long test-programs
# TIER="unit kernel" runs just these; a test needs more than one job to build in good time.
test: test-packages build ## run every test; TIER="unit ..." for some: unit kernel vm fuzz
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) test-programs
	@BUILD=$(BUILD) tests/run $(TIER)

test-long: test-packages build ## run every test and those that take long
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) test-programs
	@BUILD=$(BUILD) tests/run unit kernel vm fuzz long

test-programs: $(UNIT_TESTS) $(KERNEL_TESTS) $(FUZZ_TESTS) $(BUILD)/asan/whodel

# The doctor's findings here and in the virtual machines, as a page; the tests compare it with theirs.
.PHONY: coverage
coverage: test-packages build ## as root: make docs/coverage.md anew, from the tests' own results
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) test-programs
	-BUILD=$(BUILD) bats --tap tests/kernel/doctor.bats
	-BUILD=$(BUILD) WHODEL_VM_SCRIPTS=doctor.sh tests/vm/run
	scripts/coverage $(BUILD)/results

# CLEAN_TARGETS: what to make in there, one after the other.
CLEAN_TARGETS ?= demo demo test
.PHONY: test-clean-root
test-clean-root: ## as root: make demo and make test in a bare Debian 12
	@scripts/install-packages "clean root" $(CLEAN_PACKAGES)
	@BUILD=$(BUILD) scripts/check-clean-root $(CLEAN_TARGETS)

.PHONY: demo-vm
demo-vm: vm-packages ## boot Debian's 6.12 kernel and run the tutorial's program in it
	@$(MAKE) --no-print-directory --silent examples
	@BUILD=$(BUILD) tests/vm/demo

$(BUILD)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c $< -o $@

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

$(call san_obj,$(TESTED_SRC)) $(call fuzz_obj,$(TESTED_SRC)): | $(PROBE_SKELS)
$(patsubst %,%.o,$(KERNEL_TESTS)): | $(TEST_SKELS) $(PROBE_SKELS)

$(BUILD)/asan/tested.a: $(call san_obj,$(TESTED_SRC))
	$(AR) rcs $@ $^

$(BUILD)/asan/whodel: $(BUILD)/asan/cli/main.o $(BUILD)/asan/tested.a
	$(CC) $(SANITIZE) -o $@ $^ $(WHODEL_LIBS)

$(BUILD)/fuzz/tested.a: $(call fuzz_obj,$(TESTED_SRC))
	$(AR) rcs $@ $^

# Kept, so that a test can look into them and nothing is built twice.
.SECONDARY: $(patsubst %.c,$(BUILD)/%.o,$(PROBE_SRC) $(wildcard tests/kernel/*.bpf.c))

.SECONDEXPANSION:
$(UNIT_TESTS): $(BUILD)/%: $(BUILD)/asan/%.o $$(call san_obj,$$(UNIT_$$(notdir $$*)_SRC)) \
			   $(BUILD)/asan/tested.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(UNIT_$(notdir $*)_LDFLAGS) -lcmocka $(WHODEL_LIBS)

$(KERNEL_TESTS): $(BUILD)/%: $(BUILD)/%.o $$(call obj,$$(KERNEL_$$(notdir $$*)_SRC)) \
			     $(BUILD)/libbpfchan.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(KERNEL_$(notdir $*)_LDFLAGS) -pthread $(LIBBPF_LIBS)

$(FUZZ_TESTS): $(BUILD)/%: $(BUILD)/fuzz/%.o $$(call fuzz_obj,$$(FUZZ_$$(notdir $$*)_SRC)) \
			   $(BUILD)/fuzz/tested.a
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_$(notdir $*)_LDFLAGS) $(WHODEL_LIBS)
