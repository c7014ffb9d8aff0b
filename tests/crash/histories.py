# SPDX-License-Identifier: ISC
"""The kinds of rotation for tests/crash/rotation: what logrotate and its like
do.  by_hand.py has more.

Each is a generator over a History; between two of its steps it yields, and the
reader may run there.  It says itself which words are gone for good (destroy,
doom) and where nothing can be proved (doubt).
"""
import collections
import os
import shutil
import subprocess
import time

Kind = collections.namedtuple("Kind", "plot steps sizes slow")
KINDS = {}


class NotHere(Exception):
    """This machine cannot do that."""


def kind(steps, sizes=None, slow=False, table=None, name=None):
    def add(plot):
        (KINDS if table is None else table)[name or plot.__name__] = Kind(
            plot, steps, sizes, slow)
        return plot
    return add


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise NotHere("no " + program)


# ---- logrotate ----

def thrice(h, *options, wait=False):
    """Writes and rotates; so much that each rotated file moves on."""
    h.write()
    yield
    for _ in range(2):
        h.write()
        h.rotate(*options)
        yield
        h.write()
        yield
    h.write()
    h.rotate(*options)
    yield


def logrotate(name, *options, programs=(), steps=6, **more):
    def plot(h):
        need(*programs)
        return thrice(h, *options)
    kind(steps, name=name, **more)(plot)


NOW = ("compress",)
logrotate("create", "create")
logrotate("nocreate", "nocreate")
logrotate("copytruncate", "copytruncate")
logrotate("dateext", "create", "dateext", "dateformat -%Y%m%d-@")
logrotate("dateext_extension", "create", "dateext", "extension .log",
          "dateformat -%Y%m%d-@")
logrotate("extension", "create", "extension .log")
logrotate("start_0", "create", "start 0")
logrotate("gz", "create", *NOW)
for ext, program in (("bz2", "bzip2"), ("xz", "xz"), ("zst", "zstd")):
    logrotate(ext, "create", *NOW, "compresscmd /usr/bin/" + program,
              "uncompresscmd /bin/false", "compressext ." + ext,
              programs=(program,), slow=True)
logrotate("delaycompress", "create", *NOW, "delaycompress")
logrotate("dateext_gz", "create", *NOW, "dateext", "dateformat -%Y%m%d-@")
logrotate("extension_gz", "create", *NOW, "extension .log")
logrotate("copytruncate_gz", "copytruncate", *NOW)
logrotate("copytruncate_delaycompress", "copytruncate", *NOW, "delaycompress")


@kind(6)
def olddir(h):
    h.olddir = os.path.join(h.dir, "old")
    os.mkdir(h.olddir, 0o755)
    return thrice(h, "create", "olddir " + h.olddir)


@kind(6)
def olddir_gz(h):
    h.olddir = os.path.join(h.dir, "old")
    os.mkdir(h.olddir, 0o755)
    return thrice(h, "create", "compress", "olddir " + h.olddir)


@kind(6)
def renamecopy(h):
    """To another file system: copied, and the old one deleted."""
    h.olddir = os.path.join(h.own, "old")
    if os.stat(h.own).st_dev == os.stat(h.dir).st_dev:
        raise NotHere("no second file system")
    os.mkdir(h.olddir, 0o755)
    return thrice(h, "create", "renamecopy", "olddir " + h.olddir)


@kind(5)
def copy(h):
    """Snapshots: the log itself grows on, its copies are not news."""
    h.write()
    yield
    for _ in range(2):
        h.write()
        live = h.live
        h.rotate("copy")
        h.live = live
        yield
        h.write()
        yield


@kind(4)
def several(h):
    h.write()
    yield
    for _ in range(3):
        for _ in range(2):
            h.write()
            h.rotate("create")
        yield


@kind(4)
def empty(h):
    """Nothing was in it; and what never had anything in it is rotated."""
    h.put("")
    yield
    h.rotate("create")
    yield
    h.write()
    h.rotate("create")
    h.rotate("create")
    yield
    h.write()
    yield


@kind(4)
def empty_copytruncate(h):
    h.put("")
    yield
    h.write()
    h.rotate("copytruncate")
    yield
    h.rotate("copytruncate")
    yield
    h.write()
    yield


@kind(6)
def depth(h):
    """One old file is kept; whoever runs too rarely loses, and is told."""
    h.write()
    yield
    old = None
    for n in range(3):
        h.write()
        if old is not None:
            h.destroy(old)
        old = h.rotate("create", "rotate 1")
        yield
        if n < 2:
            h.write()
            yield


@kind(6)
def depth_gz(h):
    h.write()
    yield
    old = None
    for n in range(3):
        h.write()
        if old is not None:
            h.destroy(old)
        old = h.rotate("create", "compress", "rotate 1")
        yield
        if n < 2:
            h.write()
            yield


@kind(4)
def kept_nothing(h):
    """rotate 0: what was not read is gone."""
    h.write()
    yield
    h.write()
    yield
    h.destroy(h.live)
    h.rotate("create", "rotate 0")
    yield
    h.write()
    yield


@kind(6)
def kept_two(h):
    """Whoever runs at each third rotation loses nothing."""
    h.write()
    yield
    kept = []
    for n in range(5):
        h.write()
        kept.append(h.rotate("create", "rotate 2"))
        if len(kept) > 2:
            h.destroy(kept.pop(0))
        yield


# ---- by other programs ----

@kind(5, slow=True)
def savelog(h):
    need("savelog")
    h.write()
    yield
    for n in range(2):
        h.write()
        yield
        subprocess.run(["savelog", "-q", "-n" if n else "-t", "-m", "644",
                        "-c", "7", h.log], check=True, cwd=h.log_dir,
                       stdout=subprocess.DEVNULL)
        h.new_generation()
        h.write()
        yield


@kind(4, slow=True)
def savelog_plain(h):
    """Not compressed, names with a date."""
    need("savelog")
    h.write()
    yield
    for n in range(3):
        h.write()
        subprocess.run(["savelog", "-q", "-l", "-c", "7", "-t",
                        h.log], check=True, cwd=h.log_dir,
                       stdout=subprocess.DEVNULL)
        h.new_generation()
        yield


def second(h):
    """Waits for the next second."""
    time.sleep(1.02 - time.time() % 1)
    del h


@kind(4, sizes=("small", "bytes", "big"), slow=True)
def cronolog(h):
    """A link that points to today's file; a "day" is a second here."""
    need("cronolog")
    # without -P version 1.6.2 never moves the link
    child = subprocess.Popen(
        ["cronolog", "-S", h.log, "-P", h.log_dir + "/previous",
         os.path.join(h.log_dir, "error-%Y%m%d-%H%M%S.log")],
        stdin=subprocess.PIPE)
    h.stops.append(lambda: (child.stdin.close(), child.wait()))
    for n in range(4):
        second(h)
        h.write(fd=child.stdin.fileno())
        until(lambda: holds(h.log, h.words[-1]))
        if n:
            h.new_generation()
        yield


@kind(5, sizes=("small", "bytes", "big"), slow=True)
def multilog(h):
    """current, and @4000….s when SIGALRM comes."""
    need("multilog")
    top = os.path.join(h.log_dir, "main")
    child = subprocess.Popen(["multilog", "n9", "s16000000", top],
                             stdin=subprocess.PIPE)
    h.stops.append(lambda: (child.stdin.close(), child.wait()))
    h.log = os.path.join(top, "current")
    for n in range(5):
        if n % 2:
            child.send_signal(14)
            until(lambda: os.path.exists(h.log) and
                  os.stat(h.log).st_size == 0)
            h.new_generation()
        h.write(fd=child.stdin.fileno())
        until(lambda: holds(h.log, h.words[-1]))
        yield


def holds(path, word):
    try:
        with open(path, "rb") as f:
            return word.encode() in f.read()
    except OSError:
        return False


def until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise NotHere("something did not come about")
        time.sleep(0.01)
