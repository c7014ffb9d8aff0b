# SPDX-License-Identifier: ISC
"""Histories by chance for tests/crash/rotation: a log as some administrator
has it rotated, with what a server and cron do in any order.
"""
import bz2
import gzip
import lzma
import os
import random
import shutil
import subprocess

PACK = {".gz": gzip.compress, ".bz2": bz2.compress,
        ".xz": lambda data: lzma.compress(data, preset=1),
        ".zst": lambda data: subprocess.run(
            ["zstd", "-q", "-c"], input=data, check=True,
            stdout=subprocess.PIPE).stdout}


class Rotated:
    """A file that was the log."""

    def __init__(self, generation, path):
        self.generation, self.path, self.packed = generation, path, False


class Habits:
    """How this log is rotated."""

    def __init__(self, h, chance):
        self.h, self.chance = h, chance
        self.copies = chance.random() < 0.25
        self.creates = chance.random() < 0.7
        self.dated = chance.random() < 0.3
        self.packs = chance.choice((None, "now", "later", "later"))
        self.ext = chance.choice([e for e in (".gz", ".gz", ".bz2", ".xz",
                                              ".zst")
                                  if e != ".zst" or shutil.which("zstd")])
        self.keeps = chance.randint(2, 8)
        self.late = not self.copies and chance.random() < 0.5
        self.kept = []      # newest first
        self.days = 0
        self.fd = None      # of a server that has not reopened yet
        self.wrote = h.live  # into this one
        if chance.random() < 0.2:
            h.olddir = os.path.join(h.dir, "old")
            os.mkdir(h.olddir)
        self.top = h.olddir or h.log_dir
        h.ordered = not self.late
        h.did = [str({k: v for k, v in vars(self).items()
                      if isinstance(v, (bool, str, int))})]

    def write(self, n):
        if self.fd is None and self.late:
            self.fd = self.h.open()
            self.wrote = self.h.live
        self.h.did.append("write %d" % n)
        self.h.write(n, fd=self.fd, generation=self.wrote if self.late
                     else None)

    def reopen(self):
        self.h.did.append("reopen")
        self.fd = None

    def name(self, n):
        if self.dated:
            return os.path.join(self.top, "error.log-202611%02d" % self.days)
        return os.path.join(self.top, "error.log.%d" % n)

    def shift(self):
        for n in range(len(self.kept), 0, -1):
            old = self.kept[n - 1]
            path = self.name(n + 1) + (self.ext if old.packed else "")
            os.rename(old.path, path)
            old.path = path

    def pack(self, rotated):
        if rotated.packed:
            return
        self.h.did.append("pack " + rotated.path)
        with open(rotated.path, "rb") as f:
            data = PACK[self.ext](f.read())
        with open(rotated.path + self.ext, "wb") as f:
            f.write(data)
        shutil.copystat(rotated.path, rotated.path + self.ext)
        if self.chance.random() < 0.2:
            self.h.run()
        os.unlink(rotated.path)
        rotated.path += self.ext
        rotated.packed = True

    def rotate(self):
        h, chance = self.h, self.chance
        h.did.append("rotate")
        if not os.path.exists(h.log):
            return
        self.reopen()
        self.days += 1
        while len(self.kept) >= self.keeps:
            oldest = self.kept.pop()
            h.destroy(oldest.generation)
            os.unlink(oldest.path)
        if not self.dated:
            self.shift()
        rotated = Rotated(h.live, self.name(1))
        if self.copies:
            shutil.copyfile(h.log, rotated.path)
            if chance.random() < 0.3:
                h.run()
            os.truncate(h.log, 0)
            h.new_generation()
        else:
            self.moved(rotated)
        if self.packs == "now":
            self.pack(rotated)
        elif self.packs == "later" and self.kept:
            self.pack(self.kept[0])
        self.kept.insert(0, rotated)

    def moved(self, rotated):
        h = self.h
        if self.late:
            self.fd = h.open()
            self.wrote = h.live
        os.rename(h.log, rotated.path)
        h.new_generation()
        if self.creates:
            os.close(os.open(h.log, os.O_CREAT | os.O_WRONLY, 0o644))
        if self.late and self.packs == "now":
            # logrotate waits for the server before it compresses
            self.write(self.chance.randint(0, 2))
            self.reopen()


def plot(seed):
    def play(h):
        chance = random.Random(seed)
        habits = Habits(h, chance)
        if chance.random() < 0.8:
            habits.write(chance.randint(1, 3))
        else:
            h.put("")
        h.run()
        for _ in range(chance.randint(6, 24)):
            dice = chance.random()
            if dice < 0.45:
                habits.write(chance.randint(1, 3))
            elif dice < 0.7:
                h.run()
            elif dice < 0.9:
                habits.rotate()
            else:
                habits.reopen()
        yield
    return play


def size_of(seed):
    return random.Random(seed).choice(("bytes",) * 3 + ("small",) * 6 +
                                      ("long", "big"))
