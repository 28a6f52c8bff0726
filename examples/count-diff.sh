#!/bin/sh
# In how many lines do the tutorial's programs differ? Comments and blank lines do not count, nor
# do the programs' own names.
set -eu
cd "$(dirname "$0")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# No string in the examples holds a comment sign, so sed is enough.
code_of() {
	sed -e 's:/\*.*\*/::' -e '/\/\*/,/\*\//d' -e 's://.*::' -e '/^[[:space:]]*$/d' \
		-e "s/$1/NAME/g" "$1$2"
}

compare() {
	code_of "$1" "$3" >"$scratch/from"
	code_of "$2" "$3" >"$scratch/to"
	diff "$scratch/from" "$scratch/to" >"$scratch/diff" || [ $? -eq 1 ]
	printf '%-12s %-19s %-7s %5d %5d %8d %6d\n' "$1" "$2" "$4" \
		"$(wc -l <"$scratch/from")" "$(wc -l <"$scratch/to")" \
		"$(grep -c '^<' "$scratch/diff" || true)" "$(grep -c '^>' "$scratch/diff" || true)"
}

printf '%-12s %-19s %-7s %5s %5s %8s %6s\n' FROM TO SIDE LINES LINES REMOVED ADDED
while read -r from to; do
	compare "$from" "$to" .bpf.c kernel
	compare "$from" "$to" .c user
done <<'PAIRS'
unlink_perf unlink_ring
unlink_perf unlink_ring_output
unlink_ring unlink_ring_output
unlink_perf unlink_channel
unlink_ring unlink_channel
PAIRS
