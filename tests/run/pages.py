#!/usr/bin/env python3
"""A web server for tests: pages.py DIR.

The reply is DIR/body with the status in DIR/status (200 if there is none);
/status/NNN has that status, /hang never answers, /nap takes 50 ms.  The port
it listens on, at 127.0.0.1, is written to DIR/port.
"""
import http.server
import os
import sys
import time

top = sys.argv[1]


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/hang"):
            time.sleep(60)
        if self.path.startswith("/nap"):
            time.sleep(0.05)
        try:
            with open(os.path.join(top, "status"), encoding="ascii") as f:
                status = int(f.read())
        except FileNotFoundError:
            status = 200
        if self.path.startswith("/status/"):
            status = int(self.path[8:11])
        with open(os.path.join(top, "body"), "rb") as f:
            body = f.read()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1000


server = Server(("127.0.0.1", 0), Page)
with open(os.path.join(top, "port.new"), "w", encoding="ascii") as f:
    f.write(str(server.server_port))
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
