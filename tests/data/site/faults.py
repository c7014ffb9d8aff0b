#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Asks a server for the faults of faults.tsv, and says what became of them.

    faults.py crawl SERVER PORT            sends the requests, in a fixed order
    faults.py check LOG EXPLAINED MAILDIR [KIND]
                                           compares groups with the table

KIND is log, or acc for access logs.  EXPLAINED is what `site-watchdog explain
--json` says of the log, MAILDIR what a run has sent.  Every difference is told,
with a record; exit status 1.
"""

import collections
import email
import email.policy
import json
import os
import random
import sys
import time

import client

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.tsv")
LOGS = ["mod", "fpm", "nginx", "lighttpd", "pool"]
NAMES = "ann bob carla dimitri eve fatima goran hiro".split()

# One line `log`, or `acc`; count as in the table.
Fault = collections.namedtuple("Fault", "name section owner count text")


def rows(kind):
    with open(TABLE) as table:
        for line in table:
            fields = line.rstrip("\n").replace("@", client.SITE).split("\t")
            if fields[0] == kind:
                yield fields[1:]


def faults(log, kind="log"):
    """What the table has for one log."""
    found = []
    for row in rows(kind):
        name, section, owner, *counts = row[:-1]
        count = counts[LOGS.index(log)] if LOGS.index(log) < len(counts) \
            else "."
        if count != ".":
            found.append(Fault(name, section, owner, count, row[-1]))
    return found


# --- requests ---------------------------------------------------------------

def fill(url, rng, i):
    bits = "%032x" % rng.getrandbits(128)
    for key, value in (
            ("{n}", str(rng.randrange(2, 99999))), ("{w}", NAMES[i]),
            ("{h}", bits[:16]), ("{i}", str(i + 1)),
            ("{u}", "-".join((bits[:8], bits[8:12], "4" + bits[13:16],
                              "8" + bits[17:20], bits[20:])))):
        url = url.replace(key, value)
    return url


def request(how, url, rng, i):
    if how == "post":
        return client.post(url, 5000, 5000)
    if how == "auth":
        return client.get(url, client.visitor(rng), None,
                          b"Authorization: Basic " +
                          client.basic(NAMES[i]) + b"\r\n")
    return client.fault(rng, url)


def crawl(server, port):
    asked = {f.name for log in LOGS for kind in ("log", "acc")
             for f in faults(log, kind)
             if log == server or (log, server) == ("pool", "nginx")}
    rng = random.Random(client.SEED)
    requests = [request(how, fill(url, rng, i), rng, i)
                for name, times, how, url in rows("ask")
                for i in range(int(times)) if name in asked]
    rng.shuffle(requests)
    for r in requests:
        client.send(port, r)
        if client.CRASH in r:
            # The parent looks after its children once a second.
            time.sleep(1.2)


# --- what became of them ----------------------------------------------------

class Check:
    def __init__(self, log):
        self.log = log
        self.bad = 0

    def wrong(self, what, *records):
        self.bad += 1
        print("%s: %s" % (self.log, what))
        for r in records:
            text = r["record"].replace("\n", "\n\t  ")
            print("\t%s at %d, group %s, section %s, %s\n\t| %s" % (
                os.path.basename(r["file"]), r["offset"], r["fingerprint"],
                r["section"], r["owner"], text[:600]))

    def fault(self, fault, records):
        """One line of the table, and the records that it takes."""
        title = "%s (%s)" % (fault.name, fault.text)
        if str(len(records)) != fault.count and fault.count != "?" and (
                fault.count != "+" or not records):
            self.wrong("%s: %d records, expected %s" % (
                title, len(records), fault.count), *records[:1])
        groups = {}
        for r in records:
            groups.setdefault(r["fingerprint"], r)
        if len(groups) > 1:
            self.wrong("%s: %d groups, expected 1" % (title, len(groups)),
                       *groups.values())
        for r in records:
            got = (top(r["section"]), who(r))
            if got != (fault.section, fault.owner):
                self.wrong("%s: told to %s as %s, expected %s as %s" % (
                    title, got[1], got[0], fault.owner, fault.section), r)
                break

    def apart(self, taken):
        """Different lines of the table are different groups."""
        seen = {}
        for fault, records in taken:
            for r in records:
                key = (who(r), r["fingerprint"])
                other = seen.setdefault(key, (fault, r))
                if other[0] is not fault:
                    self.wrong("%s (%s) and %s (%s) are one group" % (
                        other[0].name, other[0].text, fault.name,
                        fault.text), other[1], r)
                    break

    def mails(self, told, maildir):
        """Each owner is told of his groups, once, and nobody else is."""
        want = {}
        for r in told:
            groups, n = want.setdefault(who(r), (set(), 0))
            groups.add(r["fingerprint"])
            want[who(r)] = (groups, n + 1)
        want = {o: [len(g), n] for o, (g, n) in want.items()}
        got = {}
        for owner in os.listdir(maildir):
            new = os.path.join(maildir, owner, "new")
            for name in os.listdir(new):
                with open(os.path.join(new, name), "rb") as f:
                    m = email.message_from_binary_file(
                        f, policy=email.policy.default)
                sums = got.setdefault(owner.split("@")[0], [0, 0])
                sums[0] += int(m["X-Sitewatch-New"] or 0)
                sums[1] += int(m["X-Sitewatch-Records"] or 0)
        if got != want:
            self.wrong("mails say [groups, records] %s, expected %s" % (
                got, want))


def who(record):
    """The owner's name, from "joe@example.com  (route /bboard)"."""
    return record["owner"].split("@")[0]


def top(section):
    """The section's first directory."""
    return "/" + section.split("/")[1] if section else "-"


def first(lines, record):
    """The first of the table's lines that fits."""
    return next((l for l in lines if l.text in record["record"]), None)


def check(log, explained, maildir, kind="log"):
    it = Check(log)
    with open(explained) as f:
        records = [json.loads(line) for line in f]
    told = [r for r in records if not r["hidden"]]
    own = [row[1] for row in rows("own") if log in row[0].split(",")] \
        if kind == "log" else []
    wanted = faults(log, kind)
    taken = {f: [] for f in wanted}
    for r in told:
        fault = first(wanted, r)
        if fault:
            taken[fault].append(r)
        elif not any(text in r["record"] for text in own):
            it.wrong("unexpected", r)
        elif who(r) != "ops":
            it.wrong("of the server itself, told to " + who(r), r)
    for fault in wanted:
        it.fault(fault, taken[fault])
    it.apart(taken.items())
    it.mails(told, maildir)
    print("%s: %d faults, %d records, %d wrong" % (
        log, len(wanted), len(told), it.bad))
    return it.bad == 0


def main(args):
    if args[0] == "crawl":
        crawl(args[1], int(args[2]))
        return 0
    return 0 if check(*args[1:]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
