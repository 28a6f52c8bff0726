#!/usr/bin/env bats
# The man pages and docs/ say what the program says: options, names, functions, fields.

setup() {
	build=${BUILD:-build}
	cd "$BATS_TEST_DIRNAME/../.." || exit
}

# Each subcommand that has options of its own. "whodel" itself stands for trace.
subcommands() {
	"$build/whodel" help | sed -nE 's/^  ([a-z]+) +.*/\1/p' | grep -vx help
}

page_of() {
	case $1 in trace) echo man/whodel.1 ;; *) echo "man/whodel-$1.1" ;; esac
}

# "p pid PID" a line, "-" for what is not there
help_options() {
	"$build/whodel" help "$1" |
		sed -nE 's/^  (-(.), |    |)--([a-z-]+)( ([^ ]+))?(  .*| *)$/\2 \3 \5/p' |
		sed -E 's/^ /- /; s/ $/ -/' | sort
}

man_options() {
	sed -nE 's/^\.It (Fl ([a-z]) , )?Fl -([a-z-]+)( (Ar|Cm) (.*))?$/\2 \3 \6/p' "$(page_of "$1")" |
		sed -E 's/ \| /|/g; s/^ /- /; s/ $/ -/' | sort
}

# in_file FILE NAME...
in_file() {
	local file=$1 name missing=
	shift
	[ $# -gt 0 ]
	for name; do
		grep -qE "(^|[^a-z_])$name([^a-z_]|\$)" "$file" || missing="$missing $name"
	done
	[ -z "$missing" ] || {
		echo "not in $file:$missing"
		return 1
	}
}

@test "each subcommand has a manual, with the options of its help" {
	local name
	[ "$(subcommands | wc -l)" -ge 2 ]
	for name in $(subcommands); do
		echo "# whodel $name"
		help_options "$name" >"$BATS_TEST_TMPDIR/help"
		man_options "$name" >"$BATS_TEST_TMPDIR/man"
		[ -s "$BATS_TEST_TMPDIR/help" ]
		# No line of it was passed over.
		[ "$("$build/whodel" help "$name" | grep -cE '^ +(-., )?--[a-z]')" = "$(wc -l <"$BATS_TEST_TMPDIR/help")" ]
		diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/man"
	done
}

@test "whodel help NAME is whodel NAME --help, and lists what main has" {
	local name
	for name in $(subcommands); do
		"$build/whodel" help "$name" >"$BATS_TEST_TMPDIR/help"
		"$build/whodel" "$name" --help | diff "$BATS_TEST_TMPDIR/help" -
	done
	"$build/whodel" help >"$BATS_TEST_TMPDIR/help"
	"$build/whodel" help help | diff "$BATS_TEST_TMPDIR/help" -
	run "$build/whodel" help nonsense
	[ "$status" = 2 ]
	run "$build/whodel" help trace bench
	[ "$status" = 2 ]
}

@test "each reason why an event is incomplete is explained" {
	mapfile -t names < <(sed -nE 's/^\t\[INCOMPLETE_[A-Z_]+\] = "([a-z_]+)",$/\1/p' trace/names.c)
	in_file man/whodel.1 "${names[@]}"
	in_file docs/events.md "${names[@]}"
}

@test "each field of the JSON lines is explained" {
	mapfile -t names < <(grep -oE '(\\"|put_[a-z_]+\([^"]*")[a-z_]+(\\":|", )' output/json.c |
		grep -oE '[a-z_]+(\\":|", )$' | tr -d '\\":, ' | sort -u)
	in_file docs/events.md "${names[@]}"
}

@test "each field of the ECS documents is explained" {
	# shellcheck disable=SC2016 # a Markdown table's back quotes
	sed -n '/^## As Elastic/,$p' docs/events.md | grep -oE '`[a-z_@.]+`' | tr -d '`' |
		tr . '\n' | sort -u >"$BATS_TEST_TMPDIR/told"
	mapfile -t names < <(sed -nE 's/.*(json_member[a-z_]*|json_open_object|put_time)\([^"]*"(@?[a-z_]+)".*/\2/p' \
		output/ecs.c | sort -u)
	# What is below "whodel" has its name in the JSON lines, or is of a loss or the summary.
	sed -n '1,/^## As Elastic/p' docs/events.md | grep -oE '[a-z_]+' | sort -u >>"$BATS_TEST_TMPDIR/told"
	[ "${#names[@]}" -ge 40 ]
	for name in "${names[@]}"; do
		grep -qxF -- "$name" "$BATS_TEST_TMPDIR/told" || missing="$missing $name"
	done
	[ -z "${missing-}" ] || {
		echo "not in docs/events.md:$missing"
		return 1
	}
}

@test "each field and each verdict of the doctor is explained" {
	mapfile -t names < <(grep -oE '\\"[a-z_]+\\":|put_(text|choices)\((out, )?"[a-z_]+"' doctor/json.c |
		grep -oE '[a-z_]+(\\":|")$' | tr -d '\\":' | sort -u)
	[ "${#names[@]}" -ge 20 ]
	in_file docs/doctor.md "${names[@]}"
	mapfile -t names < <(grep -oE '\[VERDICT_[A-Z]+\] = "[a-z]+"' doctor/selftest.c |
		grep -oE '"[a-z]+"' | tr -d '"')
	[ "${#names[@]}" = 6 ]
	in_file docs/doctor.md "${names[@]}"
}

@test "each function of the library is in bpfchan(3)" {
	mapfile -t names < <(sed -nE 's/^\t\t(bpfchan_[a-z_]+);$/\1/p' channel/libbpfchan.map)
	in_file man/bpfchan.3 "${names[@]}"
}

@test "each reason for a loss is in bpfchan(3) and docs/channel.md" {
	mapfile -t names < <(sed -nE 's/^\t(BPFCHAN_LOST_[A-Z_]+),.*/\1/p' channel/bpfchan_types.h)
	in_file man/bpfchan.3 "${names[@]}"
	in_file docs/channel.md "${names[@]}"
}

# hooks_of TABLE: the names of programs and events in that table of trace/hooks.c.
hooks_of() {
	sed -n "/struct hook $1\[\]/,/^};/p" trace/hooks.c |
		sed -nE 's/^\t\{ "([a-z0-9_]+)", "([a-z0-9_]+)", .*/\1\n\2/p'
}

@test "each hook is on its probe's page" {
	mapfile -t names < <(hooks_of tracepoint_hooks)
	[ "${#names[@]}" -ge 12 ]
	in_file docs/tracepoint-probe.md "${names[@]}"
	mapfile -t names < <(hooks_of vfs_hooks)
	[ "${#names[@]}" -ge 34 ]
	in_file docs/vfs-probes.md "${names[@]}"
}

# A link to a file, in any Markdown page, leads to one.
@test "no link in the documentation is dead" {
	local page target dead=
	for page in *.md docs/*.md; do
		while read -r target; do
			target=${target%%#*}
			[ -z "$target" ] || [ -e "$(dirname "$page")/$target" ] || dead="$dead $page:$target"
		done < <(grep -oE '\]\([^)]+\)' "$page" | sed -E 's/^\]\(//; s/\)$//' | grep -v '://')
	done
	[ -z "$dead" ] || {
		echo "dead:$dead"
		return 1
	}
}
