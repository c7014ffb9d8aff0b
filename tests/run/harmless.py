# SPDX-License-Identifier: ISC
"""harmless.py MAIL...: each is a valid mail with our headers and no others,
whose text does nothing to whoever reads it; prints subjects and texts."""
import email
import email.policy
import re
import sys

OURS = """return-path delivered-to date from to subject message-id in-reply-to
references mime-version content-type content-transfer-encoding auto-submitted
precedence list-id""".split()

# What common/base/text.h promises that nobody gets to see: control characters,
# those that turn text round, split words or carry what cannot be seen.
BAD = re.compile("[^\n\t -~\u00a1-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|"
                 "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
                 "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
                 "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
                 "\U000e0000-\U000e0fff]")


def harmless(where, text):
    bad = BAD.search(text)
    assert not bad, "%s: %r" % (where, text[max(bad.start() - 40, 0):
                                            bad.end() + 20])


def look(path):
    with open(path, "rb") as f:
        raw = f.read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for line in raw.split(b"\n"):
        assert len(line) <= 998, "%s: a line of %d bytes" % (path, len(line))
    assert not re.search(rb"[^\n\r\t -~]", raw.split(b"\n\n")[0]), path
    seen = set()
    for name, value in mail.items():
        name = name.lower()
        assert name in OURS or name.startswith("x-sitewatch-"), name
        assert name not in seen, name + " twice"
        seen.add(name)
        assert not value.defects, (name, value.defects)
        harmless(name, value)
    assert len(mail["to"].addresses) == 1
    for part in mail.walk():
        assert not part.defects, part.defects
        if part.get_content_maintype() == "text":
            harmless("text", part.get_content())
    print("Subject:", mail["subject"])
    print(mail.get_body(("plain",)).get_content())


for arg in sys.argv[1:]:
    look(arg)
