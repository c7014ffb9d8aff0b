# The rules of the house, for C files given as arguments; a line "FILE:LINE:
# RULE: what was found, what was expected" each.  Run it with LC_ALL=C.

BEGIN {
	# Who may include whom.  Nouns are the ground floor of a program.
	noun = "|^(watchdog|uptime)/(cursor|probe|record|route|site|story)[.]h$"
	may["common/base/"] = "^common/base/"
	may["common/host/"] = "^common/(base|host)/"
	may["common/mail/"] = "^common/"
	may["watchdog/read/"] = "^(common|watchdog/read)/" noun
	may["watchdog/format/"] = "^(common|watchdog/(read|format))/" noun
	may["watchdog/formats/"] = "^(common|watchdog/(read|formats?))/" noun
	may["watchdog/match/"] = "^(common|watchdog/(read|format|match))/" noun
	may["watchdog/tell/"] = "^(common|watchdog/(read|format|match|tell))/" \
	    noun
	may["watchdog/store/"] = "^(common|watchdog/(read|format|match|store))/" \
	    noun
	may["watchdog/"] = "^(common|watchdog)/"
	may["uptime/probe/"] = "^(common|uptime/probe)/" noun
	may["uptime/dns/"] = "^(common|uptime/(probe|dns))/" noun
	may["uptime/judge/"] = "^(common|uptime/(probe|dns|judge))/" noun
	may["uptime/tell/"] = "^(common|uptime/(probe|dns|judge|tell))/" noun
	may["uptime/conf/"] = "^(common|uptime/(probe|dns|judge|conf))/" noun
	may["uptime/store/"] = "^(common|uptime/(probe|judge|store))/" noun
	may["uptime/round/"] = "^(common|uptime/(probe|dns|judge|conf|round))/" \
	    noun
	may["uptime/"] = "^(common|uptime)/"

	# One file per third-party library.
	only["sqlite3[.]h"] = "^common/host/db[^/]*[.][ch]$"
	only["libesmtp[.]h"] = "^common/mail/transport_smtp[.]c$"
	only["confuse[.]h"] = "^common/host/conf[^/]*[.][ch]$|" \
	    "^(common/mail/mail_|watchdog/|uptime/conf/)conf[^/]*[.][ch]$"
	only["pcre2.*"] = "^watchdog/match/ignore[^/]*[.]c$|" \
	    "^common/host/regex[.]c$"
	only["ares.*"] = "^uptime/dns/dns[^/]*[.][ch]$"
	only["curl/.*"] = "^uptime/probe/fetch[^/]*[.][ch]$|" \
	    "^common/mail/transport_smtps[.]c$"
	only["openssl/.*"] = "^common/mail/transport_smtp[^/]*[.]c$|" \
	    "^uptime/probe/fetch[^/]*[.][ch]$"
	only["xxhash[.]h"] = "^common/base/hash[.]c$"
	only["zlib[.]h"] = "^watchdog/read/unpack_gzip[.]c$"
	only["bzlib[.]h"] = "^watchdog/read/unpack_bzip2[.]c$"
	only["lzma[.]h"] = "^watchdog/read/unpack_xz[.]c$"
	only["zstd.*"] = "^watchdog/read/unpack_zstd[.]c$"
	only["idn2[.]h"] = "^uptime/site[.]c$"

	ban("strcpy strcat stpcpy sprintf vsprintf gets strtok", "buf.h")
	ban("atoi atol atoll atof", "strtol and its error")
	ban("system popen", "fork and exec without a shell")
	ban("mktemp tmpnam tempnam", "mkostemp or O_TMPFILE")
	ban("time gettimeofday clock_gettime timespec_get",
	    "common/base/clock.h")
	ban("malloc calloc realloc reallocarray strdup strndup asprintf " \
	    "vasprintf", "common/base/xmem.h")
}

function ban(names, instead,    i, n, name) {
	n = split(names, name, " ")
	for (i = 1; i <= n; i++)
		banned[name[i]] = instead
}

function say(line, rule, what) {
	printf "%s:%d: %s: %s\n", FILENAME, line, rule, what
}

# The line without comments and without what stands in quotes.
function strip(s,    out, i) {
	gsub(/\\./, "", s)
	gsub(/'[^']'|"[^"]*"/, "\"\"", s)
	for (;;) {
		if (comment && !(i = index(s, "*/")))
			return out
		if (comment)
			s = substr(s, i + 2)
		comment = i = index(s, "/*")
		if (!i)
			break
		out = out substr(s, 1, i - 1)
		s = substr(s, i + 2)
	}
	sub(/\/\/.*/, "", s)
	return out s
}

function width(s,    part, n, i, w) {
	gsub(/[\200-\277]/, "", s)	# a character of UTF-8 counts once
	n = split(s, part, "\t")
	for (i = 1; i < n; i++)
		w += length(part[i]) + 8 - (w + length(part[i])) % 8
	return w + length(part[n])
}

function included(name, quoted,    i, folder) {
	for (i in may)
		if (index(FILENAME, i) == 1 && length(i) > length(folder))
			folder = i
	if (quoted && name !~ may[folder])
		say(FNR, "include", "\"" name "\" in " folder ", expected " \
		    may[folder])
	for (i in only)
		if (name ~ "^" i "$" && FILENAME !~ only[i])
			say(FNR, "library", "<" name ">, expected only in " \
			    only[i])
}

function calls(s,    name) {
	while (match(s, /[A-Za-z_0-9.>]+ ?\(/)) {
		name = substr(s, RSTART, RLENGTH - 1)
		sub(/ $/, "", name)
		s = substr(s, RSTART + RLENGTH)
		# The home of the substitute is where the real one is called.
		if (name in banned && substr(FILENAME, 1, length(FILENAME) - 1) \
		    "h" != banned[name])
			say(FNR, "call", name "(), expected " banned[name])
	}
}

# A function begins at the last line that opens a parenthesis in column 1
# before a lone "{", and ends at a "}" in column 1.
function functions(s,    lines) {
	if (s ~ /^[A-Za-z_].*\(/)
		begin = FNR
	if (s ~ /^\{|^[A-Za-z_].*\) *\{$/)
		inside = begin
	if (s !~ /^}/ || !inside)
		return
	lines = FNR - inside + 1
	if (lines > 100)
		say(inside, "function", lines " lines, expected at most 100")
	if (lines > longest) {
		longest = lines
		where = FILENAME ":" inside
	}
	total++
	count[lines]++
	inside = begin = 0
}

FNR == 1 {
	comment = inside = begin = 0
	if ($0 !~ /^\/[*\/] SPDX-License-Identifier: ISC/)
		say(1, "spdx", "expected SPDX-License-Identifier: ISC")
}
FNR == 601 { say(601, "file", "expected at most 600 lines") }
width($0) > 80 {
	say(FNR, "columns", width($0) " columns, expected at most 80")
}
/(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)([^A-Za-z0-9_]|$)/ {
	say(FNR, "todo", "expected it done, or an issue about it")
}
FILENAME ~ /^tests\// { next }
/^# *include *[<"]/ {
	split($0, part, /[<">]/)
	included(part[2], $0 ~ /^# *include *"/)
	next
}
{
	line = strip($0)
	calls(line)
	functions(line)
}
END {
	for (i = 1; i <= longest; i++) {
		seen += count[i]
		if (!median && seen * 2 >= total)
			median = i
		if (i > 60)
			long += count[i]
	}
	if (long > total / 10)
		printf "%s: spread: %d of %d functions are over 60 lines, " \
		    "expected 10 %%\n", where, long, total
	if (median > 25)
		printf "%s: spread: half of %d functions have %d lines or " \
		    "more, expected 25\n", where, total, median
}
