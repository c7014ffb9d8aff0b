"""Scripted servers that misbehave.

    serve.py CERTIFICATE PORT MODE ADDRESS...

Says "ready" and serves at all addresses until it is killed.  Web servers speak TLS with
CERTIFICATE.pem and .key; modes that begin with dns- are name servers.
"""
import socket, ssl, struct, sys, threading, time, zlib

certificate, port, mode, *addresses = sys.argv[1:]
mode, _, argument = mode.partition("=")
port = int(port)


def reply(body=b"success\n", status=b"200 OK", headers=b"", length=None):
    if length is None:
        length = len(body)
    return (b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n%s"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n"
            % (status, headers, length)) + body


def without_length(headers=b""):
    return (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%s"
            b"Connection: close\r\n\r\n" % headers)


def bomb():
    """1 GB of zeros in 1 MB."""
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, again = (z.compress(bytes(1 << 20)) + z.flush(zlib.Z_FULL_FLUSH)
                    for _ in range(2))
    return first + again * 1023


def cut(s):
    s.sendall(reply(b"succ", length=8))


def gzip_bomb(s):
    s.sendall(without_length(b"Content-Encoding: gzip\r\n") + bomb())


def drip(s):
    """A byte now and then: never idle, never done."""
    s.sendall(reply(b"", length=1000000))
    while True:
        s.sendall(b"s")
        time.sleep(0.1)


def drip_head(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while True:
        s.sendall(b"s")
        time.sleep(0.1)


def endless(s):
    s.sendall(without_length())
    while True:
        s.sendall(b"success\n" * 8192)


def headers(s):
    """1 MB of them."""
    s.sendall(reply(headers=b"".join(
        b"X-Flood-%d: %s\r\n" % (i, b"x" * 1000) for i in range(1024))))


def endless_head(s):
    s.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        s.sendall(b"X-Flood: %s\r\n" % (b"x" * 4000) * 16)


def interim(s):
    """100 Continue, for ever."""
    while True:
        s.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def redirect(s):
    s.sendall(reply(b"elsewhere\n", b"302 Found",
                    b"Location: %s\r\n" % argument.encode()))


def longer(s, path):
    """A redirect to a place that is always new."""
    s.sendall(reply(b"", b"302 Found", b"Location: %sx\r\n" % path))


def escapes(s):
    """What does harm on a terminal, in every place that is shown."""
    nasty = (b"\x1b[31mRED\x1b]0;title\x07\x9b31m \xe2\x80\xaegnp.exe"
             b"\xe2\x81\xa6 \x00\x08\x7f\r\rZ")
    head = nasty.replace(b"\0", b"").replace(b"\r", b"")
    s.sendall(reply(nasty, b"500 " + head,
                    b"X-Nasty: %s\r\nLocation: %s\r\n" % (head, head)))


def nul_head(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nX-N\0l: a\0b\r\nContent-Length: 8\r\n\r\n"
              b"success\n")


def negative(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -8\r\n\r\nsuccess\n")


def chunk(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"ffffffffffffffff1\r\nsuccess\n\r\n0\r\n\r\n")


def nothing(s):
    pass


def http2(s):
    """Frames of HTTP/2 that nobody asked for."""
    s.sendall(b"\0\0\x12\x04\0\0\0\0\0" + bytes(18) + b"\xff" * 64)


def noise(s):
    s.sendall(bytes(range(256)) * 4)


PLAIN = {"garbage": noise, "mute": lambda s: time.sleep(60), "shut": nothing}


def web(s):
    try:
        if mode in PLAIN:
            s.recv(4096) if mode == "garbage" else None
            PLAIN[mode](s)
        else:
            s = context.wrap_socket(s, server_side=True)
            asked = b""
            while b"\r\n\r\n" not in asked:
                more = s.recv(65536)
                if not more:
                    return
                asked += more
            if mode == "longer":
                longer(s, asked.split()[1])
            else:
                globals()[mode.replace("-", "_")](s)
    except OSError:
        pass
    finally:
        s.close()


def listen(address):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(0 if mode == "stall" else 64)
    return s


def stall(s):
    """A listener whose queue is full: whoever connects waits for ever."""
    full = [socket.socket(s.family) for _ in range(4)]
    for c in full:
        c.setblocking(False)
        c.connect_ex(s.getsockname())
    return full


def serve(s, talk):
    while True:
        c, _ = s.accept()
        threading.Thread(target=talk, args=(c,), daemon=True).start()


# --- name servers ---------------------------------------------------------

def dns_packet(query, answers=0, records=b"", flags=0x8400, authority=0):
    end = query.index(b"\0", 12) + 5
    return (query[:2] + struct.pack(">5H", flags, 1, answers, authority, 0)
            + query[12:end] + records)


def record(owner, kind, data):
    return owner + struct.pack(">2HLH", kind, 1, 300, len(data)) + data


def nonsense(query):
    """One reply after the other, each ill-formed in its way."""
    here = b"\xc0\x0c"
    kind = query[query.index(b"\0", 12) + 2]
    deep = b"\x01a" * 10000 + b"\0"
    loop = b"\xc0" + bytes([query.index(b"\0", 12) + 5])
    yield dns_packet(query, 1, record(here, 5, deep))       # 10,000 labels
    yield dns_packet(query, 1, record(deep, kind, b"\x7f\0\0\x01"))
    yield dns_packet(query, 1, record(loop, kind, b"\x7f\0\0\x01"))
    yield dns_packet(query, 65535, record(here, kind, b"\x7f\0\0\x01"))
    yield dns_packet(query, 4000, record(here, 1, b"\x0a\0\0\x01") * 4000)
    yield dns_packet(query, 1, record(here, kind, b"\x7f\0"))
    yield query[:2] + b"\x84\0"
    yield query
    yield b""
    yield dns_packet(query, 3000, b"".join(
        record(here, 2, b"\x03n%02d" % (i % 100) + here)
        for i in range(3000)))


def alias(query):
    """A zone in order, but that each name is an alias of another, for ever."""
    here, site = b"\xc0\x0c", b"\x04site\x07example\0"
    end = query.index(b"\0", 12)
    name, kind = query[12:end + 1].lower(), query[end + 2]
    net = b".".join(addresses[0].encode().split(b".")[:2]).decode()
    if name == site and kind == 6:
        return dns_packet(query, 1, record(here, 6, here + here + bytes(20)))
    if name == site and kind == 2:
        return dns_packet(query, 2, record(here, 2, b"\x03ns1" + here)
                          + record(here, 2, b"\x03ns2" + here))
    if name[1:3] == b"ns":
        host = ".2.1" if name[3:4] == b"1" else ".12.1"
        data = record(here, 1, socket.inet_aton(net + host))
        return dns_packet(query, kind == 1, data if kind == 1 else b"")
    new = b"x%d" % turn
    return dns_packet(query, 1, record(
        here, 5, bytes([len(new)]) + new + site))


# Who asks more often gets each of them in turn.
turn = 0


def dns_reply(query):
    global turn
    turn += 1
    if mode == "dns-servers":
        return dns_packet(query, 0, b"".join(
            record(b"\xc0\x0c", 2, b"\x04%04d\xc0\x0c" % i)
            for i in range(3000)), 0x8000, 3000)
    if mode == "dns-alias":
        return alias(query)
    every = list(nonsense(query))
    return every[turn % len(every)]


def dns(s):
    while True:
        query, who = s.recvfrom(65535)
        answer = dns_reply(query)
        if len(answer) > 60000:
            answer = dns_packet(query, flags=0x8600)        # truncated
        s.sendto(answer, who)


def dns_tcp(c):
    try:
        c.settimeout(1)
        answer = dns_reply(c.recv(65535)[2:])[:65535]
        c.sendall(struct.pack(">H", len(answer)) + answer)
    except OSError:
        pass
    c.close()


jobs = []
for address in addresses:
    listener = listen(address)
    if mode.startswith("dns"):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((address, port))
        jobs += [(dns, udp), (serve, listener, dns_tcp)]
    elif mode == "stall":
        full = stall(listener)
        jobs += [(lambda s, c: time.sleep(1 << 20), listener, full)]
    else:
        jobs += [(serve, listener, web)]
if not mode.startswith("dns"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate + ".pem", certificate + ".key")
print("ready", flush=True)
for job, *rest in jobs:
    threading.Thread(target=job, args=rest).start()
