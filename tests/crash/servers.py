#!/usr/bin/env python3
"""servers.py DIR: what site-uptime asks in the crash tests, at 127.0.0.1.

A web server, one with TLS, one that greets as SMTP does, two name servers for
which every name is 127.0.0.1; their ports are in DIR/ports, as a shell reads
it.  The reply is always DIR/body, and the connection is closed after it.
"""
import asyncio
import os
import ssl
import struct
import sys

top = sys.argv[1]


async def page(reader, writer):
    try:
        await reader.readuntil(b"\r\n\r\n")
        with open(os.path.join(top, "body"), "rb") as f:
            body = f.read()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                     % len(body) + body)
        await writer.drain()
        writer.close()
    except (OSError, asyncio.IncompleteReadError):
        writer.close()


async def greet(reader, writer):
    try:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await writer.drain()
        await reader.read(100)
        writer.close()
    except OSError:
        writer.close()


class Names(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        end = 12
        while data[end]:
            end += data[end] + 1
        end += 5
        kind = struct.unpack(">H", data[end - 4:end - 2])[0]
        answer = b""
        if kind == 1:
            answer = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4,
                                               127, 0, 0, 1)
        head = data[:2] + b"\x81\x80" + struct.pack(
            ">HHHH", 1, bool(answer), 0, 0)
        self.transport.sendto(head + data[12:end] + answer, addr)


async def main():
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(os.path.join(top, "cert.pem"),
                        os.path.join(top, "key.pem"))
    ports = {}
    servers = []
    for name, handler, context in (("http", page, None), ("https", page, tls),
                                   ("banner", greet, None)):
        server = await asyncio.start_server(handler, "127.0.0.1", 0,
                                            ssl=context)
        ports[name] = server.sockets[0].getsockname()[1]
        servers.append(server)
    for name in ("dns", "dns2"):
        transport, _ = await loop.create_datagram_endpoint(
            Names, ("127.0.0.1", 0))
        ports[name] = transport.get_extra_info("sockname")[1]
        servers.append(transport)
    with open(os.path.join(top, "ports.new"), "w", encoding="ascii") as f:
        for name, port in ports.items():
            f.write(f"{name}={port}\n")
    os.rename(os.path.join(top, "ports.new"), os.path.join(top, "ports"))
    await asyncio.Event().wait()


asyncio.run(main())
