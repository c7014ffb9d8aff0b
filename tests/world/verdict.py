"""A verdict of `site-uptime check --json` on stdin, as it should be:

    verdict.py STATUS GRADE [LAYER REASON]
"""
import json, sys

STATUS = {"ok": 0, "warning": 1, "degraded": 1, "down": 2, "unknown": 3}

status, grade, *where = sys.argv[1:]
lines = sys.stdin.read().splitlines()
assert len(lines) == 1, "expected one line, not %d" % len(lines)
verdict = json.loads(lines[0])
got = [verdict["grade"], verdict["layer"], verdict["reason"]]
want = [grade] + (where[:2] or [None, None])
assert got == want, "expected %s, got %s" % (want, got)
assert int(status) == STATUS[grade], "exit status " + status
layers = [l["layer"] for l in verdict["layers"]]
if grade == "down":
    at = layers.index(where[0])
    for l in verdict["layers"][at + 1:]:
        assert not l["evaluated"], l["layer"] + " was evaluated"
    assert verdict["layers"][at]["evaluated"]
if grade in ("ok", "degraded"):
    body = verdict["layers"][layers.index("body")]
    assert body["evaluated"] and body["good"] > 0, body
