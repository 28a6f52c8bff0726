#!/usr/bin/env bats
# The ways to delete a file, on ext4, which shows what really goes, and on tmpfs, which does not.
# What lib.bash sets and takes, and a subshell for each test, as bats has it:
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	on_ext4 "$BATS_FILE_TMPDIR/ext4"
	on_tmpfs "$BATS_FILE_TMPDIR/tmpfs"
}

teardown_file() {
	unmount_below "$BATS_FILE_TMPDIR"
}

# Runs a function in a folder of its own on each file system. $sure: what is incomplete about a
# path that ext4 verifies. $unsure: the same, where only a path walk can tell a symlinked parent.
on_both() {
	local place
	for place in ext4 tmpfs; do
		dir=$BATS_FILE_TMPDIR/$place/$BATS_TEST_NUMBER
		mkdir -p "$dir"
		sure=incomplete= unsure=incomplete=
		if [ "$place" = tmpfs ]; then
			sure=incomplete=path_unverified,identity_unknown
			unsure=incomplete=path_unverified,symlink_unresolved,identity_unknown
		fi
		echo "# on $place"
		"$1"
	done
}

# py CODE ARGUMENT...: a Python command is traced, with the arguments in a.
py() {
	local code=$1
	shift
	trace -- python3 -IBc "import os, sys; a = sys.argv[1:]; $code" "$@"
	[ "$status" = 0 ]
}

# act HOW ARGUMENT...
act() {
	trace -- "$helpers/act" "$@"
	[ "$status" = 0 ]
}

absolute() {
	touch "$dir/a" "$dir/b"
	py 'os.unlink(a[0]); os.unlink(a[1], dir_fd=os.open("/tmp", os.O_RDONLY))' "$dir/a" "$dir/b"
	event op=unlink ok=true error=null "path=$dir/a" path_seen=null "$unsure"
	event "path=$dir/b" path_seen=null "$unsure"
	summary delivered=2 lost=0
}

@test "by an absolute path, with unlink and unlinkat" {
	on_both absolute
}

relative() {
	mkdir "$dir/deep"
	touch "$dir/deep/a" "$dir/b"
	py 'os.chdir(a[0]); os.unlink("a"); os.chdir(".."); os.unlink("./b")' "$dir/deep"
	event "path=$dir/deep/a" path_seen=null "$sure"
	event "path=$dir/b" path_seen=null
	summary delivered=2
}

@test "by a path relative to the working directory" {
	on_both relative
}

descriptor() {
	mkdir -p "$dir/one/two"
	touch "$dir/one/a" "$dir/one/two/b"
	py 'fd = os.open(a[0], os.O_PATH); os.unlink("a", dir_fd=fd)
os.unlink("two/b", dir_fd=fd); os.rmdir("two", dir_fd=fd)' "$dir/one"
	event op=unlink "path=$dir/one/a" path_seen=null "$sure"
	event op=unlink "path=$dir/one/two/b" path_seen=null "$unsure"
	event op=rmdir "path=$dir/one/two" path_seen=null "$sure"
	summary delivered=3
}

@test "by a path relative to a directory's descriptor" {
	on_both descriptor
}

dots() {
	mkdir -p "$dir/one/two"
	touch "$dir/one/a" "$dir/one/b"
	py 'os.chdir(a[0]); os.unlink("two/../a"); os.unlink(".//./two/.././b")' "$dir/one"
	event "path=$dir/one/a" "path_seen=$dir/one/two/../a" "$unsure"
	event "path=$dir/one/b" "path_seen=$dir/one/two/../b" "$unsure"
	touch "$dir/c"
	py 'os.unlink(a[0])' "${dir%/*}/.//${dir##*/}/c"
	event "path=$dir/c" path_seen=null "$unsure"
}

@test "with . and .. and // in the path" {
	on_both dots
}

symlinked() {
	mkdir "$dir/real"
	ln -s real "$dir/link"
	ln -s real/b "$dir/leaf"
	touch "$dir/real/a" "$dir/real/b"
	py 'os.unlink(a[0])' "$dir/link/a"
	if [ "$place" = ext4 ]; then
		event "path=$dir/real/a" "path_seen=$dir/link/a" "$sure"
	else
		event "path=$dir/link/a" path_seen=null "$unsure"
	fi
	py 'os.unlink(a[0])' "$dir/leaf"
	event "path=$dir/leaf" path_seen=null "$unsure"
	[ "$place" = tmpfs ] || event "path=$dir/leaf" kind=symlink
	[ -e "$dir/real/b" ]
	py 'os.chdir(a[0]); os.unlink("b")' "$dir/link"
	event "path=$dir/real/b" path_seen=null "$sure"
}

@test "through a symbolic link, and the link itself" {
	on_both symlinked
}

# ".." behind a link leads to where the link points, not back.
dots_behind_link() {
	mkdir -p "$dir/far/away" "$dir/near"
	ln -s ../far/away "$dir/near/link"
	touch "$dir/far/a"
	py 'os.unlink(a[0])' "$dir/near/link/../a"
	if [ "$place" = ext4 ]; then
		event "path=$dir/far/a" "path_seen=$dir/near/link/../a" "$sure"
	else
		event "path_seen=$dir/near/link/../a" "$unsure"
	fi
}

@test "with .. behind a symbolic link" {
	on_both dots_behind_link
}

bound() {
	mkdir -p "$dir/one/sub" "$dir/two"
	touch "$dir/one/sub/a" "$dir/one/b" "$dir/one/c"
	mount --bind "$dir/one" "$dir/two"
	py 'os.unlink(a[0]); os.chdir(a[1]); os.unlink("b")' "$dir/two/sub/a" "$dir/two"
	event "path=$dir/two/sub/a" path_seen=null "$unsure"
	event "path=$dir/two/b" path_seen=null "$sure"
	py 'os.unlink(a[0])' "$dir/one/c"
	event "path=$dir/one/c" path_seen=null "$unsure"
}

@test "through a bind mount: the path that the process used" {
	on_both bound
}

nested() {
	mkdir -p "$dir/one/two/three"
	mount -t tmpfs whodel-test "$dir/one"
	mkdir -p "$dir/one/two"
	mount --bind "$BATS_FILE_TMPDIR/ext4" "$dir/one/two"
	touch "$dir/one/a" "$dir/one/two/b"
	py 'os.unlink(a[0]); os.chdir(a[1]); os.unlink("b")' "$dir/one/a" "$dir/one/two"
	event "path=$dir/one/a" path_seen=null
	event "path=$dir/one/two/b" path_seen=null incomplete=
	umount "$dir/one/two" "$dir/one"
}

@test "across mounts inside mounts" {
	on_both nested
}

chrooted() {
	mkdir -p "$dir/root/sub"
	touch "$dir/root/sub/a" "$dir/root/sub/b" "$dir/root/c"
	py 'os.chroot(a[0]); os.chdir("/sub"); os.unlink("/sub/a"); os.unlink("b")
os.unlink("/../../c")' "$dir/root"
	event "path=$dir/root/sub/a" path_seen=/sub/a "$unsure"
	event "path=$dir/root/sub/b" path_seen=/sub/b "$sure"
	event "path=$dir/root/c" path_seen=/../../c
}

@test "in a chroot: the host's path, and what the process saw" {
	on_both chrooted
}

# A process that went into a chroot but kept a way out.
half_chrooted() {
	mkdir -p "$dir/root"
	touch "$dir/outside"
	py 'fd = os.open(a[0], os.O_RDONLY); os.chroot(a[1]); os.unlink("outside", dir_fd=fd)' \
		"$dir" "$dir/root"
	event "path=$dir/outside" "$sure"
}

@test "from a chroot through a descriptor from outside" {
	on_both half_chrooted
}

folder() {
	mkdir "$dir/folder" "$dir/other"
	trace -- rmdir "$dir/folder" "$dir/other/"
	event op=rmdir ok=true comm=rmdir "path=$dir/folder"
	event op=rmdir ok=true "path=$dir/other"
	[ "$place" = tmpfs ] || event op=rmdir "path=$dir/other" kind=dir links=0 incomplete=
}

@test "rmdir" {
	on_both folder
}

tree() {
	mkdir -p "$dir/tree/a/b" "$dir/found/x"
	touch "$dir/tree/1" "$dir/tree/a/2" "$dir/tree/a/b/3" "$dir/found/x/file" "$dir/found/kept"
	trace -- rm -r "$dir/tree"
	event op=unlink comm=rm "path=$dir/tree/a/b/3" "$sure"
	event op=rmdir "path=$dir/tree/a/b"
	event op=rmdir "path=$dir/tree"
	summary delivered=6 lost=0
	trace -- find "$dir/found" ! -name kept ! -name found -delete
	event op=unlink comm=find "path=$dir/found/x/file" "$sure"
	event op=rmdir comm=find "path=$dir/found/x"
	summary delivered=2
}

@test "rm -r and find -delete" {
	on_both tree
}

replaced() {
	echo longer >"$dir/victim"
	echo new >"$dir/new"
	inode=$(stat -c %i "$dir/victim")
	trace -- mv "$dir/new" "$dir/victim"
	if [ "$place" = ext4 ]; then
		event op=replace ok=true comm=mv "path=$dir/victim" "replaced_by=$dir/new" \
			"inode=$inode" size=7 links=0 kind=file incomplete=
	else
		event op=replace ok=null "path=$dir/victim" "replaced_by=$dir/new" \
			incomplete+=victim_unknown incomplete+=path_unverified inode=null
	fi
	summary delivered=1
}

@test "mv over another file" {
	on_both replaced
}

# A file with several names: which went is not shown, the path is the process's own.
replaced_link() {
	touch "$dir/victim" "$dir/new"
	ln "$dir/victim" "$dir/second"
	inode=$(stat -c %i "$dir/victim")
	trace -- mv "$dir/new" "$dir/victim"
	event op=replace "path=$dir/victim" incomplete+=path_unverified
	[ "$place" = tmpfs ] || event op=replace ok=true "inode=$inode" links=1
}

@test "mv over one of several names of a file" {
	on_both replaced_link
}

replaced_folder() {
	mkdir "$dir/old" "$dir/new"
	inode=$(stat -c %i "$dir/old")
	trace -- mv -T "$dir/new" "$dir/old"
	[ "$status" = 0 ]
	[ "$place" = tmpfs ] ||
		event op=replace ok=true "path=$dir/old" "inode=$inode" kind=dir incomplete=
}

@test "mv over an empty folder" {
	on_both replaced_folder
}

moved() {
	mkdir "$dir/sub"
	touch "$dir/a" "$dir/b" "$dir/d"
	py 'os.rename(a[0], a[1])' "$dir/a" "$dir/c"
	if [ "$place" = ext4 ]; then
		summary delivered=0
	else
		event op=replace ok=null incomplete+=victim_unknown "path=$dir/c"
	fi
	py 'os.rename(a[0], a[1])' "$dir/b" "$dir/sub/b"
	[ "$place" = tmpfs ] || summary delivered=0
	py 'os.rename(a[0], a[1])' "$dir/sub" "$dir/bus"
	[ "$place" = tmpfs ] || summary delivered=0
	trace -- mv "$dir/d" "$dir/e"
	summary delivered=0
}

@test "mv to a new name deletes nothing" {
	on_both moved
}

# --moves: the name that is gone, where it went, and as before what was in the way there.
moves() {
	mkdir "$dir/sub"
	touch "$dir/a"
	inode=$(stat -c %i "$dir/a")
	[ "$place" = ext4 ] || inode=null
	trace --moves -- mv "$dir/a" "$dir/sub/b"
	event op=move ok=true "path=$dir/a" "to=$dir/sub/b" replaced_by=null "inode=$inode" \
		"kind=$([ "$inode" = null ] && echo null || echo file)"
	summary delivered=1 lost=0
	echo content >"$dir/c"
	trace --moves -- sh -c 'cd "$1"; exec mv c sub/b' sh "$dir"
	event op=move ok=true "path=$dir/c" "to=$dir/sub/b"
	[ "$place" = tmpfs ] || event op=replace ok=true "path=$dir/sub/b" "replaced_by=$dir/c" \
		"inode=$inode" links=0
	summary delivered=2 lost=0
	trace --moves -- mv "$dir/sub" "$dir/other"
	event op=move ok=true "path=$dir/sub" "to=$dir/other"
	trace -- mv "$dir/other" "$dir/again"
	no_event op=move
}

@test "with --moves a rename tells the name that is gone, and where to" {
	on_both moves
}

failed_moves() {
	touch "$dir/a" "$dir/b"
	trace -x --moves -- "$helpers/act" noreplace "$dir/a" "$dir/b"
	event op=move ok=false error=EEXIST "path=$dir/a" "to=$dir/b"
	summary delivered=1
	trace --moves -- "$helpers/act" noreplace "$dir/a" "$dir/b"
	summary delivered=0
	trace --moves -- "$helpers/act" exchange "$dir/a" "$dir/b"
	summary delivered=0
}

@test "an exchange of two names moves neither, and a refused move is not told as done" {
	on_both failed_moves
}

not_replaced() {
	touch "$dir/a" "$dir/b"
	act exchange "$dir/a" "$dir/b"
	summary delivered=0
	act noreplace "$dir/a" "$dir/c"
	summary delivered=0
	trace -- "$helpers/act" noreplace "$dir/c" "$dir/b"
	[ "$status" = 1 ]
	summary delivered=0
	[ -e "$dir/b" ]
	[ -e "$dir/c" ]
}

@test "renames that can replace nothing" {
	on_both not_replaced
}

# rename(2) between two names of one file does nothing at all, and says 0.
same_file() {
	touch "$dir/a"
	ln "$dir/a" "$dir/b"
	py 'os.rename(a[0], a[1])' "$dir/a" "$dir/b"
	[ -e "$dir/a" ]
	[ -e "$dir/b" ]
	no_event ok=true
}

@test "a rename onto another name of the same file is not told as done" {
	on_both same_file
}

linked() {
	echo x >"$dir/a"
	ln "$dir/a" "$dir/b"
	ln "$dir/a" "$dir/c"
	inode=$(stat -c %i "$dir/a")
	trace -- rm "$dir/b" "$dir/c" "$dir/a"
	[ "$place" = ext4 ] || return 0
	event "path=$dir/b" "inode=$inode" links=2 incomplete=
	event "path=$dir/c" "inode=$inode" links=1 incomplete=
	event "path=$dir/a" "inode=$inode" links=0 incomplete=
}

@test "names of one file, and the links that are left" {
	on_both linked
}

kept_open() {
	printf 12345 >"$dir/a"
	py 'f = open(a[0]); os.unlink(a[0]); assert f.read() == "12345"' "$dir/a"
	event "path=$dir/a" ok=true "$unsure"
	[ "$place" = tmpfs ] || event "path=$dir/a" links=0 size=5
}

@test "a file that is open while it is deleted" {
	on_both kept_open
}

failed() {
	mkdir -p "$dir/full/sub"
	touch "$dir/full/file"
	trace -x -- sh -c 'unlink "$1/absent"; rmdir "$1/full"; unlink "$1/full/sub"
		rmdir "$1/full/file"; true' sh "$dir"
	event op=unlink ok=false error=ENOENT "path=$dir/absent"
	event op=rmdir ok=false error=ENOTEMPTY "path=$dir/full"
	event op=unlink ok=false error=EISDIR "path=$dir/full/sub"
	event op=rmdir ok=false error=ENOTDIR "path=$dir/full/file"
	summary delivered=4
	trace -- sh -c 'unlink "$1/absent"; rmdir "$1/full"; true' sh "$dir"
	summary delivered=0 lost=0
}

@test "attempts that fail, with -x and without" {
	on_both failed
}

moving_directory() {
	mkdir "$dir/old"
	touch "$dir/old/a"
	py 'os.chdir(a[0]); os.rename("../old", "../new"); os.unlink("a")' "$dir/old"
	event op=unlink "path=$dir/new/a" "$sure"
}

@test "in a working directory that was renamed" {
	on_both moving_directory
}

@test "in a working directory that was deleted" {
	dir=$BATS_FILE_TMPDIR/ext4/gone
	mkdir "$dir"
	trace -x -- python3 -IBc 'import os, sys
os.chdir(sys.argv[1])
os.rmdir(sys.argv[1])
try:
	os.unlink("a")
except FileNotFoundError:
	pass' "$dir"
	event op=rmdir ok=true "path=$dir"
	event op=unlink ok=false error=ENOENT incomplete+=path_unverified
}

# The one that runs whodel shares no mounts with it from then on.
private_mounts() {
	mkdir "$dir/sub"
	touch "$dir/b"
	trace -- unshare -m --propagation unchanged sh -c 'mount --make-private "$2" &&
		mount -t tmpfs whodel-test "$1/sub" && touch "$1/sub/a" &&
		rm "$1/sub/a" "$1/b"' sh "$dir" "${dir%/*}"
	[ "$status" = 0 ]
	event "path=$dir/sub/a" incomplete+=mount_unknown
	if [ "$place" = ext4 ]; then
		event "path=$dir/b" incomplete=exe_mount_unknown
	else
		event "path=$dir/b" incomplete+=mount_unknown
	fi
}

@test "in another mount namespace: a mount that the host has not is said to be unknown" {
	on_both private_mounts
}

# As in a container with a volume: the host has it at another path, or the whole of it elsewhere.
volume() {
	mkdir "$dir/volume" "$dir/inside" "$dir/root"
	mkdir "$dir/root/etc"
	touch "$dir/volume/a" "$dir/volume/b" "$dir/root/c" "$dir/root/etc/d"
	trace -- unshare -m --propagation private sh -c 'mount --bind "$1/volume" "$1/inside" &&
		unlink "$1/inside/a" && cd "$1/inside" && unlink b && mount --bind "$1/root" "$1/root" &&
		cd "$1/root" && exec python3 -IBc "import os
os.chroot(\".\")
os.unlink(\"c\")
os.unlink(\"/etc/d\")"' sh "$dir"
	[ "$status" = 0 ]
	# The executable's own path is that of the other namespace.
	event "path=$dir/volume/b" "path_seen=$dir/inside/b" incomplete-=mount_unknown
	event "path=$dir/root/c" path_seen=/c incomplete-=mount_unknown
	if [ "$place" = ext4 ]; then
		event "path=$dir/volume/a" "path_seen=$dir/inside/a" incomplete=exe_mount_unknown
		event "path=$dir/root/etc/d" path_seen=/etc/d incomplete=exe_mount_unknown
	else
		event "path=$dir/inside/a" incomplete+=mount_unknown
		event path_seen=/etc/d incomplete+=mount_unknown
	fi
	summary delivered=4 lost=0
}

@test "in another mount namespace: the host's path and the process's own" {
	on_both volume
}

overlaid() {
	mkdir "$dir/lower" "$dir/upper" "$dir/work" "$dir/merged"
	touch "$dir/lower/low" "$dir/upper/up"
	mount -t overlay overlay -o "lowerdir=$dir/lower,upperdir=$dir/upper,workdir=$dir/work" \
		"$dir/merged"
	trace -- rm "$dir/merged/low" "$dir/merged/up"
	[ "$status" = 0 ]
	event ok=true "path=$dir/merged/low" incomplete+=path_unverified inode=null
	event ok=true "path=$dir/merged/up" incomplete+=path_unverified inode=null
	summary delivered=2
	umount "$dir/merged"
}

@test "on an overlay: its own path, not the layer's" {
	on_both overlaid
}

by_int80() {
	touch "$dir/a"
	act int80 "$dir/a"
	event op=unlink ok=true "path=$dir/a" path_seen=null "$unsure"
}

@test "by a 32-bit system call" {
	[ "$(uname -m)" = x86_64 ] || skip "a 32-bit caller's system calls are x86's"
	on_both by_int80
}

not_resident() {
	touch "$dir/a"
	act unmapped "$dir/a" "$BATS_TEST_TMPDIR/path"
	event op=unlink ok=true "path=$dir/a" incomplete-=name_unread
}

@test "with the path in memory that was not resident" {
	on_both not_resident
}

# A path walk through a symbolic link writes its inode too, before the rename writes its own.
renamed_through_a_link() {
	local place inode
	for place in ext4 tmpfs; do
		dir=$BATS_FILE_TMPDIR/$place/linked
		mkdir "$dir"
		ln -s "$dir" "$BATS_FILE_TMPDIR/ext4/to-$place"
		touch "$dir/old" "$dir/new"
		inode=$(stat -c %i "$dir/old")
		py 'os.rename(a[0] + "/new", a[0] + "/old")' "$BATS_FILE_TMPDIR/ext4/to-$place"
		if [ "$place" = ext4 ]; then
			event op=replace ok=true "path=$dir/old" "inode=$inode" links=0 incomplete=
		else
			event op=replace ok=null "path=$BATS_FILE_TMPDIR/ext4/to-tmpfs/old" \
				incomplete+=victim_unknown
		fi
	done
}

@test "a rename through a link that was never read before" {
	renamed_through_a_link
}

# Each kind of file, and its identity as it was just before.
@test "identity as stat has it, on ext4" {
	dir=$BATS_FILE_TMPDIR/ext4/kinds
	mkdir "$dir"
	python3 -IB - "$dir" <<-'PY' >"$BATS_TEST_TMPDIR/expected"
		import fcntl, os, socket, stat, struct, sys
		os.chdir(sys.argv[1])
		open("file", "w").write("x" * 4711)
		os.mkfifo("fifo")
		os.symlink("nowhere", "symlink")
		os.mknod("char", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
		os.mknod("block", 0o600 | stat.S_IFBLK, os.makedev(7, 200))
		socket.socket(socket.AF_UNIX).bind("socket")
		os.mkdir("dir")
		for name in sorted(os.listdir()):
		    os.chown(name, 1234, 5678, follow_symlinks=False)
		    s = os.lstat(name)
		    conditions = [f"kind={name}", f"inode={s.st_ino}", f"owner={s.st_uid}",
		                  f"device={os.major(s.st_dev)}:{os.minor(s.st_dev)}"]
		    if name in ("file", "dir"):
		        fd = os.open(name, os.O_RDONLY)
		        version = fcntl.ioctl(fd, 0x80087601, bytes(8))  # FS_IOC_GETVERSION
		        conditions.append(f"generation={struct.unpack('I', version[:4])[0]}")
		    if name != "dir":
		        conditions.append(f"size={s.st_size}")
		    print(name, *conditions)
	PY
	trace -- rm -r "$dir"
	[ "$status" = 0 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/expected")" = 7 ]
	while read -r name conditions; do
		# shellcheck disable=SC2086 # one condition a word
		event "path=$dir/$name" links=0 incomplete= $conditions
	done <"$BATS_TEST_TMPDIR/expected"
}
