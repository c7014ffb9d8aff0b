# SPDX-License-Identifier: ISC
"""Kinds of rotation for tests/crash/rotation, with a real nginx and a real
Apache that write: logrotate renames, they reopen late.
"""
import http.client
import os
import signal
import socket
import subprocess

from histories import NotHere, holds, kind, need, until

KINDS = {}

NGINX = """
daemon off; master_process on; worker_processes 2;
pid DIR/nginx.pid; error_log LOG error; ROOT
events { }
http { access_log off; server { listen 127.0.0.1:PORT; root DIR; }
 client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c;
 uwsgi_temp_path DIR/d; scgi_temp_path DIR/e; }
"""
APACHE = """
ServerName example.com
PidFile DIR/apache.pid
Listen 127.0.0.1:PORT
ErrorLog LOG
LogLevel core:info
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
StartServers 1
DocumentRoot DIR
Mutex file:DIR
DefaultRuntimeDir DIR
ROOT
"""


def fill(h, text, root):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    for word, value in (("DIR", h.own), ("LOG", h.log), ("PORT", str(port)),
                        ("ROOT", root if os.getuid() == 0 else "")):
        text = text.replace(word, value)
    path = h.own + "/server.conf"
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path, port


def start(h, name):
    need(name)
    h.ordered = h.whole = h.apart = False
    with open(h.rules, "a", encoding="ascii") as f:
        f.write("^(?!.*\\.php)\n")
    os.chmod(h.own, 0o755)
    if name == "nginx":
        path, port = fill(h, NGINX, "user root;")
        command = ["nginx", "-e", h.log, "-c", path, "-p", h.own]
    else:
        # root's Apache wants another user for its children
        path, port = fill(h, APACHE, "User nobody\nGroup nogroup\n")
        command = ["apache2", "-f", path, "-D", "FOREGROUND"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)

    def stop():
        server.terminate()
        server.wait()
    h.stops.append(stop)
    until(lambda: server.poll() is not None or answers(port))
    if server.poll() is not None:
        raise NotHere("%s does not start" % name)
    return server, port


def answers(port):
    try:
        ask(port, "/")
    except OSError:
        return False
    return True


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Connection": "close"})
    connection.getresponse().read()
    connection.close()


def some(h, port, n=3):
    for _ in range(n):
        ask(port, "/" + h.word() + ".php")


def newest(h):
    """Has the log the last word?  The servers answer before they write."""
    until(lambda: any(holds(os.path.join(h.log_dir, name), h.words[-1])
                      for name in os.listdir(h.log_dir)))


def served(h, name, *options):
    server, port = start(h, name)
    some(h, port)
    newest(h)
    yield
    for _ in range(2):
        some(h, port)
        h.rotate(*options)
        some(h, port)
        newest(h)
        yield
        # nginx reopens its logs, Apache restarts gracefully
        server.send_signal(signal.SIGUSR1)
        # until a worker that knows the new file has answered
        until(lambda: written(h, port))
        yield
        some(h, port)
        newest(h)
        yield


def written(h, port):
    some(h, port, 1)
    newest(h)
    return holds(h.log, h.words[-1])


for server in ("nginx", "apache2"):
    for how, options in (("", ("create",)),
                         ("_delaycompress",
                          ("create", "compress", "delaycompress")),
                         ("_nocreate", ("nocreate",))):
        kind(7, sizes=("small",), slow=True, table=KINDS,
             name=server + how)(
                 lambda h, s=server, o=options: served(h, s, *o))
    kind(5, sizes=("small",), slow=True, table=KINDS,
         name=server + "_copytruncate")(
             lambda h, s=server: copied(h, s))


def copied(h, name):
    _, port = start(h, name)
    some(h, port)
    newest(h)
    yield
    for _ in range(2):
        some(h, port)
        newest(h)
        h.rotate("copytruncate")
        yield
        some(h, port)
        newest(h)
        yield
