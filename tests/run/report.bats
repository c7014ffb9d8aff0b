#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031,SC2086
# site-watchdog report: what was found over days, as text, as JSON, and as a
# page that a browser reads.

load helper

setup() { setup_dir; }
teardown() { teardown_dir; }

# An Apache error $3 about $2, $4 times, in the log of the day $1.
errors()
{
	for _ in $(seq "$4"); do
		error_line "$2" "$3" | sed "s/Nov 21 06:47/Nov $1 06:47/"
	done >>"$log"
}

run_on()
{
	SITEWATCH_NOW=$(date -d "2026-11-$1 07:00" +%s) "$steps" -c "$conf"
}

report()
{
	SITEWATCH_NOW=$(date -d "2026-11-22 08:00" +%s) \
	    run "$steps" -c "$conf" report "$@"
}

# Three days: one error stops, one goes on, one grows, one is new.
history()
{
	write_conf
	errors 20 /bboard/gone.php Gone 5
	errors 20 /news/known.php Known 4
	run_on 20
	errors 21 /bboard/gone.php Gone 3
	errors 21 /news/known.php Known 4
	errors 21 /shop/grow.php Grows 2
	run_on 21
	errors 22 /news/known.php Known 5
	errors 22 /shop/grow.php Grows 40
	errors 22 /shop/new.php "New <b>\"&'</b>" 1
	run_on 22
}

@test "the last day: what is new, growing, gone and known" {
	history
	report --json
	[ "$status" -eq 0 ]
	echo "$output" >"$dir/out"
	python3 - "$dir/out" <<'PY'
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
by = lambda kind: [r for r in rows if r["kind"] == kind]
s = by("summary")[0]
assert (s["records"], s["before"]) == (46, 9), s
assert (s["new"], s["growing"], s["gone"]) == (1, 1, 1), s
news = {g["path"]: g["news"] for g in by("group")}
assert news == {"/shop/new.php": "new", "/shop/grow.php": "growing",
    "/bboard/gone.php": "gone", "/news/known.php": "known"}, news
section = {r["section"]: r for r in by("section")}
assert section["/shop"]["records"] == 41 and section["/shop"]["before"] == 2
assert section["/shop"]["groups"] == 2 and section["/shop"]["new"] == 1
assert section["/bboard"]["records"] == 0
assert [(r["url"], r["records"]) for r in by("url")] == [
    ("/shop/grow.php", 40), ("/news/known.php", 5), ("/shop/new.php", 1)]
assert sum(r["records"] for r in by("day")) == 46
assert all(len(g["fingerprint"]) == 32 for g in by("group"))
PY
}

@test "as text, for people; by days; of one section" {
	history
	report
	[ "$status" -eq 0 ]
	[[ $output == *"new"*"New <b>"* ]]
	[[ $output == *SECTION*/shop*URL*/shop/grow.php*GROUP* ]]
	report --since 2026-11-20
	[ "$status" -eq 0 ]
	[[ $output == *"Fri, 20 Nov 2026"*9*"Sat, 21 Nov 2026"*9*"Sun, 22 Nov 2026"*46* ]]
	report --since 3d --section /bboard
	[[ $output == *Gone* ]]
	[[ $output != *Known* ]]
	[[ $output != */shop* ]]
	# a report changes nothing: the next run is as it would have been
	before=$(sha256sum "$state")
	report --since 7d
	[ "$before" = "$(sha256sum "$state")" ]
}

@test "usage: one clear line, 64; no run yet: 74" {
	write_conf
	for bad in "--since yesterday" "--since 2026-02-30" "--since 2027-01-01" \
	    "--since 0d" "--section bboard" "--html $dir --json" extra; do
		report $bad
		[ "$status" -eq 64 ]
		[ -n "$output" ]
	done
	report
	[ "$status" -eq 74 ]
	[[ $output == *"watchdog.db"* ]]
	errors 22 /x.php X 1
	run_on 22
	report --html "$dir/none"
	[ "$status" -eq 74 ]
	[[ $output == *"$dir/none/index.html: No such file"* ]]
	report --since 90d
	[ "$status" -eq 0 ]
	[[ $output == *"last 35 days"* ]]
}

@test "the page in a browser: whole, and no word of a log is markup" {
	command -v chromium >/dev/null || skip "chromium is not installed"
	history
	printf '[Sun Nov 22 06:50:00.000000 2026] [php:error] [pid 1] [client 192.0.2.1:1] <script>document.title="owned"</script><img src=x onerror=alert(1)> \033[31m\377 in /var/www/example.com/shop/x.php on line 3\n' >>"$log"
	run_on 22
	mkdir "$dir/page"
	report --since 7d --html "$dir/page"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(ls -A "$dir/page")" = index.html ]
	timeout 60 chromium --headless --no-sandbox --disable-gpu \
	    --disable-quic --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync \
	    --user-data-dir="$dir/chromium" --dump-dom \
	    "file://$dir/page/index.html" >"$dir/dom" 2>/dev/null
	python3 - "$dir/dom" <<'PY'
import html.parser, sys
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.text, self.cell = {}, {}, "", []
        self.table = None
    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        attrs = dict(attrs)
        assert not any(a.startswith("on") for a in attrs), attrs
        assert "src" not in attrs and "href" not in attrs, attrs
        if tag == "table":
            self.table = attrs["id"]
        if tag == "tr":
            self.ids[self.table] = self.ids.get(self.table, 0) + 1
    def handle_data(self, data):
        self.text += data
page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
assert "script" not in page.tags and "img" not in page.tags, page.tags
assert page.tags["svg"] > 5 and page.tags["rect"] > 5, page.tags
# a head and the groups: all five are new within seven days
assert page.ids["new"] == 6, page.ids
assert page.ids["sections"] == 4, page.ids
assert page.ids["urls"] == 6, page.ids
assert '<script>document.title="owned"</script>' in page.text
assert "\\x1b[31m\\xff" in page.text
assert "owned" not in page.text.split("Errors on")[0]
PY
}

@test "the page is replaced in one step, and a full disk leaves the old one" {
	history
	mkdir "$dir/page"
	report --html "$dir/page"
	cp "$dir/page/index.html" "$dir/first"
	run sh -c "ulimit -f 1; '$watchdog' -c '$conf' report --html '$dir/page'"
	[ "$status" -ne 0 ]
	cmp "$dir/first" "$dir/page/index.html"
}
