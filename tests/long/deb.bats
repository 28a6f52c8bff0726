#!/usr/bin/env bats
# The Debian packages: what they are made of, and their life in a bare Debian 12.
bats_require_minimum_version 1.5.0

setup_file() {
	export top=$BATS_TEST_DIRNAME/../..
	export BUILD=${BUILD:-build}
	[ "${BUILD#/}" != "$BUILD" ] || BUILD=$(cd "$top" && realpath "$BUILD")
	export debs=$BUILD/deb root=$BATS_FILE_TMPDIR/root
	# Not under the make that runs the tests: its job server is not for this one.
	(cd "$top" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s deb "BUILD=build") >&2
	[ "$BUILD" -ef "$top/build" ] || debs=$top/build/deb
	in_lib make_base
	in_lib unpack_base "$root"
	rm -f "$root"/var/log/*.log "$root"/var/log/apt/*
	inside apt-get -qq update
	cp "$debs"/whodel_*.deb "$debs"/libbpfchan*.deb "$root/root/"
	rm -f "$root"/root/*dbgsym*
	age "$root"/root/whodel_*.deb
}

teardown_file() {
	rm -rf --one-file-system "$root"
}

# In a shell of its own: it has names that bats has too.
in_lib() {
	(
		. "$top/scripts/clean-root.sh"
		"$@"
	)
}

inside() {
	in_lib in_root "$root" "$@"
}

# age DEB: the same package as of before, beside it as old.deb.
age() {
	local unpacked=$BATS_FILE_TMPDIR/unpacked
	dpkg-deb -R "$1" "$unpacked"
	sed -i 's/^\(Version: .*\)/\1~before/' "$unpacked/DEBIAN/control"
	dpkg-deb -b "$unpacked" "$(dirname "$1")/old.deb" >/dev/null
}

# Everything but what apt and dpkg themselves keep, and what follows from any package's coming.
files() {
	(cd "$root" && find . -xdev \( -path ./root -o -path ./proc -o -path ./sys -o -path ./dev \
		-o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/log \
		-o -path ./tmp \) -prune -o -print | sort)
}

@test "lintian has nothing to say" {
	run lintian --fail-on error,warning,info --display-info --allow-root "$debs"/*.changes
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "the library's package is named by its soname" {
	dpkg-deb --fsys-tarfile "$debs"/libbpfchan0_*.deb | tar -xO --wildcards '*/libbpfchan.so.*.*.*' \
		>"$BATS_TEST_TMPDIR/library"
	readelf -d "$BATS_TEST_TMPDIR/library" | grep -q 'SONAME.*libbpfchan\.so\.0\]'
}

@test "what the packages hold is what make install installs" {
	local deb
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$top" install PREFIX=/usr \
		"LIBDIR=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" "DESTDIR=$BATS_TEST_TMPDIR/installed"
	for deb in whodel libbpfchan0 libbpfchan-dev; do
		dpkg-deb -x "$debs/${deb}"_*.deb "$BATS_TEST_TMPDIR/packed"
	done
	# debhelper adds the documents and compresses the manuals.
	(cd "$BATS_TEST_TMPDIR/packed" && find . ! -type d ! -path './usr/share/doc/*' | sed 's/\.gz$//' | sort) \
		>"$BATS_TEST_TMPDIR/packed.list"
	(cd "$BATS_TEST_TMPDIR/installed" && find . ! -type d | sort) >"$BATS_TEST_TMPDIR/installed.list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/packed.list")" -gt 20 ]
	diff "$BATS_TEST_TMPDIR/installed.list" <(grep -v '/systemd/\|/sysusers.d/\|/etc/' "$BATS_TEST_TMPDIR/packed.list")
}

@test "it installs, runs, upgrades, and goes without a trace" {
	# What it depends on is no trace of it, so it comes first and stays.
	inside sh -c 'apt-get -qq install --no-install-recommends $(dpkg-deb -f /root/old.deb Depends |
		tr -d "," | sed "s/([^)]*)//g; s/| [^ ]*//g")'
	files >"$BATS_FILE_TMPDIR/before"

	inside apt-get -qq install --no-install-recommends /root/old.deb
	run inside whodel --version
	[ "$output" = "whodel $(sed -n 's/^VERSION := //p' "$top/Makefile")" ]
	# A real deletion, seen by the packaged program.
	run -0 --separate-stderr inside sh -c 'echo gone >/root/notes; exec whodel -o json -- rm /root/notes'
	[[ $output == *'"op":"unlink","ok":true'*'/root/notes"'* ]]

	inside sh -c 'apt-get -qq install --no-install-recommends /root/whodel_*.deb'
	inside dpkg-query -W -f '${Version} ${db:Status-Abbrev}' whodel | grep -v before | grep -q '^0.* ii'
	inside whodel help | grep -q trace

	inside apt-get -qq purge whodel
	files >"$BATS_FILE_TMPDIR/after"
	diff "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/after"
	run inside dpkg-query -W whodel
	[ "$status" != 0 ]
}

# Last, since a compiler is much to install.
@test "a program is built on libbpfchan-dev alone, and runs on libbpfchan0" {
	inside sh -c 'apt-get -qq install --no-install-recommends /root/libbpfchan*.deb gcc libc6-dev pkg-config'
	cat >"$root/root/name.c" <<-'END'
		#include <bpfchan.h>
		#include <stdio.h>

		int main(void)
		{
			return puts(bpfchan_transport_name(BPFCHAN_RING)) < 0;
		}
	END
	inside sh -c 'cd /root && gcc name.c $(pkg-config --cflags --libs libbpfchan) -o name'
	[ "$(inside /root/name)" = ring ]
	inside ldd /root/name | grep -q 'libbpfchan\.so\.0 => /'
}
