# What each purpose needs, by Debian 12's names. Installed by scripts/install-packages when
# missing; a package with a service in it is only unpacked, under $(BUILD)/cache.

BUILD_PACKAGES := gcc libc6-dev clang libbpf-dev libmicrohttpd-dev libsqlite3-dev bpftool pkg-config python3-minimal

VM_PACKAGES    := qemu-system-x86 busybox-static cpio e2fsprogs

# libclang-rt-dev is libFuzzer's run time for the default clang; libjansson-dev reads our JSON back.
TEST_PACKAGES  := bats fish libcmocka-dev libjansson-dev libnats-dev openssl python3 \
		  python3-jsonschema sqlite3 libclang-rt-dev runc spin zsh $(VM_PACKAGES)

# A server for the fleet's tests.
TEST_UNPACKED  := nats-server

LINT_PACKAGES  := clang-format clang-tidy cppcheck shellcheck mandoc

DEB_PACKAGES   := dpkg-dev debhelper lintian

CLEAN_PACKAGES := debootstrap

BENCH_PACKAGES := bpftrace fatrace python3
BENCH_UNPACKED := auditd libauparse0 libwrap0 libnsl2

.PHONY: build-packages vm-packages test-packages lint-packages bench-packages
build-packages:
	@scripts/install-packages build $(BUILD_PACKAGES)

# One after the other, since apt takes one caller at a time.
test-packages: build-packages
	@scripts/install-packages tests $(TEST_PACKAGES)
	@scripts/unpack-packages $(BUILD)/cache/fleet $(TEST_UNPACKED)

vm-packages: build-packages
	@scripts/install-packages "virtual machine" $(VM_PACKAGES)

lint-packages: build-packages
	@scripts/install-packages lint $(LINT_PACKAGES)

bench-packages: build-packages
	@scripts/install-packages benchmarks $(BENCH_PACKAGES)
	@scripts/unpack-packages $(BUILD)/cache/bench $(BENCH_UNPACKED)
