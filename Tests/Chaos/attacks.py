"""What hostile clients do in one exchange, over and over: each attack is one visit to a door."""

import asyncio
import base64
import itertools
import os
import random
import ssl
import subprocess
from collections import Counter

import smuggling
from doors import Client, Door


class Attacks:
    """All of them, with counts of what they did and what was wrong with the answers."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: dict[str, int] = {}
        names = [*smuggling.REFUSED, *smuggling.ONE_ANSWER]
        self.next_payload = itertools.cycle(names)

    def complain(self, text: str) -> None:
        self.problems[text] = self.problems.get(text, 0) + 1

    async def long_head(self, door: Door) -> None:
        """A head of 10 MB, in one field or in a million."""
        line = b"x: " + b"y" * 65536 if random.random() < 0.5 else b"name: value\r\n" * 5000
        async with await door.open() as client:
            await client.send(door.request("/livez")[:-2] + b"x: ")
            try:
                for _ in range(10 * 1024 * 1024 // len(line)):
                    await client.send(line)
            except (OSError, asyncio.TimeoutError):
                self.counts["long heads cut off"] += 1
            answer = await client.rest()
        if answer and not answer.startswith(b"HTTP/1.1 400") and not answer.startswith(b"HTTP/1.1 431"):
            self.complain(f"{door.name}: a head of 10 MB was answered with {answer[:60]!r}")

    async def pipelined(self, door: Door) -> None:
        """1,000 requests at once."""
        async with await door.open() as client:
            await client.send(door.request("/livez") * 1000)
            answer = await client.rest(limit=1 << 24)
        answers = answer.count(b"HTTP/1.1 200 OK\r\n")
        self.counts[f"pipelined requests answered by {door.name}"] += answers
        if answers > 1000 or answer.count(b"HTTP/1.1 ") != answers:
            self.complain(f"{door.name}: {answers} good answers of {answer.count(b'HTTP/1.1 ')} to 1,000 requests")

    async def smuggled(self, door: Door) -> None:
        """Bytes that may be one request or two."""
        name = next(self.next_payload)
        text = smuggling.REFUSED.get(name) or smuggling.ONE_ANSWER[name]
        async with await door.open() as client:
            await client.send(smuggling.payload(text, door.authority, door.authorization))
            answer = await client.rest()
        wrong = smuggling.verdict(name, answer)
        if wrong:
            self.complain(f"{door.name}: {wrong}")

    async def half_closed(self, door: Door) -> None:
        """A request whose sender closes its side at once, a whole one or a half one; TLS has no such thing."""
        if door.tls:
            return
        request = door.request("/livez")
        is_whole = random.random() < 0.5
        async with await door.open() as client:
            await client.send(request if is_whole else request[: random.randrange(1, len(request) - 1)])
            client.writer.write_eof()
            answer = await client.rest()
        if is_whole and answer and b"\r\n\r\n" not in answer:
            self.complain(f"{door.name}: half an answer to one who closed its side: {answer!r}")
        if not is_whole and answer.startswith(b"HTTP/1.1 200"):
            self.complain(f"{door.name}: half a request was answered with 200")

    async def storm(self, door: Door) -> None:
        """Connections that are reset as soon as they are there."""
        for _ in range(100):
            async with await door.open(encrypted=False):
                self.counts["connections reset at once"] += 1

    async def garbage(self, door: Door) -> None:
        """Bytes without sense."""
        async with await door.open(encrypted=random.random() < 0.5) as client:
            await client.send(os.urandom(random.choice([1, 100, 10_000])))
            await client.rest(1)

    async def http2(self, door: Door) -> None:
        """The preface of HTTP/2 where nobody offered it; where it is spoken, streams that are reset as soon as they begin."""
        async with await door.open(offers_http2=True) as client:
            await client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0))
            tls = client.writer.get_extra_info("ssl_object")
            if tls and tls.selected_alpn_protocol() == "h2":
                return await self._rapid_reset(door, client)
            answer = await client.rest(1)
        if b"HTTP/1.1 200" in answer:
            self.complain(f"{door.name}: the preface of HTTP/2 was answered with 200")

    async def _rapid_reset(self, door: Door, client: Client) -> None:
        """CVE-2023-44487."""
        authority = door.authority.encode()
        fields = b"\x82\x87\x04\x08/metrics\x01" + bytes([len(authority)]) + authority
        try:
            for first in range(1, 20_000, 200):
                streams = range(first, first + 200, 2)
                await client.send(b"".join(frame(1, 5, n, fields) + frame(3, 0, n, b"\0\0\0\x08") for n in streams))
                self.counts["streams reset"] += len(streams)
        except (OSError, asyncio.TimeoutError):
            self.counts["ended while streams were reset"] += 1

    async def half_handshake(self, door: Door) -> None:
        """The first part of a handshake and then silence or the end; also where nobody speaks TLS."""
        async with await door.open(encrypted=False) as client:
            hello = client_hello()
            await client.send(hello if random.random() < 0.5 else hello[: random.randrange(1, len(hello))])
            await client.rest(random.choice([0.1, 1]))
        self.counts["half handshakes"] += 1

    async def renegotiation(self, door: Door) -> None:
        """Asks for a new handshake again and again (CVE-2011-1473)."""
        if not door.tls:
            return
        command = ["openssl", "s_client", "-connect", door.authority, "-tls1_2", "-legacy_renegotiation"]
        text = b"R\n" * 20
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await asyncio.wait_for(process.communicate(text), 5)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
        self.counts["renegotiations asked for"] += 1

    async def wrong_password(self, door: Door) -> None:
        """Credentials that are wrong, each one new."""
        if not door.authorization:
            return
        async with await door.open() as client:
            name = base64.b64decode(door.authorization.split()[-1]).split(b":")[0]
            wrong = b"Basic " + base64.b64encode(name + b":" + os.urandom(12).hex().encode())
            request = door.request("/metrics", "Connection: close").replace(door.authorization.encode(), wrong)
            await client.send(request)
            answer = await client.rest()
        self.counts["wrong passwords"] += 1
        if answer.startswith(b"HTTP/1.1 200"):
            self.complain(f"{door.name}: a wrong password was let in")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2 (RFC 9113 §4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def client_hello() -> bytes:
    """The first flight of a handshake."""
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass  # It waits for the server's part, which nobody will hear.
    return outgoing.read()


#: Which attacks go on together in a turn.
TURNS = [
    (Attacks.long_head, Attacks.smuggled),
    (Attacks.pipelined, Attacks.half_closed),
    (Attacks.storm, Attacks.garbage),
    (Attacks.http2, Attacks.half_handshake, Attacks.renegotiation),
    (Attacks.wrong_password, Attacks.smuggled, Attacks.storm),
]
