#!/usr/bin/env bats
# The whole live path with AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup() {
	dir=$BATS_TEST_TMPDIR/files
	whodel=$build/asan/whodel
	export ASAN_OPTIONS=exitcode=99 LSAN_OPTIONS=exitcode=98
	[ -x "$whodel" ]
}

make_files() {
	mkdir -p "$dir/sub"
	python3 -SB "$BATS_TEST_DIRNAME/names.py" make "$dir/names"
	for i in {1..300}; do echo "$i" >"$dir/sub/$i"; done
}

# clean STATUS OPTION... -- COMMAND...
clean() {
	local wanted=$1
	shift
	"$whodel" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "${status:-0}" = "$wanted" ]
	! grep -E 'Sanitizer|runtime error' "$BATS_TEST_TMPDIR/err" || return 1
	status=0
}

@test "a few hundred deletions over both transports, in both formats" {
	for transport in ring perf; do
		for format in table json; do
			make_files
			clean 0 --transport "$transport" -o $format -- rm -r "$dir"
			[ "$(grep -ac "$dir" "$BATS_TEST_TMPDIR/out")" -gt 300 ]
		done
	done
}

@test "many processes, with filters and failed attempts" {
	make_files
	clean 0 -x -v -u root -c rm --path '*' --exclude '*/1*' -o json -- \
		sh -c 'for file in "$1"/sub/*; do rm "$file" "$file" 2>/dev/null; done; :' sh "$dir"
	grep -q ENOENT "$BATS_TEST_TMPDIR/out"
}

@test "a buffer that is too small" {
	for transport in ring perf; do
		make_files
		clean 0 --transport "$transport" --buffer 4K -o json -- rm -r "$dir"
	done
}

@test "what goes wrong" {
	mkdir -p "$dir"
	touch "$dir/a"
	clean 127 -- "$dir/absent"
	clean 2 --buffer 12Q
	clean 1 --probe kprobe
	clean 125 --transport perf --buffer 64T -- true
	clean 2 -u nobody -c x --path y --nonsense
	run "$whodel" -o json -- rm "$dir/a" >/dev/full
	status=0
	timeout 60 bash -c '"$1" 2>"$2/err" | true; exit "${PIPESTATUS[0]}"' bash "$whodel" "$dir" ||
		status=$?
	[ "$status" = 1 ]
	run ! grep -E 'Sanitizer|runtime error' "$dir/err"
}
