# The demo: the main job, shown and checked on this kernel.

.PHONY: demo
demo: ## build, and watch whodel catch real deletions, over both buffers
	@[ -x $(BUILD)/whodel ] || echo "Building whodel first, which takes about a minute."
	@$(MAKE) --no-print-directory --silent $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) build
	@scripts/demo ./$(BUILD)/whodel
