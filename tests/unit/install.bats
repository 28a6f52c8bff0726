#!/usr/bin/env bats
# make install into a folder of its own, and the README's program built on what is there.

setup_file() {
	export top=$BATS_TEST_DIRNAME/../..
	export dest=$BATS_FILE_TMPDIR/dest
	export prefix=/opt/whodel
	install_to install
}

# Not under the make that runs the tests: its job server is not for this one.
install_to() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$top" "BUILD=${BUILD:-build}" \
		"DESTDIR=$dest" "PREFIX=$prefix" "$1"
}

pc() {
	PKG_CONFIG_PATH=$dest$prefix/lib/pkgconfig pkg-config \
		"--define-variable=prefix=$dest$prefix" "$@" libbpfchan
}

# The fenced block behind "<!-- NAME -->"
readme_block() {
	awk -v mark="<!-- $1 -->" '
		$0 == mark { armed = 1; next }
		armed && /^```/ { if (inside) exit; inside = 1; next }
		inside { print }' "$top/README.md"
}

# shellcheck disable=SC2094 # a name in the README, and a file
setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	readme_block "hello.bpf.c" >hello.bpf.c
	readme_block "hello.c" >hello.c
	# Needs neither root nor a load: the channel is sized before that.
	cat >open.c <<'C'
#include <bpf/libbpf.h>
#include <bpfchan.h>
#include <stdio.h>

static int on_record(void *ctx, const struct bpfchan_header *record)
{
	(void)ctx;
	(void)record;
	return 0;
}

int main(void)
{
	char why[256] = "";
	struct bpfchan_opts opts = {
		.sz = sizeof(opts), .transport = BPFCHAN_PERF, .perf_pages = 8,
		.on_record = on_record, .error = why, .error_size = sizeof(why),
	};
	struct bpfchan_stats stats = { .sz = sizeof(stats) };
	struct bpf_object *obj = bpf_object__open_file("hello.bpf.o", NULL);
	struct bpfchan *chan = NULL;

	if (!obj || bpfchan_open(obj, &opts, &chan) || bpfchan_stats(chan, &stats)) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	printf("%s %zu %zu\n", bpfchan_transport_name(stats.transport), stats.perf_pages,
		   stats.max_record);
	bpfchan_close(chan);
	bpf_object__close(obj);
	return 0;
}
C
}

# shellcheck disable=SC2046 # flags are words
compile_bpf() {
	clang -Wall -Wextra -Werror -Wno-unused-parameter -g -O2 -target bpf -mcpu=v3 \
		-idirafter "/usr/include/$(gcc -print-multiarch)" $(pc --cflags) -c hello.bpf.c \
		-o hello.bpf.o
}

readonly opened="perf 8 32752"

@test "what is installed is whole, and its links lead somewhere" {
	local name
	for name in bin/whodel lib/libbpfchan.a lib/libbpfchan.so.0 lib/pkgconfig/libbpfchan.pc \
		include/bpfchan.h include/bpfchan_types.h include/bpfchan.bpf.h \
		share/man/man1/whodel.1 share/man/man3/bpfchan.3 share/man/man3/bpfchan_open.3 \
		share/man/man3/bpfchan_reserve.3; do
		[ -s "$dest$prefix/$name" ]
	done
	[ -z "$(find "$dest" -xtype l)" ]
	[ "$("$dest$prefix/bin/whodel" --version)" = "whodel $(pc --modversion)" ]
}

@test "nothing that is installed names the build folder" {
	run grep -rlF "$(cd "$top" && pwd -P)" "$dest$prefix/include" "$dest$prefix/lib/pkgconfig"
	[ "$status" = 1 ]
	grep -qx "prefix=$prefix" "$dest$prefix/lib/pkgconfig/libbpfchan.pc"
}

# shellcheck disable=SC2046
@test "the README's BPF program and its user side compile, shared" {
	compile_bpf
	gcc -Wall -Wextra -Werror -Wno-unused-parameter hello.c $(pc --cflags --libs) -o hello
	gcc -Wall -Wextra -Werror open.c $(pc --cflags --libs) -o open
	readelf -d open | grep -q 'NEEDED.*\[libbpfchan.so.0\]'
	run env "LD_LIBRARY_PATH=$dest$prefix/lib" ./open
	[ "$status" = 0 ]
	[ "$output" = "$opened" ]
}

# shellcheck disable=SC2046
@test "and static, with nothing else to load" {
	compile_bpf
	gcc -static -Wall -Wextra -Werror open.c $(pc --static --cflags --libs) -o open
	run readelf -d open
	[[ $output == *"no dynamic section"* ]]
	run ./open
	[ "$status" = 0 ]
	[ "$output" = "$opened" ]
}

@test "the shared library exports the documented functions and no others" {
	readelf --dyn-syms --wide "$dest$prefix/lib/libbpfchan.so.0" |
		awk '$5 == "GLOBAL" && $7 != "UND" && $4 == "FUNC" { sub("@.*", "", $8); print $8 }' |
		sort >have
	grep -oE '^[a-z].*\<bpfchan_[a-z]+(_[a-z]+)?\(' "$dest$prefix/include/bpfchan.h" |
		grep -oE 'bpfchan_[a-z_]+\($' | tr -d '(' | sort >want
	[ -s want ]
	diff -u want have
}

@test "the service's unit is as systemd wants it, and starts what was installed" {
	unit=$dest$prefix/lib/systemd/system/whodel-record.service
	grep -qx "ExecStart=$prefix/bin/whodel record" "$unit"
	command -v systemd-analyze >/dev/null || return 0
	sed "s|^ExecStart=|&$dest|" "$unit" >whodel-record.service
	run systemd-analyze verify --man=no ./whodel-record.service
	[ "$status" = 0 ]
	[[ $output != *whodel-record* ]]
}

# The last one: it takes away what the others use.
@test "uninstall leaves nothing" {
	touch "$dest$prefix/lib/libother.so"
	install_to uninstall
	[ "$(find "$dest" ! -type d)" = "$dest$prefix/lib/libother.so" ]
}
