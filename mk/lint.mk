# One target for each tool, so that -j runs them beside each other and a failure has a name.

LINT_SRC     := $(CHANNEL_SRC) $(WHODEL_SRC) $(filter-out %.bpf.c,$(wildcard examples/*.c)) \
		$(filter-out %.bpf.c,$(wildcard bench/peers/*.c)) \
		$(filter-out %.bpf.c,$(wildcard tests/kernel/*.c)) $(wildcard tests/unit/*.c tests/fuzz/*.c)
FORMATTED    := $(wildcard $(foreach d,channel probe trace output history cli bench bench/peers examples tests/unit tests/kernel \
		tests/fuzz,$(d)/*.c $(d)/*.h))
LINT_SRC     += $(wildcard tests/mixed/*.c)
FORMATTED    += $(wildcard fleet/*.[ch] doctor/*.[ch] tests/mixed/*.[ch])
PUBLIC_HDR   := channel/bpfchan.h channel/bpfchan_types.h
# Shell is what says so in its first line, and what the virtual machine's scripts source.
SHELL_SRC     = $(shell git ls-files -co --exclude-standard | xargs -d '\n' -r \
		awk 'FNR == 1 && /^\#.*(shellcheck shell=|bin\/(ba)?sh|busybox sh|bats)/ { print FILENAME }' \
		2>/dev/null)
MAN_SRC      := $(wildcard man/*.[1-9])
LINT_SKELS   := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(PROBE_SRC) $(wildcard bench/*.bpf.c bench/peers/*.bpf.c examples/*.bpf.c) \
		$(wildcard tests/kernel/*.bpf.c))
# Skeletons are generated and not ours to tidy: they count as a system's headers. bpftool 7.1's
# lose memory when memory runs out, which is told at the place that calls them.
SKEL_CHECKS  := --checks=-clang-analyzer-unix.Malloc
TIDY_CFLAGS   = $(patsubst -I$(BUILD),-isystem $(BUILD),$(filter-out -Werror,$(ALL_CFLAGS)))
TIDY_STAMPS  := $(patsubst %,$(BUILD)/lint/%.tidy,$(LINT_SRC))

.PHONY: lint lint-all lint-format lint-tidy lint-cppcheck lint-shell lint-man lint-headers
lint: lint-packages ## check style, C, shell, man pages and the public headers
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) -k lint-all

lint-all: lint-format lint-tidy lint-cppcheck lint-shell lint-man lint-headers

lint-format:
	clang-format --dry-run -Werror $(FORMATTED)

lint-tidy: $(TIDY_STAMPS)

$(BUILD)/lint/%.tidy: % .clang-tidy $(wildcard */*.h) | $(LINT_SKELS)
	@mkdir -p $(@D)
	clang-tidy --quiet $(if $(shell grep -l '\.skel\.h"' $<),$(SKEL_CHECKS)) $< -- $(TIDY_CFLAGS) >$@.log 2>&1 || { cat $@.log; exit 1; }
	@touch $@

# Each suppression: what cppcheck cannot know. missingIncludeSystem: system headers are the
# compiler's business. unusedFunction is not on: a library has some.
lint-cppcheck: | $(LINT_SKELS)
	cppcheck --quiet --error-exitcode=1 --std=c11 --language=c \
		--enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress='*:$(BUILD)/*' \
		-D_GNU_SOURCE -I. -I$(BUILD) $(LINT_SRC)

# bats runs each test in a subshell and sources what shellcheck does not follow, so whether a
# variable is set or used (SC2030, SC2031, SC2034, SC2154) cannot be seen there.
lint-shell:
	shellcheck $(filter-out %.bats %.bash,$(SHELL_SRC))
	shellcheck --exclude=SC2030,SC2031,SC2034,SC2154 $(filter %.bats %.bash,$(SHELL_SRC))

lint-man:
	$(if $(MAN_SRC),mandoc -T lint -W warning $(MAN_SRC))

# Whoever includes them may be stricter than this project, and may speak C++.
lint-headers: $(patsubst %,$(BUILD)/lint/%.headers,$(PUBLIC_HDR))

$(BUILD)/lint/%.headers: % $(PUBLIC_HDR)
	@mkdir -p $(@D)
	gcc -std=c17 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c -I. $<
	clang -std=c++17 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c++ -I. $<
	@touch $@
