#!/usr/bin/env bats
# The completions, asked in each shell: they offer what the help of each subcommand has.

setup() {
	build=${BUILD:-build}
	cd "$BATS_TEST_DIRNAME/../.." || exit
	build=$(realpath "$build")
	completions=$build/completions
}

subcommands() {
	"$build/whodel" help | sed -nE 's/^  ([a-z]+) +.*/\1/p'
}

long_options() {
	"$build/whodel" help "$1" | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -e '--[a-z-]+' | sort
}

# What an option can be where its help lists all: "--args none exe full"
choices() {
	"$build/whodel" help "$1" | sed -nE 's/^ +(-., )?(--[a-z-]+) ([a-z]+(\|[a-z]+)+)( .*)?$/\2 \3/p' | tr '|' ' '
}

# in_bash WORD...: what is offered for the last of them, a line each
in_bash() {
	bash --norc -c 'source "$1"; shift; COMP_WORDS=(whodel "$@") COMP_CWORD=$#
		_whodel; [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$completions/bash" "$@" | sort
}

in_fish() {
	# HOME: fish writes there.
	HOME=$BATS_TEST_TMPDIR fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' \
		"$completions/fish" "whodel $*" | cut -f1 | sort
}

# What _whodel hands to _arguments, and what it describes.
in_zsh() {
	zsh -f -c '_arguments() { print -rl -- "$@"; }
		_describe() { print -rl -- "${(@P)4%%:*}" ; }
		compdef() { :; }
		file=$1; shift
		words=(whodel "$@") CURRENT=$(( $# + 1 ))
		source $file' zsh "$completions/zsh" "$@" | sort
}

@test "bash, zsh and fish offer the subcommands" {
	subcommands | sort >"$BATS_TEST_TMPDIR/expected"
	[ -s "$BATS_TEST_TMPDIR/expected" ]
	in_bash "" | grep -v '^-' | diff "$BATS_TEST_TMPDIR/expected" -
	in_bash help "" | diff "$BATS_TEST_TMPDIR/expected" -
	in_fish "" | diff "$BATS_TEST_TMPDIR/expected" -
	in_zsh "" | grep -x -f "$BATS_TEST_TMPDIR/expected" | diff "$BATS_TEST_TMPDIR/expected" -
}

@test "they offer each option of each subcommand, and no other" {
	local name
	for name in $(subcommands | grep -vx help); do
		echo "# whodel $name"
		long_options "$name" >"$BATS_TEST_TMPDIR/expected"
		[ -s "$BATS_TEST_TMPDIR/expected" ]
		in_bash "$name" -- | grep -vx -e -- | diff "$BATS_TEST_TMPDIR/expected" -
		in_fish "$name" -- | grep -vx -e -- | diff "$BATS_TEST_TMPDIR/expected" -
		in_zsh "$name" -- | grep -oE -e '^\*--[a-z-]+\[' | tr -d '*[' | sort |
			diff "$BATS_TEST_TMPDIR/expected" -
	done
	long_options trace >"$BATS_TEST_TMPDIR/expected"
	in_bash -- | grep -vx -e -- | diff "$BATS_TEST_TMPDIR/expected" -
}

@test "they offer what an option can be, which the program takes" {
	local name option values
	[ -n "$(choices trace)" ]
	for name in $(subcommands | grep -vx help); do
		while read -r option values; do
			echo "# whodel $name $option"
			tr ' ' '\n' <<<"$values" | sort >"$BATS_TEST_TMPDIR/expected"
			in_bash "$name" "$option" "" | diff "$BATS_TEST_TMPDIR/expected" -
			in_bash "$name" "$option" = "" | diff "$BATS_TEST_TMPDIR/expected" -
			in_fish "$name" "$option" "" | diff "$BATS_TEST_TMPDIR/expected" -
			in_zsh "$name" "" | grep -qF -- "${option}[" || exit
			in_zsh "$name" "" | grep -F -- "${option}[" | grep -qF ":($values)"
			for value in $values; do
				"$build/whodel" "$name" "$option" "$value" --version
			done
			run "$build/whodel" "$name" "$option" nonsense --version
			[ "$status" = 2 ]
		done < <(choices "$name")
	done
}

@test "no shell is confused by what help says" {
	bash -n "$completions/bash"
	zsh -f -n "$completions/zsh"
	fish --no-config --no-execute "$completions/fish"
}

@test "behind -- a command follows, and none of whodel's options" {
	[ -n "$(in_bash -- bas)" ]
	run in_bash -- bash --exc
	[ -z "$output" ]
	run in_fish -- bash --collaps
	[ -z "$output" ]
}
