#!/usr/bin/env bats
# scripts/install-packages, with a dpkg and an apt that only note what they are asked.

setup() {
	script=$BATS_TEST_DIRNAME/../../scripts/install-packages
	bin=$BATS_TEST_TMPDIR/bin
	export calls=$BATS_TEST_TMPDIR/calls installed=$BATS_TEST_TMPDIR/installed
	export apt_fails=$BATS_TEST_TMPDIR/apt_fails
	mkdir "$bin"
	: >"$calls"
	echo gcc >"$installed"
	echo 0 >"$apt_fails"

	fake dpkg-query 'sed "s/^/ii /" "$installed"'
	fake id 'echo 0'
	fake apt-get '
		echo "$@" >>"$calls"
		case "$*" in
		*update*) exit 0 ;;
		esac
		left=$(cat "$apt_fails")
		if [ "$left" -gt 0 ]; then
			echo $((left - 1)) >"$apt_fails"
			exit 100
		fi
		for word; do
			echo "$word" >>"$installed"
		done'
	PATH=$bin:$PATH
}

fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
	chmod +x "$bin/$1"
}

@test "nothing missing: apt is not called and nothing is said" {
	run "$script" build gcc
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ ! -s "$calls" ]
}

@test "what is missing is said and installed, without recommendations" {
	run "$script" build gcc clang
	[ "$status" = 0 ]
	[ "${lines[0]}" = "packages: missing for the build: clang" ]
	grep -q -- "install --yes --no-install-recommends clang$" "$calls"
	grep -q DPkg::Lock::Timeout= "$calls"
}

@test "one retry after apt-get update" {
	echo 1 >"$apt_fails"
	run "$script" build clang
	[ "$status" = 0 ]
	[ "$(grep -c install "$calls")" = 2 ]
	[ "$(grep -c update "$calls")" = 1 ]
}

@test "a failure names the package that is missing" {
	echo 9 >"$apt_fails"
	run "$script" build gcc clang
	[ "$status" = 1 ]
	[ "$(grep -c install "$calls")" = 2 ]
	[[ $output == *"cannot install for the build: clang"* ]]
}

@test "no root and no sudo: says what to install, and tries nothing" {
	fake id 'echo 1000'
	for tool in sed sort comm tr mktemp rm cat printf env dpkg-query; do
		[ -e "$bin/$tool" ] || ln -s "$(PATH=/usr/bin:/bin command -v $tool)" "$bin/$tool"
	done
	PATH=$bin run /bin/sh "$script" build clang
	[ "$status" = 1 ]
	[[ $output == *"not root, and there is no sudo"*clang* ]]
	[ ! -s "$calls" ]
}

@test "a system without apt is told what is needed" {
	rm "$bin/apt-get" "$bin/dpkg-query"
	PATH=$bin run /bin/sh "$script" build gcc clang
	[ "$status" = 0 ]
	[[ $output == *"no apt"*"gcc clang"* ]]
}
