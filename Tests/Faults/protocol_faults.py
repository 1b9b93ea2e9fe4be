"""Faults of Redis, PostgreSQL and gRPC servers."""

import asyncio
import struct

from faults import fault
from stream_faults import head, noise

# Redis


def redis(name, answer, pause=None):
    """Answers every command alike."""

    @fault(name)
    async def speak(c):
        while True:
            await c.read()
            if pause:
                await c.drip(answer, pause)
            await c.send(answer)


redis("redis-noauth", b"-NOAUTH Authentication required.\r\n")
redis("redis-wrongpass", b"-WRONGPASS invalid username-password pair or user is disabled.\r\n")
redis("redis-loading", b"-LOADING Redis is loading the dataset in memory\r\n")
redis("redis-readonly", b"-READONLY You can't write against a read only replica.\r\n")
redis("redis-masterdown", b"-MASTERDOWN Link with MASTER is down\r\n")
redis("redis-unknown-command", b"-ERR unknown command 'PING'\r\n")
redis("redis-wrong-type", b":5\r\n")
redis("redis-negative-length", b"$-5\r\n")
redis("redis-huge-array", b"*2147483647\r\n")
redis("redis-deep-array", b"*1\r\n" * 100_000)
redis("redis-no-line-feed", b"+PONG\rX")
redis("redis-http", head("400 Bad Request", "Content-Length: 0"))
redis("redis-drip", b"+PONG\r\n", pause=0.5)


@fault("redis-echo")
async def redis_echo(c):
    """Repeats what it was given, as old servers and proxies do with commands that they don't know."""
    while True:
        words = (await c.read()).split(b"\r\n")
        await c.send(b"-ERR unknown command, with args beginning with: %s\r\n" % b" ".join(words))


@fault("redis-good")
async def redis_good(c):
    info = b"redis_version:7.0.15\r\nconnected_clients:3\r\nused_memory:1000\r\nmaxmemory:0\r\nrole:master\r\n"
    while True:
        words = (await c.read()).split(b"\r\n")
        answer = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(info), info)}
        await c.send(answer.get(words[2].upper(), b"+OK\r\n"))


def redis_info(name, answer):
    """Answers PING well, and INFO like this."""

    @fault(name)
    async def speak(c):
        while True:
            is_info = b"INFO" in await c.read()
            await c.send(answer if is_info else b"+PONG\r\n")


redis_info("redis-info-empty", b"$0\r\n\r\n")
redis_info("redis-info-null", b"$-1\r\n")
redis_info("redis-info-cut", b"$5000\r\nrole:master\r\n")
redis_info("redis-info-denied", b"-NOPERM this user has no permissions to run the 'info' command\r\n")


@fault("redis-info-endless")
async def redis_info_endless(c):
    await c.read()
    await c.send(b"+PONG\r\n")
    await c.read()
    await c.send(b"$2147483647\r\n")
    await c.for_ever(b"x" * 16384)


@fault("redis-max-clients")
async def redis_max_clients(c):
    await c.send(b"-ERR max number of clients reached\r\n")


@fault("redis-huge-bulk")
async def redis_huge_bulk(c):
    await c.read()
    await c.send(b"$2147483647\r\n")
    await c.for_ever(b"x" * 16384)


@fault("redis-endless-line")
async def redis_endless_line(c):
    await c.read()
    await c.send(b"+")
    await c.for_ever(b"x" * 16384)


# PostgreSQL, protocol 3.0


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def failure(code, text):
    fields = f"SFATAL\0VFATAL\0C{code}\0M{text}\0\0".encode()
    return message(b"E", fields)


LOGIN = message(b"R", struct.pack("!I", 0)) + message(b"Z", b"I")
ROW = (
    message(b"T", struct.pack("!h", 1) + b"n\0" + struct.pack("!ihihih", 0, 0, 23, 4, -1, 0))
    + message(b"D", struct.pack("!hi", 1, 1) + b"1")
    + message(b"C", b"SELECT 1\0")
    + message(b"Z", b"I")
)


def postgres(name):
    """A fault that begins after the startup packet; TLS is refused before it."""

    def register(function):
        async def started(c):
            while True:
                size, code = struct.unpack("!II", await c.reader.readexactly(8))
                c.note("received", {"bytes": 8})
                if code not in (80877103, 80877104):
                    break
                await c.send(b"N")
            await c.reader.readexactly(min(size, 10_000) - 8)
            await function(c)

        fault(name)(started)
        return function

    return register


def postgres_answers(name, data):
    @postgres(name)
    async def answer(c):
        await c.send(data)
        await asyncio.sleep(0.2)


postgres_answers("postgres-too-many", failure("53300", "sorry, too many clients already"))
postgres_answers("postgres-starting", failure("57P03", "the database system is starting up"))
postgres_answers("postgres-wrong-password", failure("28P01", "password authentication failed"))
postgres_answers("postgres-no-database", failure("3D000", "no such database"))
postgres_answers("postgres-small-length", b"R" + struct.pack("!I", 1))
postgres_answers("postgres-garbage", noise(65536))
postgres_answers("postgres-http", head("400 Bad Request", "Content-Length: 0"))


@fault("postgres-tls-garbage")
async def postgres_tls_garbage(c):
    """Agrees to whatever is asked, and goes on without a handshake."""
    await c.read()
    await c.send(b"S" + noise(4096))
    await c.drain_reads()


@fault("postgres-tls-garbage-later")
async def postgres_tls_garbage_later(c):
    await c.read()
    await c.send(b"S")
    await c.read()
    await c.send(noise(4096))
    await c.drain_reads()


@fault("postgres-error-drip")
async def postgres_error_drip(c):
    """Can't even say whether it offers TLS, and takes its time to say so."""
    await c.read()
    await c.drip(failure("53200", "out of memory"))


@postgres("postgres-row-drip")
async def postgres_row_drip(c):
    await c.send(LOGIN)
    await c.read()
    await c.drip(ROW)


@postgres("postgres-good")
async def postgres_good(c):
    await c.send(LOGIN)
    while True:
        await c.read()
        await c.send(ROW)


@postgres("postgres-silence-after-startup")
async def postgres_silence_after_startup(c):
    await c.drain_reads()


@postgres("postgres-silence-after-login")
async def postgres_silence_after_login(c):
    await c.send(LOGIN)
    await c.drain_reads()


@postgres("postgres-close-after-login")
async def postgres_close_after_login(c):
    await c.send(LOGIN)


@postgres("postgres-reset-when-queried")
async def postgres_reset_when_queried(c):
    await c.send(LOGIN)
    await c.read()
    c.reset()


@postgres("postgres-drip")
async def postgres_drip(c):
    await c.drip(LOGIN)


@postgres("postgres-huge-length")
async def postgres_huge_length(c):
    await c.send(b"R" + struct.pack("!I", 0xFFFFFFFF))
    await c.for_ever(b"x" * 16384)


@postgres("postgres-huge-row")
async def postgres_huge_row(c):
    await c.send(LOGIN)
    await c.read()
    await c.send(ROW[: ROW.index(b"D\0\0\0")] + b"D" + struct.pack("!I", 0x7FFFFFFF))
    await c.for_ever(b"x" * 16384)


@postgres("postgres-endless-notices")
async def postgres_endless_notices(c):
    await c.send(LOGIN)
    await c.read()
    await c.for_ever(message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mx\0\0") * 100)


# HTTP/2 and gRPC, frames by hand (RFC 9113 §4.1, RFC 7541 §6.2.2)


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def headers(fields, end=False):
    block = b"".join(b"\0" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in fields)
    return frame(1, 5 if end else 4, 1, block)


SETTINGS = frame(4, 0, 0) + frame(4, 1, 0)
GRPC_HEAD = [(b":status", b"200"), (b"content-type", b"application/grpc")]


def trailers(status):
    return headers([(b"grpc-status", b"%d" % status)], end=True)


def health(status):
    body = bytes([0, 0, 0, 0, 2, 8, status])
    return headers(GRPC_HEAD) + frame(0, 0, 1, body) + trailers(0)


async def read_call(c):
    """Reads the preface and the frames up to the end of the request."""
    index = 24
    while True:
        while len(c.received) >= index + 9:
            size = int.from_bytes(c.received[index : index + 3], "big")
            kind, flags = c.received[index + 3], c.received[index + 4]
            if kind == 0 and flags & 1:
                return
            index += 9 + size
        await c.read()


def grpc(name, answer=b"", settings=SETTINGS):
    def register(function):
        async def call(c):
            await c.send(settings)
            await read_call(c)
            if answer:
                await c.send(answer)
            await function(c)

        fault(name)(call)
        return function

    return register


def grpc_answers(name, answer):
    @grpc(name, answer)
    async def wait(c):
        await c.drain_reads()


grpc_answers("grpc-serving", health(1))
grpc_answers("grpc-not-serving", health(2))
grpc_answers("grpc-service-unknown", health(3))
grpc_answers("grpc-headers-never", b"")
grpc_answers("grpc-rst", frame(3, 0, 1, struct.pack("!I", 2)))
grpc_answers("grpc-goaway", frame(7, 0, 0, struct.pack("!II", 0, 2)))
grpc_answers("grpc-bad-frame", b"\xff\xff\xff\0\0\0\0\0\1")
grpc_answers("grpc-http-404", headers([(b":status", b"404"), (b"content-type", b"text/html")], end=True))
grpc_answers("grpc-no-status", headers(GRPC_HEAD) + frame(0, 1, 1, bytes([0, 0, 0, 0, 2, 8, 1])))
grpc_answers("grpc-bad-message", headers(GRPC_HEAD) + frame(0, 0, 1, b"\0\0\0\0\x09\x08\x01") + trailers(0))
grpc_answers("grpc-huge-header", frame(1, 4, 1, b"\0" + b"\x7f\xff\xff\xff\x7f" + b"x" * 1000))
PROMISE = b"".join(b"\0" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in [
    (b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"h"),
])
grpc_answers("grpc-push-promise", frame(5, 4, 1, struct.pack("!I", 2) + PROMISE))
grpc_answers("grpc-data-first", frame(0, 0, 1, bytes([0, 0, 0, 0, 2, 8, 1])))
for status, name in ((5, "not-found"), (7, "denied"), (12, "unimplemented"), (14, "unavailable"), (16, "unauthenticated")):
    grpc_answers(f"grpc-{name}", headers(GRPC_HEAD + [(b"grpc-status", b"%d" % status)], end=True))


@grpc("grpc-huge-message", headers(GRPC_HEAD) + frame(0, 0, 1, b"\0\x7f\xff\xff\xff"))
async def grpc_huge_message(c):
    await c.for_ever(frame(0, 0, 1, b"x" * 16384))


@grpc("grpc-ping-flood")
async def grpc_ping_flood(c):
    await c.for_ever(frame(6, 0, 0, b"12345678") * 100)


@grpc("grpc-settings-flood")
async def grpc_settings_flood(c):
    await c.for_ever(frame(4, 0, 0) * 100)


@fault("grpc-http1")
async def grpc_http1(c):
    await c.read()
    await c.send(head("400 Bad Request", "Content-Length: 0"))
