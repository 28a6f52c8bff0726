# Build rules: one list of sources per stage, every object under $(BUILD) beside its source's path.

CC         ?= gcc
ifeq ($(origin CC),default)
CC         := gcc
endif
BPF_CLANG  ?= clang
BPFTOOL    ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

# The BPF target has no multiarch include path of its own.
MULTIARCH  := $(shell gcc -print-multiarch 2>/dev/null)
BPF_ARCH   := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))

WARNINGS   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	      -Wwrite-strings -Wcast-align -Wundef
CFLAGS     ?= -O2 -g
ALL_CFLAGS  = -std=gnu17 $(WARNINGS) -Werror -fPIC -D_GNU_SOURCE -DWHODEL_VERSION='"$(VERSION)"' \
	      -I. -I$(BUILD) $(LIBBPF_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS)
BPF_CFLAGS  = -std=gnu17 -Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations -Werror \
	      -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -I. -idirafter /usr/include/$(MULTIARCH)

# Evaluated when a recipe runs: pkg-config may only just have been installed.
LIBBPF_CFLAGS = $(shell $(PKG_CONFIG) --cflags libbpf)
# The fleet's libraries may be missing: then fleet/none.c says so. Looked at when make starts.
FLEET         := $(shell $(PKG_CONFIG) --exists libnats jansson 2>/dev/null && echo yes)
FLEET_SRC     := $(if $(FLEET),$(filter-out fleet/none.c,$(wildcard fleet/*.c)),fleet/none.c)
FLEET_LIBS     = $(if $(FLEET),$(shell $(PKG_CONFIG) --libs libnats jansson))
LIBBPF_LIBS   = $(shell $(PKG_CONFIG) --libs libbpf)
# What whodel itself links besides the channel, which needs libbpf only.
WHODEL_LIBS   = $(LIBBPF_LIBS) $(shell $(PKG_CONFIG) --libs sqlite3 libmicrohttpd) $(FLEET_LIBS) -pthread -lm

CHANNEL_SRC := $(wildcard channel/*.c)
WHODEL_SRC  := $(wildcard trace/*.c output/*.c history/*.c doctor/*.c cli/*.c) $(FLEET_SRC)
PROBE_SRC   := $(wildcard probe/*.bpf.c)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

.PHONY: build binaries
build: build-packages ## build whodel, libbpfchan and the examples (installs what is missing)
	@$(MAKE) --no-print-directory binaries

COMPLETIONS := $(addprefix $(BUILD)/completions/,bash zsh fish)
binaries: $(BUILD)/whodel $(BUILD)/libbpfchan.a $(BUILD)/libbpfchan.so $(COMPLETIONS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.debug
	$(BPFTOOL) gen object $@ $@.debug

# No name given: the object's own, so that tests and tools find it again.
$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(subst .,_,$(notdir $*))_bpf > $@

# Skeletons are included as "probe/NAME.skel.h", out of $(BUILD).
$(call obj,$(wildcard trace/*.c)): | $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(PROBE_SRC))

$(BUILD)/libbpfchan.a: $(call obj,$(CHANNEL_SRC))
	$(AR) rcs $@ $^

$(BUILD)/libbpfchan.so: $(call obj,$(CHANNEL_SRC)) channel/libbpfchan.map
	$(CC) $(LDFLAGS) -shared -Wl,-soname,libbpfchan.so.0 -Wl,--no-undefined \
		-Wl,--version-script=channel/libbpfchan.map -o $@ $(call obj,$(CHANNEL_SRC)) $(LIBBPF_LIBS)

$(BUILD)/whodel: $(call obj,$(WHODEL_SRC)) $(BUILD)/libbpfchan.a
	$(CC) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ $(WHODEL_LIBS)

# Out of what whodel says of itself, so that they cannot differ from it.
$(COMPLETIONS): $(BUILD)/completions/%: $(BUILD)/whodel scripts/completions
	@mkdir -p $(@D)
	scripts/completions $* $< >$@

-include $(shell find $(BUILD) -path $(BUILD)/cache -prune -o -type f -name '*.d' -print 2>/dev/null)
