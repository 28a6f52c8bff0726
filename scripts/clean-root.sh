# shellcheck shell=sh
# A bare Debian 12 to try things in: made once by debootstrap, unpacked anew for each use. Mirror and
# download options are the ones that this machine's apt uses. Needs root. Wants $top, the sources.

release=bookworm
case ${BUILD:=$top/build} in
/*) cache=$BUILD/cache/clean-root ;;
*) cache=$top/$BUILD/cache/clean-root ;;
esac

say() {
	printf 'clean root: %s\n' "$*" >&2
}

fail() {
	say "$@"
	exit 1
}

# SITE SUITE COMPONENT of each of the release's package lists, as apt here has them.
sources() {
	apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(CODENAME) $(SITE) $(RELEASE) $(COMPONENT)' |
		awk -v release=$release '
			$1 == "Packages" && $2 == "Debian" && index($3, release) == 1 { print $4, $5, $6 }'
}

# make_base: once, since the bare system never changes, only what is tried in it.
make_base() {
	[ ! -e "$cache/base.tar" ] || return 0
	say "making a bare Debian $release"
	mkdir -p "$cache"
	site=$(sources | awk -v release=$release '$2 == release { print $1; exit }')
	[ -n "$site" ] || fail "apt knows no source of Debian $release here; try: apt-get update"
	rm -rf "$cache/base"
	debootstrap --variant=minbase --include=make,git,ca-certificates \
		$release "$cache/base" "$site" >"$cache/debootstrap.log" 2>&1 || {
		tail -n 20 "$cache/debootstrap.log" >&2
		fail "debootstrap failed"
	}
	tar -C "$cache/base" -cf "$cache/base.tar.new" .
	mv "$cache/base.tar.new" "$cache/base.tar"
	rm -rf "$cache/base"
}

# unpack_base FOLDER: what was there goes.
unpack_base() {
	rm -rf --one-file-system "$1"
	mkdir -p "$1"
	tar -C "$1" -xf "$cache/base.tar"
	sources | sed 's/^/deb /' >"$1/etc/apt/sources.list"
	apt-config dump | grep '^Acquire::' | grep -v '::IndexTargets::\|::Changelogs::' \
		>"$1/etc/apt/apt.conf.d/90-as-outside" || :
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
}

# in_root FOLDER COMMAND...: in a mount namespace of its own, so that nothing stays mounted however
# this ends.
in_root() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private sh -euc '
		root=$1
		mount -t proc proc "$root/proc"
		mount -t sysfs sysfs "$root/sys"
		mount --rbind /dev "$root/dev"
		shift
		exec chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' in_root "$@"
}
