"""Is it there, is it gone?

    ready.py may-bind ADDRESS PORT      may this user listen there
    ready.py wait WHAT...               until all answer, 10 s at most
             tcp:ADDRESS:PORT           takes a connection
             dns:ADDRESS:NAME           answers NAME without an error
             up:ADDRESS                 answers, be it with an error
             said:FILE                  something is in it
    ready.py gone PID...                until no process of these groups lives
    ready.py guard PID WORLD            when PID is gone, so is the world
"""
import os, shutil, signal, socket, struct, sys, time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def may_bind(address, port):
    with socket.socket(family(address)) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, int(port)))


def rcode(address, name):
    labels = [l.encode() for l in name.split(".") if l]
    question = b"".join(bytes([len(l)]) + l for l in labels) + b"\0"
    kind = 1 if name.startswith("www") else 6       # A, SOA
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        s.connect((address, 53))
        s.send(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + question
               + struct.pack(">2H", kind, 1))
        return s.recv(4096)[3] & 15


def there(what):
    kind, rest = what.split(":", 1)
    try:
        if kind == "tcp":
            address, port = rest.rsplit(":", 1)
            socket.create_connection((address.strip("[]"), int(port)),
                                     0.2).close()
            return True
        if kind == "said":
            return os.path.getsize(rest) > 0
        if kind == "up":
            return rcode(rest, "up") >= 0
        return rcode(*rest.split(":")) == 0
    except OSError:
        return False


def lives(group):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                state, _, its = f.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if its == group and state != "Z":
            return True
    return False


def until(test, left):
    end = time.monotonic() + 10
    while True:
        left = [what for what in left if not test(what)]
        if not left:
            return
        if time.monotonic() > end:
            sys.exit("waited in vain: " + " ".join(left))
        time.sleep(0.01)


def guard(owner, world):
    while os.path.exists("/proc/" + owner):
        time.sleep(0.5)
    ours = os.getpgid(0)
    for name in os.listdir(world + "/pid"):
        with open(world + "/pid/" + name) as f:
            group = int(f.read())
        if group != ours:
            try:
                os.killpg(group, signal.SIGKILL)
            except OSError:
                pass
    shutil.rmtree(world)


verb, *words = sys.argv[1:]
if verb == "may-bind":
    may_bind(*words)
elif verb == "guard":
    guard(*words)
elif verb == "wait":
    until(there, words)
else:
    until(lambda group: not lives(group), words)
