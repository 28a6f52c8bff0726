#!/usr/bin/env bats
# Deletions through io_uring: by a worker thread of the kernel, on behalf of who submitted them.
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

# uring ARGUMENT...: traced, and it must succeed.
uring() {
	trace --moves -- "$helpers/requests" "$@"
	[ "$status" = 0 ]
}

@test "unlink: the process that asked for it, the true path and the identity, on ext4" {
	local inode
	mkdir "$ext4/real"
	ln -s real "$ext4/link"
	echo content >"$ext4/real/a"
	inode=$(stat -c %i "$ext4/real/a")
	uring unlink "$ext4/link/a"
	event op=unlink ok=true via=io_uring "path=$ext4/real/a" "path_seen=$ext4/link/a" \
		comm=requests "exe=$helpers/requests" "inode=$inode" size=8 links=0 incomplete=
	summary delivered=1 lost=0
}

@test "on tmpfs, relative to the working directory" {
	touch "$tmpfs/a"
	trace -- sh -c 'cd "$1" && exec "$2" unlink a' sh "$tmpfs" "$helpers/requests"
	event op=unlink ok=true via=io_uring "path=$tmpfs/a" comm=requests \
		incomplete=path_unverified,identity_unknown
	summary delivered=1 lost=0
}

@test "rmdir, and a rename that replaces a file" {
	local inode
	mkdir "$ext4/d"
	echo old >"$ext4/b"
	touch "$ext4/a"
	inode=$(stat -c %i "$ext4/b")
	uring rmdir "$ext4/d"
	event op=rmdir ok=true via=io_uring "path=$ext4/d" incomplete=
	uring rename "$ext4/a" "$ext4/b"
	event op=replace ok=true via=io_uring "path=$ext4/b" "replaced_by=$ext4/a" "inode=$inode" size=4
	event op=move ok=true via=io_uring "path=$ext4/a" "to=$ext4/b"
	summary delivered=2 lost=0
}

@test "many at once: each has its own outcome and identity" {
	local i inode
	for i in {1..60}; do echo "$i" >"$ext4/$i"; done
	stat -c '%n %i' "$ext4"/* >"$BATS_TEST_TMPDIR/inodes"
	rm "$ext4/7"
	trace -x -- "$helpers/requests" unlink "$ext4"/{1..60}
	[ "$status" = 1 ]
	event ok=false error=ENOENT via=io_uring "path=$ext4/7"
	while read -r i inode; do
		[ "$i" != "$ext4/7" ] || continue
		event ok=true via=io_uring "path=$i" "inode=$inode"
	done <"$BATS_TEST_TMPDIR/inodes"
	summary delivered=60 lost=0
}

@test "submitted by the kernel's polling thread: told of its process" {
	touch "$ext4/a"
	uring sqpoll unlink "$ext4/a"
	event op=unlink ok=true via=io_uring "path=$ext4/a" comm=requests "exe=$helpers/requests"
	summary delivered=1 lost=0
}

@test "without a completion the outcome is not known" {
	touch "$ext4/a"
	uring skip unlink "$ext4/a"
	event op=unlink ok=null via=io_uring "path=$ext4/a" comm=requests
	[ ! -e "$ext4/a" ]
	summary delivered=1 lost=0
}
