"""oracle.py ZONEMASTER: what `site-uptime dns --json` (stdin) found, held
against what zonemaster-cli --raw found (the file): the same things, where
both look."""
import json, re, sys

SAME = {
    r"NS_FAILED .*rcode=NOERROR": "ns-lame",
    r"NS_FAILED .*rcode=REFUSED": "ns-refused",
    r"NS_FAILED .*rcode=SERVFAIL": "ns-servfail",
    r"CN01_NO_RESPONSE_UDP": "ns-dead",
    r"NOT_ENOUGH_NS_DEL": "ns-single",
    r"MULTIPLE_SOA_SERIALS ": "ns-serial",
    r"EXTRA_NAME_(PARENT|CHILD)": "ns-differ",
    r"IN_BAILIWICK_ADDR_MISMATCH|OUT_OF_BAILIWICK_ADDR_MISMATCH":
        "glue-differs",
}

with open(sys.argv[1]) as f:
    theirs = f.read()
walk = json.load(sys.stdin)
ours = {f["reason"] for f in walk["findings"]}
if ours & {"ns-timeout", "ns-closed"}:
    ours.add("ns-dead")
# A difference is no finding before the secondaries had their time.
if len({s["serial"] for s in walk["walks"][-1]["zones"][-1]["servers"]
        if s["serial"] is not None}) > 1:
    ours.add("ns-serial")
print("theirs:", *re.findall(r"[A-Z0-9_]{6,}", theirs))
print("ours:", walk["grade"], *sorted(ours))
if "CANNOT_CONTINUE" in theirs:
    assert walk["grade"] == "down"
else:
    assert walk["grade"] != "down"
    said = {ours_is for tag, ours_is in SAME.items()
            if re.search(tag, theirs)}
    assert said == ours & set(SAME.values()), said
