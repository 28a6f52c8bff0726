# shellcheck shell=sh
# 5,000 mixed operations under each probe; their events and the list of what was done are compared
# outside (tests/kernel/mixed.py).
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

# mixed PROBE PLACE TRANSPORT SEED
mixed() {
	top=/mnt/$2/mixed-$1 name=/results/mixed-$1-$2-$3
	mkdir -p "$top/shared" "$top/bind"
	chmod 777 "$top/shared"
	mount --bind "$top/shared" "$top/bind"
	check "5,000 mixed operations, $1, $2, $3" sh -c 'whodel -x -o json --probe "$1" --transport "$3" \
		-- mixed "$5" "$4" 5000 "$6.ref" >"$6.json"' sh "$1" "$2" "$3" "$4" "$top" "$name"
	umount "$top/bind"
	rm -rf "$top"
}

mixed fentry ext4 ring 11
mixed kprobe tmpfs perf 12
mixed tracepoint ext4 perf 13
plan
