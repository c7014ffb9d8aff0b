# shellcheck shell=bash disable=SC2034,SC2154
# What the whole-program tests share: a directory of their own, a small
# configuration, and a look into the mailboxes.

setup_dir()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	bin=${BUILD:-$top/build}
	watchdog=$bin/site-watchdog
	steps=${BUILD_STEPS:-$bin/steps}/site-watchdog
	dir=$(mktemp -d)
	export TZ=UTC LC_ALL=C
	conf=$dir/watchdog.conf
	log=$dir/error.log
	state=$dir/state/watchdog.db
}

teardown_dir()
{
	chmod -R u+rwx "$dir" 2>/dev/null
	rm -rf "$dir"
}

# A configuration for $log; arguments are further lines for its block.
write_conf()
{
	cat >"$conf" <<EOF
state = "$state"
admin = {"ops@example.com"}
mail { from = "w@example.com"  maildir = "$dir/mail" }
log "$log" {
    docroot = {"/var/www/example.com"}
    $*
}
route "/bboard" { owners = {"joe@example.com"} }
route "/news"   { owners = {"jane@example.com"} }
route "/"       { owners = {"webmaster@example.com"} }
EOF
}

# An Apache error $2 about $1 (a path in the site).
error_line()
{
	echo "[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client" \
	    "192.0.2.1:1] PHP Fatal error:  $2 in" \
	    "/var/www/example.com$1 on line 3"
}

# Mails in the box of $1, or in all boxes.
mails()
{
	find "$dir/mail/${1:-}" -path '*/new/*' -type f 2>/dev/null | sort
}

count_mails()
{
	mails "$@" | grep -c . || true
}

# The text of all mails of $1, decoded.
letters()
{
	mails "$1" | python3 -c 'import email, email.policy, sys
for path in sys.stdin.read().splitlines():
    m = email.message_from_binary_file(open(path, "rb"),
        policy=email.policy.default)
    print("Subject:", m["subject"])
    print(m.get_content())'
}

# How many records each letter on stdin sums up.
summary()
{
	sed -n 's/^[0-9].*: \([0-9,]*\) records\{0,1\}[ ,].*/\1/p' | tr -d ,
}

run_watchdog()
{
	run "$watchdog" -c "$conf" "$@"
}

# A writer has been gone long enough for its last record to be whole.
settle()
{
	touch -d '1 minute ago' "$@"
}

# The command must fail; a plain ! would not end a test.
no()
{
	if "$@"; then return 1; fi
}

# The command under valgrind, which must find nothing.
# "Possibly lost" is left out: SQLite keeps pointers into the middle of its
# blocks, and a forked child ends with all of them.
grind()
{
	run valgrind -q --error-exitcode=99 --leak-check=full \
	    --show-leak-kinds=definite,indirect \
	    --errors-for-leak-kinds=definite,indirect \
	    --log-file="$dir/vg.%p" "$@"
	# "--": its own warnings (3.19 does not know pidfd_open)
	grep -hv '^--' "$dir"/vg.* >"$dir/found" || true
	cat "$dir/found"
	[ ! -s "$dir/found" ]
	[ "$status" -ne 99 ]
}
