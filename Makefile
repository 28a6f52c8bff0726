# whodel: GNU make, out of tree in $(BUILD), system libraries through pkg-config.
# A newcomer needs two targets: demo and test. `make help` lists the rest.

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

include mk/packages.mk
include mk/build.mk
include mk/bench.mk
include examples/examples.mk
include tests/tests.mk
include mk/demo.mk
include mk/lint.mk
include mk/install.mk
include mk/deb.mk

.PHONY: help clean
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

clean: ## remove everything that was built; downloads under $(BUILD)/cache stay
	@[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
