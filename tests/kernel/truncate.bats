#!/usr/bin/env bats
# --truncations: content that is cut to nothing, by each system call that can.
# What lib.bash sets and takes: shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	on_ext4 "$BATS_FILE_TMPDIR/ext4"
	on_tmpfs "$BATS_FILE_TMPDIR/tmpfs"
}

teardown_file() {
	unmount_below "$BATS_FILE_TMPDIR"
}

setup() {
	ext4=$BATS_FILE_TMPDIR/ext4/$BATS_TEST_NUMBER
	tmpfs=$BATS_FILE_TMPDIR/tmpfs/$BATS_TEST_NUMBER
	mkdir "$ext4" "$tmpfs"
}

# cut CODE ARGUMENT...: Python, with the arguments in a.
cut() {
	local code=$1
	shift
	trace --truncations -- python3 -IBc "import os, sys; a = sys.argv[1:]; $code" "$@"
	[ "$status" = 0 ]
}

@test "open with O_TRUNC, truncate and ftruncate on ext4: the file, its old size, its true path" {
	local way inode
	mkdir "$ext4/real"
	ln -s real "$ext4/link"
	for way in 'open(a[0], "w")' 'os.truncate(a[0], 0)' 'os.ftruncate(os.open(a[0], os.O_WRONLY), 0)' \
		'os.open(os.path.basename(a[0]), os.O_WRONLY | os.O_TRUNC, dir_fd=os.open(os.path.dirname(a[0]), 0))'; do
		echo content >"$ext4/real/a"
		inode=$(stat -c %i "$ext4/real/a")
		cut "$way" "$ext4/link/a"
		[ ! -s "$ext4/real/a" ]
		event op=truncate ok=true "path=$ext4/real/a" "inode=$inode" size=8 links=1 kind=file \
			incomplete= comm=python3
		summary lost=0 # besides, the shell cuts the file that it writes to
	done
}

@test "off ext4 a descriptor tells all, an open tells the file, truncate the path" {
	local inode
	echo content >"$tmpfs/a"
	inode=$(stat -c %i "$tmpfs/a")
	cut 'os.ftruncate(os.open(a[0], os.O_WRONLY), 0)' "$tmpfs/a"
	event op=truncate ok=true "path=$tmpfs/a" "inode=$inode" size=8 incomplete=
	echo content >"$tmpfs/a"
	cut 'open(a[0], "w")' "$tmpfs/a"
	event op=truncate ok=null "path=$tmpfs/a" "inode=$inode" size=null incomplete=victim_unknown
	echo content >"$tmpfs/a"
	cut 'os.truncate(a[0], 0)' "$tmpfs/a"
	event op=truncate ok=null "path=$tmpfs/a" inode=null incomplete+=victim_unknown
}

@test "what loses nothing is not told: new files, other lengths, devices, and all without the option" {
	echo content >"$ext4/a"
	cut 'open(a[0] + "new", "w"); os.truncate(a[0], 3); open("/dev/null", "w"); open(a[0], "a")
os.ftruncate(os.open(a[0] + "new", os.O_WRONLY), 0)' "$ext4/a"
	summary delivered=0
	trace -- python3 -IBc "open('$ext4/a', 'w')"
	[ "$status" = 0 ]
	[ ! -s "$ext4/a" ]
	summary delivered=0
}

@test "a refused one with -x, and never as done" {
	mkdir "$ext4/d"
	trace -x --truncations -- python3 -IBc "import os
for path in '$ext4/d', '$ext4/absent':
    try: os.truncate(path, 0)
    except OSError: pass"
	event op=truncate ok=false error=EISDIR "path=$ext4/d"
	event op=truncate ok=false error=ENOENT "path=$ext4/absent"
}
