# shellcheck shell=sh
# The machine is what the other tests take it for.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

is_mounted() {
	grep -q " $1 $2 " /proc/mounts
}

series=$(sed -n 's/.*whodel\.series=\([^ ]*\).*/\1/p' /proc/cmdline)
check "runs a kernel of the series $series" sh -c "uname -r | grep -q '^$series\.'"
check "has BTF" test -s /sys/kernel/btf/vmlinux
check "has tracefs" is_mounted /sys/kernel/tracing tracefs
check "has a tmpfs" is_mounted /mnt/tmpfs tmpfs
check "has an ext4 disk" is_mounted /mnt/ext4 ext4
plan
