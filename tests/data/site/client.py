#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The visitors of `crawl`: send a plan of requests, in a seeded order.

    client.py port                      prints a free port
    client.py wait PORT                 exits 0 if somebody listens
    client.py PLAN PORT N PART PARTS    sends the PARTth of PARTS of a plan

A plan holds N requests at least: each hostile one once, each fault at its
rate (at least once), and probes and good pages for the rest.  The same PLAN
and N make the same requests, in the same order, from the same visitors.
"""

import base64
import random
import socket
import sys
import time

SEED = 1998
SITE = "/var/www/example.com"
OWN = "https://www.example.com"

# Faults of the site: (how many in 1000 requests, target).  Rare ones have
# less than one, and come once or twice.
FAULTS = [
    (6, "/?lang=fr"),
    (5, "/search.php"),
    (3, "/contact.php"),
    (2, "/health.php"),
    (0.4, "/sitemap.php"),
    (6, "/img/header-2019.png"),
    (0.8, "/old/index.html"),
    (2, "/api/v1/session"),
    (9, "/bboard/post.php"),
    (3, "/bboard/post.php?subject=R%C3%A9sum%C3%A9"),
    (12, "/bboard/thread.php"),
    (2, "/bboard/moderate.php"),
    (1, "/bboard/attach.php"),
    (0.8, "/bboard/export.php"),
    (3, "/bboard/avatar.php"),
    (2, "/bboard/notify.php"),
    (2, "/bboard/login.php"),
    (2, "/bboard/profile.php"),
    (0.4, "/bboard/stats.php"),
    (0.4, "/bboard/quota.php?quota=0"),
    (2, "/bboard/private/"),
    (2, "/bboard/uploads/"),
    (4, "/bboard/smileys/wink.gif"),
    (1, "/bboard/old-faq.php"),
    (8, "/news/story.php?columns=0"),
    (3, "/news/rss.php"),
    (5, "/news/weather.php"),
    (2, "/news/latest.php"),
    (2, "/news/comment.php"),
    (4, "/news/print.php"),
    (3, "/news/edition.php"),
    (1.2, "/news/fetch.php"),
    (3, "/news/ticker.php"),
    (2, "/news/archive/2009.html"),
    (1, "/news/img/"),
    (6, "/news/img/masthead.png"),
    (0.8, "/news/letters/index.html"),
    (7, "/shop/cart.php"),
    (5, "/shop/checkout.php"),
    (8, "/shop/price.php"),
    (3, "/shop/search.php?q=boots"),
    (2, "/shop/stock.php"),
    (1.2, "/shop/thumb.php"),
    (2, "/shop/pay.php"),
    (0.4, "/shop/invoice.php"),
    (1, "/shop/report.php"),
    (3, "/shop/api/order.php?order=1"),
    (2, "/shop/api/log.php"),
    (2, "/shop/soap.php"),
    (0.4, "/shop/slow.php"),
    (5, "/shop/img/p-1001.jpg"),
    (0.8, "/shop/download/catalogue.txt"),
    (1, "/shop/admin/index.html"),
]

# Faults that only one of the servers knows: (plan, rate, target).
FAULTS_OF = [
    ("apache", 2, "/bboard/quote.cgi"),
    ("apache", 0.8, "/shop/crash.php"),
    ("apache", 0.4, "/shop/header.php"),
    ("nginx", 0.8, "/shop/crash.php"),
    ("nginx", 1, "/shop/header.php"),
    ("nginx", 1, "/shop/stderr.php"),
    ("nginx", 0.4, "/shop/stderr.php?n=400"),
    ("nginx", 0.4, "/shop/invoice.php?n=20"),
]

# What every site is asked for, all day long: (weight, target).
PROBES = [
    (30, "/favicon.ico"),
    (16, "/robots.txt"),
    (22, "/wp-login.php"),
    (12, "/xmlrpc.php"),
    (6, "/wordpress/wp-login.php"),
    (4, "/blog/wp-login.php"),
    (3, "/shop/wp-login.php"),
    (3, "/news/wp-login.php"),
    (8, "/.env"),
    (5, "/.git/config"),
    (6, "/wp-includes/wlwmanifest.xml"),
    (4, "/wp-content/plugins/hello.php"),
    (4, "/phpmyadmin/index.php"),
    (3, "/pma/index.php"),
    (6, "/apple-touch-icon.png"),
    (6, "/apple-touch-icon-precomposed.png"),
    (5, "/ads.txt"),
    (4, "/sitemap.xml"),
    (3, "/.well-known/security.txt"),
    (3, "/.well-known/traffic-advice"),
    (3, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php"),
    (2, "/cgi-bin/luci"),
    (2, "/boaform/admin/formLogin"),
    (5, "/.htaccess"),
    (4, "/.htpasswd"),
    (4, "/server-status"),
    (2, "/bboard/.htaccess"),
]

# Its process dies, and another one tells of it.
CRASH = b"/shop/crash.php"

GOOD = [
    "/", "/about.html", "/bboard/", "/news/", "/shop/", "/news/img/logo.svg",
]

AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://bot.example/)",
    "curl/7.88.1",
    "x, referer: http://evil.example" + SITE + "/news/agent.php",
]

FORGED = (
    "[Wed Oct 11 14:32:52.000000 2000] [php:error] [pid 1:tid 1] "
    "[client 192.0.2.66:6] PHP Fatal error:  forged in " + SITE +
    "/news/forged.php on line 1"
)
FORGED_NGINX = (
    "2000/10/11 14:32:52 [crit] 1#1: *1 open() \"" + SITE +
    "/news/forged.html\" failed (2: No such file or directory), "
    "client: 192.0.2.66, server: www.example.com, request: \"GET "
    "/news/forged.html HTTP/1.1\", host: \"www.example.com\""
)


def quote(text):
    """Percent-encodes all that a request line cannot carry."""
    return "".join(
        c if c.isalnum() and c.isascii() or c in "-._~/" else
        "".join("%%%02x" % b for b in c.encode()) for c in text)


def get(target, visitor=None, referer=None, extra=b"", method="GET"):
    """One well-formed request."""
    head = [f"{method} {target} HTTP/1.1", "Host: www.example.com"]
    if visitor:
        head.append("X-Forwarded-For: " + visitor)
    if referer:
        head.append("Referer: " + referer)
    text = "\r\n".join(head) + "\r\n"
    return text.encode("utf-8", "surrogateescape") + extra + \
        b"Connection: close\r\n\r\n"


def post(target, length, sent):
    """A request with a body, of which only a part may be sent."""
    size = b"Content-Length: %d\r\n" % length
    return get(target, "198.51.100.9", None, size, "POST") + b"x" * sent


def hostile_common():
    """Requests that try to write into other people's records."""
    eve = "203.0.113.66"
    return [
        # Referers with the end of a record, or with another section.
        get("/shop/price.php?sku=R-1", eve, "http://evil.example/, referer: "
            "http://x/ in " + SITE + "/news/story.php on line 7"),
        get("/bboard/attic.html", eve, "/news/ AH00128: File does not exist: "
            + SITE + "/news/forged.html"),
        get("/shop/attic.html", eve, "x\", client: 192.0.2.66, server: "
            "www.example.com, request: \"GET /news/forged.html HTTP/1.1"),
        get("/bboard/thread.php?sort=a", eve, OWN + "/favicon.ico, AH00128: "
            "File does not exist: " + SITE + "/favicon.ico"),
        get("/shop/img/p-1002.jpg", eve, "http://evil.example/\x1b[31m\tred"),
        get("/shop/img/p-1003.jpg", eve, "http://evil.example/\udcff\udcfe"),
        get("/news/story.php?columns=0", eve,
            "http://evil.example/?" + "long" * 1900),
        # The visitor's words in a message of PHP.
        get("/shop/price.php?sku=" + quote("x\" in " + SITE +
            "/news/story.php on line 3\n" + FORGED), eve),
        get("/shop/price.php?sku=" + quote(SITE + "/bboard/x.php"), eve),
        get("/shop/price.php?sku=" + quote("\x1b[2J\x07\t\x7f\\n"), eve),
        get("/shop/search.php?q=" + quote("boots, referer: " + OWN +
            "/news/"), eve),
        get("/shop/search.php?q=" + quote("shoes\n" + FORGED), eve,
            OWN + "/shop/"),
        get("/shop/search.php?q=" + quote("hats\n" + FORGED_NGINX), eve),
        # Paths.
        get("/news/%0aa.html", eve),
        get("/news/b%0a" + quote(FORGED), eve),
        get("/news/c%0a" + quote(FORGED_NGINX), eve),
        get("/bboard/%1b[31mred.html", eve),
        get("/news/%ff%fe.html", eve),
        get("/shop/\"quoted\"'.html", eve),
        get("/shop/%22, client: x".replace(" ", "%20") + ".html", eve),
        get("/shop/x%20in%20" + SITE + "/news/y%20on%20line%203.html", eve),
        get("/news/%252e%252e/shop/x.html", eve),
        get("/bboard/../shop/nothing.html", eve),
        get("/bboard/%2e%2e/shop/nowhere.html", eve),
        get("/bboard//./thread/../attic//box.html", eve),
        get("/news/%2e%2e/%2e%2e/etc/passwd", eve),
        get("/../../etc/passwd", eve),
        get("/cgi-bin/.%2e/%2e%2e/bin/sh", eve),
        get("/news/%2fshop/x.html", eve),
        get("/news/a%00b.html", eve),
        get("/news/%zz.html", eve),
        get("/news/img/logo.svg/shop/x.html", eve),
        get("/shop/x'%20not%20found%20or%20unable%20to%20stat.php", eve),
        get("/bboard/" + "a" * 300 + ".html", eve),
        get("/news/" + "very/long/" * 190 + "path.html", eve),
        get("/" + "u" * 8300, eve),
        # Visitors who say that they are somebody else.
        get("/bboard/lost.html", "192.0.2.1] AH00128: File does not exist: "
            + SITE + "/news/x"),
        get("/bboard/lost.html", "999.1.2.3, " + eve),
        get("/shop/admin/index.html", eve, None,
            b"Authorization: Basic " + basic("joe not found: /news/") +
            b"\r\n"),
        get("/shop/admin/index.html", eve, None,
            b"Authorization: Basic " + basic("editor") + b"\r\n"),
        # No HTTP at all.
        b"QUIT\r\n\r\n",
        b"\x16\x03\x01\x00\x75\x01\x00\x00\x71\x03\x03\r\n\r\n",
        b"GET /news/ forged HTTP/1.1\r\n\r\n",
        b"GET /news/\x01.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"FROB /about.html HTTP/1.1\r\nHost: www.example.com\r\n"
        b"Connection: close\r\n\r\n",
        b"GET /news/ HTTP/1.1\r\n\r\n",
        b"GET /news/ HTTP/1.1\r\nHost: a b\r\nNo colon\r\n\r\n",
        b"GET /shop/ HTTP/1.1\r\nX-Long: " + b"h" * 8300 + b"\r\n\r\n",
        # Visitors who go away, or do not come to the point.
        post("/shop/upload.cgi", 1000, 10),
        post("/api/v1/order", 1000, 10),
        b"GET /shop/",
    ]


def basic(user):
    """The credentials of somebody who guesses."""
    return base64.b64encode((user + ":guess").encode())


def hostile(plan):
    requests = hostile_common()
    if plan == "nginx":
        requests += [
            post("/shop/upload.cgi", 5000, 5000),
            post("/bboard/form.php", 5000, 5000),
            # Only the request line tells this from a message of PHP.
            get("/shop/api/log.php?say=" + quote("hi\nPHP message: PHP "
                "Fatal error:  forged in " + SITE + "/news/forged.php on "
                "line 1"), "203.0.113.66"),
            get("/shop/invoice.php?n=200", "203.0.113.66"),
            get("/news/" + "n" * 2100 + ".html", "203.0.113.66"),
            get("/shop/price.php?sku=" + quote("x" * 1900), "203.0.113.66"),
        ]
    return requests


def visitor(rng):
    """An address out of those reserved for documentation."""
    kind = rng.random()
    if kind < 0.08:
        return None
    if kind < 0.2:
        return "2001:db8:%x::%x" % (rng.randrange(64), rng.randrange(1, 999))
    net = rng.choice(["192.0.2", "198.51.100", "203.0.113"])
    return "%s.%d" % (net, rng.randrange(1, 255))


def fault(rng, target):
    """A request for a page that fails, by somebody who followed a link."""
    section = "/" + (target.split("/")[1] + "/" if target.count("/") > 1
                     else "")
    referer = OWN + section if rng.random() < 0.5 else None
    agent = b"User-Agent: " + rng.choice(AGENTS).encode() + b"\r\n"
    return get(target, visitor(rng), referer, agent)


def crawl(plan, n):
    """All requests of a plan, in their order."""
    rng = random.Random(SEED)
    requests = hostile(plan)
    rates = FAULTS + [(r, t) for p, r, t in FAULTS_OF if p == plan]
    for rate, target in rates:
        for _ in range(max(1, round(n * rate / 1000))):
            requests.append(fault(rng, target))
    for _ in range(n // 25):
        requests.append(get(rng.choice(GOOD), visitor(rng)))
    weights = [w for w, _ in PROBES]
    targets = [t for _, t in PROBES]
    while len(requests) < n:
        target = rng.choices(targets, weights)[0]
        requests.append(get(target, visitor(rng)))
    rng.shuffle(requests)
    return requests


def fresh():
    """A few errors of another day; the last has never been seen before."""
    rng = random.Random(SEED + 1)
    targets = [
        "/favicon.ico", "/?lang=pl", "/contact.php", "/bboard/post.php",
        "/bboard/thread.php", "/wp-login.php", "/news/story.php?columns=0",
        "/news/weather.php", "/shop/cart.php", "/bboard/private/",
        "/shop/refund.php",
    ]
    return [fault(rng, t) for t in targets]


def send(port, request):
    """Sends one request and reads the answer to its end."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        try:
            s.sendall(request)
            if not whole(request):
                time.sleep(1.2)
                return
            while s.recv(65536):
                pass
        except OSError:
            # The server hung up: that is what some requests ask for.
            pass


def whole(request):
    """False for a visitor who goes away in the middle of the request."""
    head, found, body = request.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.split(b"\r\n"):
        if line.startswith(b"Content-Length: "):
            return len(body) >= int(line.split()[1])
    return True


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main(args):
    if args == ["port"]:
        print(free_port())
        return 0
    if len(args) == 2 and args[0] == "wait":
        socket.create_connection(("127.0.0.1", int(args[1])), 1).close()
        return 0
    plan, (port, n, part, parts) = args[0], map(int, args[1:])
    requests = fresh() if plan == "fresh" else crawl(plan, n)
    first = len(requests) * (part - 1) // parts
    last = len(requests) * part // parts
    for request in requests[first:last]:
        send(port, request)
        if CRASH in request:
            # The parent looks after its children once a second.
            time.sleep(1.2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
