# shellcheck shell=sh
# What the virtual machines' scripts share on the host's side. Wants $top, the source folder.

build=${BUILD:-$top/build}
case $build in
/*) ;;
*) build=$top/$build ;;
esac
kernels=$build/cache/kernels

vm_fail() {
	printf 'vm: %s\n' "$*" >&2
	exit 1
}

# Which meta package stands for a kernel series in Debian 12.
meta_package() {
	case $1 in
	6.1) echo linux-image-cloud-amd64 ;;
	6.12) echo linux-image-6.12-cloud-amd64 ;;
	*) vm_fail "no kernel is known by the name $1; try 6.1 or 6.12" ;;
	esac
}

# Prints the folder of a kernel series; resolved and downloaded only when it is not there yet.
kernel_folder() {
	if [ ! -e "$kernels/$1/boot" ]; then
		meta=$(meta_package "$1") || return 1
		package=$(resolve "$meta") || return 1
		"$top/scripts/unpack-packages" "$kernels" "$package" || return 1
		ln -sfn "$package" "$kernels/$1"
	fi
	printf '%s\n' "$kernels/$1"
}

resolve() {
	image=$(image_of "$1")
	if [ -z "$image" ]; then
		"$top/scripts/unpack-packages" --update
		image=$(image_of "$1")
	fi
	[ -n "$image" ] || vm_fail "cannot find the kernel behind the package $1; try: apt-get update"
	printf '%s\n' "$image"
}

image_of() {
	apt-cache depends "$1" 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# An ext4 file system for the machine's disk.
make_disk() {
	truncate -s 64M "$1"
	PATH=$PATH:/sbin:/usr/sbin mke2fs -q -F -t ext4 "$1"
}

# A disk that is a tar archive: the guest's folder of results comes out in it.
make_results() {
	truncate -s 64M "$1"
}

# boot KERNEL_FOLDER INITRAMFS DISK CONSOLE_LOG SECONDS [KERNEL_PARAMETER...]
# What the guest's scripts print comes out on stdout, and in $boot_results, if that is set to what
# make_results() made, what they left in /results. Hardware virtualisation is not asked for:
# inside a virtual machine it may be there and hang. One thread emulates both CPUs in turn: with
# a thread for each, QEMU 7.2 now and then runs stale code where the kernel patches its own
# ("Oops: int3", once in some thirty boots).
boot() {
	boot_kernel=$(echo "$1"/boot/vmlinuz-*) boot_initramfs=$2 boot_disk=$3 boot_log=$4 boot_limit=$5
	shift 5
	timeout -k 5 "$boot_limit" qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1G -smp 2 \
		-display none -monitor none -no-reboot -nic none \
		-kernel "$boot_kernel" -initrd "$boot_initramfs" \
		-drive "file=$boot_disk,format=raw,if=virtio" \
		${boot_results:+-drive "file=$boot_results,format=raw,if=virtio"} \
		-append "console=ttyS0 panic=-1 $*" \
		-serial "file:$boot_log" -serial stdio </dev/null
}
