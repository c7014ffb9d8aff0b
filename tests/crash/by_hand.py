# SPDX-License-Identifier: ISC
"""Kinds of rotation for tests/crash/rotation that no program does at will:
what servers, copies, crashes and administrators make of a log.
"""
import bz2
import gzip
import lzma
import os
import shutil
import subprocess

import histories
from histories import NotHere, need

KINDS = {}


def kind(steps, **more):
    return histories.kind(steps, table=KINDS, **more)


def move(h, n=1):
    """Up to the next number, as logrotate does."""
    for i in range(8, 0, -1):
        if os.path.exists("%s.%d" % (h.log, i)):
            os.rename("%s.%d" % (h.log, i), "%s.%d" % (h.log, i + n))
    os.rename(h.log, "%s.%d" % (h.log, n))
    return h.new_generation()


@kind(7)
def late(h):
    """nginx before USR1: it writes into the renamed file."""
    h.ordered = False
    fd = h.open()
    h.write(fd=fd)
    yield
    old = move(h)
    h.write(fd=fd, generation=old)
    yield
    h.write(fd=fd, generation=old)
    yield
    fd2 = h.open()
    yield
    h.write(fd=fd2)
    yield
    h.write(1, fd=fd, generation=old)
    yield
    h.write(fd=fd2)
    yield


@kind(5)
def late_twice(h):
    """A worker that never reopens, while two more generations come."""
    h.ordered = False
    fd = h.open()
    h.write(fd=fd)
    yield
    old = move(h)
    h.write()
    h.write(1, fd=fd, generation=old)
    yield
    move(h)
    h.write()
    h.write(1, fd=fd, generation=old)
    yield
    move(h)
    h.write(1, fd=fd, generation=old)
    yield
    h.write()
    yield


@kind(6)
def copy_then_truncate(h):
    """copytruncate with the reader between."""
    h.write()
    yield
    h.write()
    yield
    shutil.copyfile(h.log, h.log + ".1")
    yield
    os.truncate(h.log, 0)
    h.new_generation()
    yield
    h.write()
    yield
    h.write()
    yield


@kind(5)
def written_between(h):
    """… and a line between copy and truncate, which no file has then."""
    h.write()
    yield
    h.write()
    shutil.copyfile(h.log, h.log + ".1")
    yield
    n = len(h.live)
    h.write()
    yield
    h.doom(h.live[n:])
    os.truncate(h.log, 0)
    h.new_generation()
    yield
    h.write()
    yield


@kind(4)
def half_copied(h):
    """The copy is being made while the reader looks."""
    h.write()
    h.write()
    yield
    h.write()
    with open(h.log, "rb") as f:
        whole = f.read()
    with open(h.log + ".1", "wb") as f:
        f.write(whole[:len(whole) * 2 // 3])
    yield
    with open(h.log + ".1", "ab") as f:
        f.write(whole[len(whole) * 2 // 3:])
    yield
    os.truncate(h.log, 0)
    h.new_generation()
    h.write()
    yield


@kind(4)
def regrown(h):
    """Copied, truncated, and longer than before when the reader comes."""
    h.write(1)
    yield
    h.write(1)
    shutil.copyfile(h.log, h.log + ".1")
    os.truncate(h.log, 0)
    h.new_generation()
    h.write(5)
    yield
    h.write(1)
    yield
    os.rename(h.log + ".1", h.log + ".2")
    shutil.copyfile(h.log, h.log + ".1")
    os.truncate(h.log, 0)
    h.new_generation()
    h.write(9)
    yield


@kind(4)
def truncated(h):
    """In place, without a copy."""
    h.write()
    yield
    h.write()
    yield
    h.destroy(h.live)
    os.truncate(h.log, 0)
    h.new_generation()
    yield
    h.write(1)
    yield


@kind(3)
def truncated_regrown(h):
    h.write(1)
    yield
    h.write(1)
    yield
    h.destroy(h.live)
    os.truncate(h.log, 0)
    h.new_generation()
    h.write(6)
    yield


@kind(4)
def recreated(h):
    h.write()
    yield
    h.write()
    yield
    h.destroy(h.live)
    os.unlink(h.log)
    h.new_generation()
    yield
    h.write()
    yield


def reuse(h, inode):
    """The log is a new file, with that inode."""
    for n in range(100):
        path = "%s/new%d" % (h.log_dir, n)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        if os.stat(path).st_ino == inode:
            os.rename(path, h.log)
            break
    for name in os.listdir(h.log_dir):
        if name.startswith("new"):
            os.unlink(os.path.join(h.log_dir, name))
    if not os.path.exists(h.log):
        raise NotHere("inodes are not reused at once")


@kind(4)
def inode_reused(h):
    """Deleted; the next file gets its inode, and is longer."""
    h.write(1)
    yield
    h.write(1)
    yield
    inode = os.stat(h.log).st_ino
    h.destroy(h.live)
    os.unlink(h.log)
    h.new_generation()
    reuse(h, inode)
    h.write(4)
    yield
    h.write()
    yield


@kind(4)
def inode_reused_by_rotation(h):
    """The oldest is deleted, and the new log has its inode."""
    h.write()
    yield
    h.write()
    first = move(h)
    h.write(3)
    yield
    h.destroy(first)
    inode = os.stat(h.log + ".1").st_ino
    os.unlink(h.log + ".1")
    move(h)
    reuse(h, inode)
    h.write(5)
    yield
    h.write()
    yield


@kind(4)
def moved_away(h):
    """To another file system by mv, which copies: another inode and device."""
    h.olddir = os.path.join(h.own, "old")
    os.mkdir(h.olddir)
    h.write()
    yield
    h.write()
    shutil.copyfile(h.log, h.olddir + "/error.log.1")
    yield
    os.unlink(h.log)
    h.new_generation()
    yield
    h.write()
    yield


@kind(5)
def link_swapped(h):
    """The log's name is a link; it points to another file at once."""
    h.put("")
    os.rename(h.log, h.log + "-20261120")
    os.symlink("error.log-20261120", h.log)
    h.write()
    yield
    for day in (21, 22):
        h.write()
        yield
        name = "error.log-202611%d" % day
        os.symlink(name, h.log + ".new")
        with open(os.path.join(h.log_dir, name), "wb"):
            pass
        os.rename(h.log + ".new", h.log)
        h.new_generation()
        h.write()
        yield


@kind(4)
def hole(h):
    """A writer without O_APPEND goes on where it was, behind NUL bytes."""
    fd = h.open(append=False)
    h.write(fd=fd)
    yield
    h.write(fd=fd)
    shutil.copyfile(h.log, h.log + ".1")
    os.truncate(h.log, 0)
    h.new_generation()
    yield
    h.write(fd=fd)
    yield
    h.write(fd=fd)
    yield


@kind(4)
def restored(h):
    """From a backup, under a new inode; it goes on."""
    h.write()
    yield
    h.write()
    shutil.copy2(h.log, h.log_dir + "/backup")
    yield
    os.unlink(h.log)
    os.rename(h.log_dir + "/backup", h.log)
    yield
    h.write()
    yield


@kind(3)
def same_size(h):
    """Written anew in place, and not a byte longer or shorter."""
    h.write()
    yield
    size = os.stat(h.log).st_size
    h.destroy(h.live)
    os.truncate(h.log, 0)
    h.new_generation()
    h.write()
    if os.stat(h.log).st_size != size:
        raise RuntimeError("sizes differ")
    yield
    h.write()
    yield


@kind(4, sizes=("small", "big", "long"))
def same_header(h):
    """Two logs that begin alike for more than is hashed."""
    head = "".join("[Sat Nov 21 06:47:00.000000 2026] [core:notice] [pid 1] "
                   "AH0%04d: about this log\n" % n for n in range(20))
    h.lines.update(head.encode().splitlines())
    other = os.path.join(h.log_dir, "other.log")
    logs = h.logs = [h.log, other]
    h.ordered = False
    for log in logs:
        with open(log, "w", encoding="ascii") as f:
            f.write(head)
    live = {log: h.live for log in logs}

    def each(do):
        for log in logs:
            h.log, h.live = log, live[log]
            do()
            live[log] = h.live
            if do is rotate:
                with open(log, "w", encoding="ascii") as f:
                    f.write(head)
                h.noise += 20 if h.noise else 0

    def rotate():
        h.write()
        move(h)
    each(h.write)
    h.noise += 40 if h.noise else 0
    yield
    each(rotate)
    yield
    each(h.write)
    yield
    each(rotate)
    each(h.write)
    yield


def alike(h, packed):
    """Generations that begin alike, end alike and are equally long."""
    def notices(n):
        text = "".join(
            "[Sat Nov 21 06:47:00.000000 2026] [core:notice] [pid 1] "
            "AH0%04d: as each time\n" % (n + i) for i in range(20))
        h.lines.update(text.encode().splitlines())
        return text

    def day():
        h.put(notices(0))
        h.write()
        h.put(notices(50))
    day()
    yield
    for _ in range(3):
        move(h)
        for n in range(8, 0, -1):
            if os.path.exists("%s.%d.gz" % (h.log, n)):
                os.rename("%s.%d.gz" % (h.log, n),
                          "%s.%d.gz" % (h.log, n + 1))
        if packed:
            subprocess.run(["gzip", h.log + ".1"], check=True)
        day()
        yield


kind(4, name="alike", sizes=("small", "long"))(lambda h: alike(h, False))
kind(4, name="alike_gz", sizes=("small", "long"))(lambda h: alike(h, True))


@kind(5)
def half_line(h):
    """A line that is not finished is renamed, and finished there."""
    fd = h.open()
    h.write(fd=fd)
    yield
    word = h.word()
    line = h.line(word).encode()
    h.live.append(word)
    h.put(line[:len(word) // 2], fd)
    yield
    move(h)
    yield
    h.pending.add(word)
    h.put(line[len(word) // 2:], fd)
    yield
    h.write()
    yield


@kind(4)
def half_line_for_ever(h):
    """… or never: its generation is over."""
    fd = h.open()
    h.write(fd=fd)
    yield
    h.put(h.line().rstrip("\n"), fd)
    yield
    move(h)
    h.write()
    yield
    move(h)
    h.write()
    yield


@kind(5, sizes=("small", "bytes", "big"))
def half_line_torn(h):
    """copytruncate in the middle of a line: two ends of it."""
    h.whole = h.ordered = False
    h.write()
    yield
    begin, end = h.word(), h.word()
    h.parts.add(end)
    line = h.line(begin).rstrip("\n")
    if h.size == "bytes":
        line += " "
    h.put(line)
    yield
    shutil.copyfile(h.log, h.log + ".1")
    os.truncate(h.log, 0)
    h.new_generation()
    yield
    h.put(" %s\n" % end)
    yield
    h.write()
    yield


TRACE = ("Stack trace:\n", "#0 /var/www/example.com/lib/a.php(7): b()\n",
         "#1 /var/www/example.com/index.php(3): a()\n", "#2 {main}\n",
         "  thrown in /var/www/example.com/lib/a.php on line 9\n")


def php_log(h):
    """PHP's own log; who looks now sees a writer that is busy."""
    h.later = 0
    h.head = ("[21-Nov-2026 06:47:00 UTC] PHP Fatal error:  %s broke%s in "
              "/var/www/example.com/x.php on line 3\n")


def trace(h, n, word=None):
    """The first n lines of a trace, or those from the n-th on."""
    if word is None:
        text = ("[21-Nov-2026 06:47:00 UTC] PHP Fatal error:  Uncaught "
                "Exception: %s in /var/www/example.com/lib/a.php:9\n" %
                h.word())
        text += "".join(TRACE[:n])
    else:
        text = "".join(TRACE[n:])
    h.lines.update(text.encode().splitlines())
    return text


@kind(5, sizes=("small",))
def trace_torn(h):
    """A stack trace that is written across a rename, into one file."""
    php_log(h)
    fd = h.open()
    h.write(fd=fd)
    yield
    h.put(trace(h, 2), fd)
    yield
    move(h)
    yield
    h.put(trace(h, 2, h.words[-1]), fd)
    yield
    h.write()
    yield


@kind(4, sizes=("small",))
def trace_in_two(h):
    """… and into two: the rest stands in the new file."""
    php_log(h)
    h.write()
    yield
    h.put(trace(h, 2))
    move(h)
    yield
    h.put(trace(h, 2, h.words[-1]))
    yield
    h.write()
    yield


@kind(4, sizes=("small",))
def trace_copied(h):
    """… and cut by copytruncate."""
    php_log(h)
    h.write()
    yield
    h.put(trace(h, 3))
    shutil.copyfile(h.log, h.log + ".1")
    os.truncate(h.log, 0)
    h.new_generation()
    yield
    h.put(trace(h, 3, h.words[-1]))
    yield
    h.write()
    yield


def being_packed(h, pack, ext):
    """gzip(1) and its like: the plain file goes when the other is whole."""
    h.write()
    yield
    h.write()
    move(h)
    h.write()
    plain = h.log + ".1"
    with open(plain, "rb") as f:
        whole = pack(f.read())
    with open(plain + ext, "wb") as f:
        f.write(whole[:len(whole) // 2])
    yield
    with open(plain + ext, "ab") as f:
        f.write(whole[len(whole) // 2:])
    yield
    shutil.copystat(plain, plain + ext)
    os.unlink(plain)
    yield
    h.write()
    move(h)
    os.rename(h.log + ".1" + ext, h.log + ".2" + ext) \
        if os.path.exists(h.log + ".1" + ext) else None
    h.write()
    yield


def packed_grows(h, pack, ext):
    """A copy from elsewhere: at first there is only the half of it."""
    h.write()
    yield
    h.write()
    move(h)
    h.write()
    plain = h.log + ".1"
    with open(plain, "rb") as f:
        whole = pack(f.read())
    os.unlink(plain)
    with open(plain + ext, "wb") as f:
        f.write(whole[:len(whole) // 2])
    yield
    h.write()
    yield
    with open(plain + ext, "ab") as f:
        f.write(whole[len(whole) // 2:])
    yield
    h.write()
    yield


def zstd(data):
    need("zstd")
    return subprocess.run(["zstd", "-q", "-c"], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


for ext, pack in (("gz", gzip.compress), ("bz2", bz2.compress),
                  ("xz", lambda data: lzma.compress(data, preset=1)),
                  ("zst", zstd)):
    kind(5, name="being_" + ext, slow=ext != "gz")(
        lambda h, p=pack, e="." + ext: being_packed(h, p, e))
    kind(5, name="grows_" + ext, slow=ext != "gz")(
        lambda h, p=pack, e="." + ext: packed_grows(h, p, e))
