"""Faults of connections as such, of HTTP and of TLS."""

import asyncio
import gzip
import itertools
import pathlib
import random
import ssl
import urllib.parse

from faults import PORTS, THREAD_FAULTS, fault

CERTIFICATES = pathlib.Path(__file__).parent / "certificates"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def noise(size, seed=7):
    return random.Random(seed).randbytes(size)


# Connections


@fault("silence")
async def silence(c):
    await c.drain_reads()


@fault("never-reads")
async def never_reads(c):
    await c.wait(3600)


@fault("close-at-once")
async def close_at_once(c):
    pass


@fault("reset-at-once")
async def reset_at_once(c):
    c.reset()


@fault("close-when-asked")
async def close_when_asked(c):
    await c.read()


@fault("reset-when-asked")
async def reset_when_asked(c):
    await c.read()
    c.reset()


@fault("half-close")
async def half_close(c):
    await c.read()
    await c.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    c.half_close()
    await c.drain_reads()


@fault("garbage")
async def garbage(c):
    await c.read()
    await c.send(noise(1024 * 1024))


@fault("garbage-at-once")
async def garbage_at_once(c):
    await c.send(noise(65536))
    await c.drain_reads()


@fault("ssh-banner")
async def ssh_banner(c):
    await c.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    await c.drain_reads()


@fault("endless-line")
async def endless_line(c):
    await c.for_ever(b"x" * 16384)


@fault("smtp")
async def smtp(c):
    """A mail server that offers STARTTLS."""
    await c.send(b"220 mail.example ESMTP\r\n")
    await c.read_until(b"\r\n")
    await c.send(b"250-mail.example\r\n250-STARTTLS\r\n250 HELP\r\n")
    await c.read_until(b"STARTTLS\r\n")
    await c.send(b"220 go ahead\r\n")
    await c.writer.start_tls(server_context("good"))
    c.note("tls")
    await c.drain_reads()


@fault("smtp-injection")
async def smtp_injection(c):
    """Plain text behind the go-ahead, which a careless client takes for the encrypted answer."""
    await c.send(b"220 mail.example ESMTP\r\n")
    await c.read_until(b"\r\n")
    await c.send(b"250 STARTTLS\r\n")
    await c.read_until(b"STARTTLS\r\n")
    await c.send(b"220 go ahead\r\n250 injected\r\n")
    await c.drain_reads()


def intermittent(kind, target):
    """Breaks every other connection, the first one included; the others go to a server that is well."""
    turns = itertools.count()

    @fault(f"intermittent-{kind}")
    async def take_turns(c):
        if next(turns) % 2 == 0:
            c.reset()
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", PORTS[target])

        async def answer():
            while data := await reader.read(65536):
                await c.send(data)
            c.writer.close()

        task = asyncio.create_task(answer())
        try:
            while True:
                writer.write(await c.read())
                await writer.drain()
        finally:
            task.cancel()
            writer.close()


for kind, target in (
    ("http", "http-ok"),
    ("tcp", "smtp"),
    ("tls", "tls-good"),
    ("redis", "redis-good"),
    ("postgres", "postgres-good"),
    ("grpc", "grpc-serving"),
):
    intermittent(kind, target)


# HTTP


def http(name, **options):
    """A fault that begins once the request's head is there."""

    def register(function):
        async def asked(c):
            await c.read_until(b"\r\n\r\n")
            await function(c)

        fault(name, **options)(asked)
        return function

    return register


def answers(name, data):
    @http(name)
    async def answer(c):
        await c.send(data)


def head(status="200 OK", *lines):
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


answers("http-ok", OK)
answers("http-500", head("500 Internal Server Error", "Content-Length: 0"))
answers("http-404", head("404 Not Found", "Content-Length: 0"))
answers("http-302", head("302 Found", "Location: /other", "Content-Length: 0"))
answers("http-two-lengths", head("200 OK", "Content-Length: 5", "Content-Length: 6") + b"hello")
answers("http-short-body", head("200 OK", "Content-Length: 100") + b"short")
answers("http-close-mid-head", b"HTTP/1.1 200 OK\r\nContent-Le")
answers("http-100000-headers", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000 + b"\r\n")
answers("http-long-status-line", b"HTTP/1.1 200 " + b"x" * 1_048_576 + b"\r\n\r\n")
answers("http-long-header", b"HTTP/1.1 200 OK\r\na: " + b"b" * 1_048_576 + b"\r\n\r\n")
answers("http-status-000", head("000 X", "Content-Length: 0"))
answers("http-status-word", head("OK OK", "Content-Length: 0"))
answers("http-09", b"<html>hello</html>")
answers("http-bad-chunk", head("200 OK", "Transfer-Encoding: chunked") + b"zz\r\nhello\r\n")
answers("http-huge-chunk", head("200 OK", "Transfer-Encoding: chunked") + b"fffffffffffffffff\r\nhello\r\n")
answers("http-negative-length", head("200 OK", "Content-Length: -1"))
answers("http-by-eof", head("200 OK") + b"ok")
answers("http-continue-flood", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + OK)
answers("http-redirect-bad", head("302 Found", "Content-Length: 0"))
answers("http-redirect-scheme", head("302 Found", "Location: file:///etc/passwd", "Content-Length: 0"))
answers("http-redirect-metadata", head("302 Found", "Location: http://169.254.169.254/latest/", "Content-Length: 0"))
answers("http-redirect-metadata-v6", head("302 Found", "Location: http://[fd00:ec2::254]/", "Content-Length: 0"))
answers("http-redirect-loop", head("302 Found", "Location: /", "Content-Length: 0"))
answers("http-no-json", head("200 OK", "Content-Length: 5") + b"{1:2}")


@http("http-10mb")
async def http_10mb(c):
    await c.send(head("200 OK", f"Content-Length: {10 * 1024 * 1024}"))
    for _ in range(160):
        await c.send(b"x" * 65536)


BOMB = gzip.compress(bytes(100 * 1024 * 1024), 9)


@http("http-gzip-bomb")
async def http_gzip_bomb(c):
    await c.send(head("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(BOMB)}") + BOMB)


@http("http-endless")
async def http_endless(c):
    await c.send(head("200 OK", "Transfer-Encoding: chunked"))
    await c.for_ever(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


@http("http-endless-headers")
async def http_endless_headers(c):
    await c.send(b"HTTP/1.1 200 OK\r\n")
    await c.for_ever(b"name: value\r\n" * 1000)


@http("http-huge-status-line")
async def http_huge_status_line(c):
    await c.send(b"HTTP/1.1 200 ")
    for _ in range(160):
        await c.send(b"x" * 65536)


@http("http-endless-chunk-extension")
async def http_endless_chunk_extension(c):
    await c.send(head("200 OK", "Transfer-Encoding: chunked") + b"5;")
    await c.for_ever(b"x" * 16384)


@http("http-continue-endless")
async def http_continue_endless(c):
    await c.for_ever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


@http("http-drip")
async def http_drip(c):
    await c.send(head("200 OK", "Content-Length: 1000000"))
    await c.drip(b"x" * 10_000)


@http("http-drip-head")
async def http_drip_head(c):
    await c.drip(OK * 100)


@http("http-reset-mid-head")
async def http_reset_mid_head(c):
    await c.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    await asyncio.sleep(0.05)
    c.reset()


@http("http-reset-mid-body")
async def http_reset_mid_body(c):
    await c.send(head("200 OK", "Content-Length: 100") + b"x")
    await asyncio.sleep(0.05)
    c.reset()


@http("http-redirect-hops")
async def http_redirect_hops(c):
    number = int(bytes(c.received).split()[1].lstrip(b"/") or b"0")
    await c.send(OK if number == 5 else head("302 Found", f"Location: /{number + 1}", "Content-Length: 0"))


@http("http-redirect-to")
async def http_redirect_to(c):
    """To wherever the query says."""
    target = urllib.parse.unquote(bytes(c.received).split()[1].decode().partition("to=")[2])
    await c.send(head("302 Found", f"Location: {target}", "Content-Length: 0"))


@http("http-redirect-elsewhere")
async def http_redirect_elsewhere(c):
    await c.send(head("302 Found", f"Location: http://127.0.0.1:{PORTS['http-echo']}/there", "Content-Length: 0"))


@http("http-redirect-307-elsewhere")
async def http_redirect_307_elsewhere(c):
    target = f"Location: http://127.0.0.1:{PORTS['http-echo']}/there"
    await c.send(head("307 Temporary Redirect", target, "Content-Length: 0"))


@http("http-echo")
async def http_echo(c):
    body = bytes(c.received)
    await c.send(head("200 OK", f"Content-Length: {len(body)}") + body)


@http("http-auth")
async def http_auth(c):
    known = (b"authorization: basic dxnlcjpzzwnyzxq=", b"authorization: bearer canary-token")
    isKnown = any(k in bytes(c.received).lower() for k in known)
    await c.send(OK if isKnown else head("401 Unauthorized", "Content-Length: 0"))


@http("http-json")
async def http_json(c):
    body = b'{"status":"ok","queue":{"depth":42,"names":["a/b"]},"ratio":0.5,"on":true,"none":null}'
    await c.send(head("200 OK", "Content-Type: application/json", f"Content-Length: {len(body)}") + body)


flaps = 0


@http("http-flapping")
async def http_flapping(c):
    global flaps
    flaps += 1
    await c.send(OK if flaps % 2 else head("500 Internal Server Error", "Content-Length: 0"))


@http("http-slow")
async def http_slow(c):
    await asyncio.sleep(0.3)
    await c.send(OK)


# TLS


def server_context(certificate, newest=None, oldest=None, client=False, ciphers=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem", CERTIFICATES / f"{certificate}.key")
    if oldest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = oldest
    if ciphers:
        context.set_ciphers(ciphers)
    if newest:
        context.maximum_version = newest
    if client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATES / "root.pem")
    return context


def tls(name, certificate, **options):
    @http(name, tls=lambda: server_context(certificate, **options))
    async def answer(c):
        await c.send(OK)


for certificate in (
    "good expired not-yet-valid expired-intermediate wrong-host self-signed unknown-ca missing-intermediate"
    " explicit-policy"
).split():
    tls(f"tls-{certificate}", certificate)
tls("tls-12-only", "good", newest=ssl.TLSVersion.TLSv1_2)


def blocking_tls(name, **options):
    """Like the others, but an alert of the handshake arrives."""

    def talk(client, note):
        with server_context("good", **options).wrap_socket(client, server_side=True) as encrypted:
            note("tls")
            encrypted.recv(65536)
            encrypted.sendall(OK)
            note("sent", "ok")

    THREAD_FAULTS[name] = talk


blocking_tls("tls-10-only", newest=ssl.TLSVersion.TLSv1, oldest=ssl.TLSVersion.TLSv1)
blocking_tls("tls-11-only", newest=ssl.TLSVersion.TLSv1_1, oldest=ssl.TLSVersion.TLSv1_1)
blocking_tls("tls-no-common-cipher", newest=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES256-CCM")
blocking_tls("tls-client-certificate", client=True)
blocking_tls("tls-client-certificate-12", client=True, newest=ssl.TLSVersion.TLSv1_2)


@http("tls-redirect-downgrade", tls=lambda: server_context("good"))
async def tls_redirect_downgrade(c):
    await c.send(head("302 Found", f"Location: http://127.0.0.1:{PORTS['http-ok']}/", "Content-Length: 0"))


@fault("tls-plain-text")
async def tls_plain_text(c):
    await c.read()
    await c.send(head("400 Bad Request", "Content-Length: 0", "Connection: close"))


@fault("tls-alert")
async def tls_alert(c):
    await c.read()
    await c.send(bytes([21, 3, 3, 0, 2, 2, 40]))


@fault("tls-garbage")
async def tls_garbage(c):
    await c.read()
    await c.send(bytes([22, 3, 3, 0x40, 0]) + noise(0x4000))
