# shellcheck shell=sh
# What the scripts inside the virtual machine share. They print TAP on stdout.

count=0
work=$(mktemp -d)

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1))
	echo "not ok $count - $1"
}

# check NAME COMMAND [ARGUMENT...]
check() {
	check_name=$1
	shift
	if "$@"; then
		ok "$check_name"
	else
		not_ok "$check_name"
	fi
}

plan() {
	echo "1..$count"
}

# Shown with a test that failed.
show() {
	for file; do
		echo "# $(basename "$file"):"
		sed 's/^/#   /' "$file"
	done
}

# until_true COMMAND [ARGUMENT...]: within 20 seconds.
until_true() {
	tries=200
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# wait_for PATTERN FILE [SECONDS]
wait_for() {
	tries=$((${3:-20} * 10))
	until grep -q -e "$1" "$2" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# Runs a command as a process of its own and leaves its pid in $deleter.
delete_with() {
	sh -c 'echo $$ >"$0"; exec "$@"' "$work/pid" "$@"
	# shellcheck disable=SC2034 # for the tests
	deleter=$(cat "$work/pid")
}
