# shellcheck shell=sh
# whodel doctor with each probe, on ext4 and on tmpfs: what should be seen is. Its findings are what
# docs/coverage.md is made of.
# shellcheck source=tests/vm/guest/lib.sh
. /guest/lib.sh

for probe in fentry kprobe tracepoint; do
	for place in ext4 tmpfs; do
		found=/results/doctor-$probe-$place.json
		check "whodel doctor, $probe, $place: all is well" \
			whodel doctor -o json --probe $probe --folder /mnt/$place >"$work/out"
		grep '^{' "$work/out" >"$found"
		grep -v '^{' "$work/out"
		check "whodel doctor, $probe, $place: used this probe" \
			grep -q "\"probe\":\"$probe\"" "$found"
	done
done
plan
