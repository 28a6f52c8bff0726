# shellcheck shell=sh
# acts.sh FOLDER FACTS: deletes in every way that the fentry and kprobe probes are to see, each of
# another file, and writes what is known of the files into FACTS, for a shell to read.
dir=$1 facts=$2
cd "$dir" || exit 1
mkdir victims

# fact NAME VALUE
fact() {
	echo "$1=$2" >>"$facts"
}

# inode_of NAME FILE
inode_of() {
	fact "$1" "$(stat -c %i "$2")"
}

printf 123456 >victims/removed
ln victims/removed second-name
inode_of removed victims/removed
fact rm_pid "$(sh -c 'echo $$; exec rm victims/removed')"

: >victims/by-unlink
unlink victims/by-unlink
int80=$dir/victims/by-int80
: >"$int80"
act int80 "$int80"

mkdir victims/folder
inode_of folder victims/folder
rmdir victims/folder

printf new >source
printf victim >target
ln target target-too
inode_of target target
mv source target

: >x
: >y
act exchange x y
: >victims/kept
act noreplace x victims/kept 2>/dev/null

unlink absent 2>/dev/null
unlink absent-folder/file 2>/dev/null
mkdir full
: >full/file
rmdir full 2>/dev/null
inode_of full full

mkdir uring.d
for way in unlink async poll rename rename-to; do
	: >uring-$way
done
inode_of uring uring-unlink
inode_of uring_victim uring-rename-to
for way in unlink async poll; do
	fact "uring_${way}_pid" "$(uring $way uring-$way)"
done
uring rmdir uring.d >/dev/null
uring rename uring-rename uring-rename-to >/dev/null
uring unlink uring-absent >/dev/null 2>&1

mkdir real bound cell cell/old
ln -s real link
: >real/by-link
rm link/by-link
: >real/by-bind
mount --bind real bound
rm bound/by-bind
umount bound

cp /busybox/busybox cell/busybox
: >cell/in-chroot
: >cell/in-container
: >cell/in-namespace
chroot cell /busybox rm /in-chroot
unshare -m sh -c 'mount --make-rprivate / 2>/dev/null; exec rm cell/in-namespace'
unshare -m sh -c 'mount --make-rprivate / 2>/dev/null
	mount --bind cell cell && cd cell && mount --move . / && exec chroot . /busybox rm /in-container'
unshare -m sh -c 'mount --make-rprivate / 2>/dev/null
	mount -t tmpfs none real && : >real/private && exec rm real/private'

mkdir before
: >before/moved-away
(cd before && mv ../before ../after && rm moved-away)
mkdir gone
(cd gone && rmdir ../gone && unlink file 2>/dev/null)

mkdir lower upper work merged lower/folder
for file in lower/below lower/replaced upper/above lower/folder/file upper/mover; do
	: >$file
done
if mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none merged; then
	rm merged/below
	rm merged/above
	rm -r merged/folder
	mv merged/mover merged/replaced
	umount merged
fi

: >moving
inode_of moving moving
mv moving moved
exit 0
