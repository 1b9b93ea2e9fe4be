"""Name servers that answer wrongly: UDP, and TCP on the same port (RFC 1035)."""

import asyncio
import socket
import struct

from faults import LOG, PORTS

TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV"}
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5
TRUNCATED = 0x0200
METADATA = ("169.254.169.254", "fd00:ec2::254")


def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.rstrip(".").split(".") if p) + b"\0"


def read_question(query):
    labels, index = [], 12
    while query[index]:
        labels.append(query[index + 1 : index + 1 + query[index]].decode("latin-1"))
        index += 1 + query[index]
    kind = struct.unpack("!H", query[index + 1 : index + 3])[0]
    return ".".join(labels).lower(), kind, query[12 : index + 5]


def record(kind, data, owner=b"\xc0\x0c"):
    return owner + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


def address(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return record(28 if ":" in text else 1, socket.inet_pton(family, text))


def good(kind):
    """Compressed where servers compress: the zone of the question stands at 12."""
    zone = b"\xc0\x0c"
    data = {
        2: [b"\3ns1" + zone],
        5: [b"\6target" + zone],
        6: [b"\3ns1" + zone + b"\5admin" + zone + struct.pack("!5I", 1, 2, 3, 4, 5)],
        12: [b"\4host" + zone],
        15: [struct.pack("!H", 10) + b"\4mail" + zone],
        16: [b"\7v=spf1 \4-all"],
        33: [struct.pack("!3H", 1, 2, 5060) + b"\3sip" + zone],
    }
    if kind in (1, 28):
        known = ["192.0.2.1", "192.0.2.2"] if kind == 1 else ["2001:db8::1"]
        return [address(a) for a in known]
    return [record(kind, d) for d in data.get(kind, [])]


def answer(query, records=(), code=0, flags=0, count=None):
    _, _, question = read_question(query)
    header = query[:2] + struct.pack("!5H", 0x8180 | flags | code, 1, len(records) if count is None else count, 0, 0)
    return header + question + b"".join(records)


def other_question(query):
    reply = bytearray(answer(query, good(1)))
    reply[13] ^= 1
    return bytes(reply)


def pointer_to(query, offset):
    """A pointer to a place behind the question, where the first record begins."""
    return struct.pack("!H", 0xC000 | 12 + len(read_question(query)[2]) + offset)


flaps = 0


def flapping(query, kind):
    global flaps
    flaps += 1
    return answer(query, good(kind)) if flaps % 2 else answer(query, code=SERVFAIL)


turns = 0


def intermittent(query, kind):
    """Fails every other time, the first one included."""
    global turns
    turns += 1
    return answer(query, code=SERVFAIL) if turns % 2 else answer(query, good(kind))


def rebinding(query, kind):
    global flaps
    if kind != 1:
        return answer(query)
    flaps += 1
    return answer(query, [address("127.0.0.1" if flaps % 2 else METADATA[0])])


LOOP = [record(5, b"\1b\xc0\x0c"), record(5, b"\xc0\x0c", owner=b"\1b\xc0\x0c")]

# What each does over UDP; None is silence.
UDP = {
    "dns-good": lambda q, k: answer(q, good(k)),
    "dns-nxdomain": lambda q, k: answer(q, code=NXDOMAIN),
    "dns-servfail": lambda q, k: answer(q, code=SERVFAIL),
    "dns-refused": lambda q, k: answer(q, code=REFUSED),
    "dns-nodata": lambda q, k: answer(q),
    "dns-silence": lambda q, k: None,
    "dns-truncated": lambda q, k: answer(q, flags=TRUNCATED),
    "dns-truncated-no-tcp": lambda q, k: answer(q, flags=TRUNCATED),
    "dns-truncated-silence": lambda q, k: answer(q, flags=TRUNCATED),
    "dns-truncated-huge-length": lambda q, k: answer(q, flags=TRUNCATED),
    "dns-wrong-id": lambda q, k: bytes([q[0] ^ 1]) + answer(q, good(k))[1:],
    "dns-wrong-question": lambda q, k: other_question(q),
    "dns-cname-loop": lambda q, k: answer(q, LOOP),
    "dns-compression-loop": lambda q, k: answer(q, [record(1, b"\1\2\3\4", owner=pointer_to(q, 0))]),
    "dns-forward-pointer": lambda q, k: answer(q, [record(1, b"\1\2\3\4", owner=pointer_to(q, 40))]),
    "dns-short": lambda q, k: q[:5],
    "dns-garbage": lambda q, k: q[:2] + b"\x81" + bytes(range(200)),
    "dns-huge-counts": lambda q, k: answer(q, count=65535),
    "dns-cut-record": lambda q, k: answer(q, [address("192.0.2.1")[:-2]]),
    "dns-short-address": lambda q, k: answer(q, [record(1, b"\1\2\3")]),
    "dns-flapping": flapping,
    "dns-intermittent": intermittent,
    "dns-many": lambda q, k: answer(q, flags=TRUNCATED),
    "dns-rebinding": rebinding,
}


def over_tcp(fault, query, kind):
    if fault == "dns-many":
        return answer(query, [address(f"192.0.{n // 256}.{n % 256}") for n in range(1000)])
    return answer(query, good(kind))


def by_name(query, kind):
    """The system's name server: the name says what it does."""
    asked, _, _ = read_question(query)
    zone = asked.split(".")[-2] if asked.endswith(".test") else ""
    v4 = kind == 1
    if zone == "silent":
        return None
    if zone == "servfail":
        return answer(query, code=SERVFAIL)
    if zone == "rebinding":
        return rebinding(query, kind)
    known = {
        "mixed": ["127.0.0.1", METADATA[0]] if v4 else [],
        "metadata": [METADATA[0] if v4 else METADATA[1]],
        "loopback": ["127.0.0.1"] if v4 else [],
        "both": ["127.0.0.1" if v4 else "::1"],
        "dead": ["127.0.0.1" if v4 else "2001:db8::1"],
    }
    if zone not in known or kind not in (1, 28):
        return answer(query, code=NXDOMAIN)
    return answer(query, [address(a) for a in known[zone]])


class Server(asyncio.DatagramProtocol):
    def __init__(self, fault, reply):
        self.fault, self.reply = fault, reply

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, query, client):
        try:
            asked, kind, _ = read_question(query)
        except (IndexError, struct.error):
            return
        number = next(LOG.numbers)
        LOG.note(self.fault, number, "query", {"name": asked, "type": TYPES.get(kind, kind), "transport": "udp"})
        reply = self.reply(query, kind)
        if reply is not None:
            self.transport.sendto(reply, client)
            LOG.note(self.fault, number, "answered")


def tcp_handler(fault, reply):
    async def accept(reader, writer):
        number = next(LOG.numbers)
        try:
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            query = await reader.readexactly(size)
            asked, kind, _ = read_question(query)
            LOG.note(fault, number, "query", {"name": asked, "type": TYPES.get(kind, kind), "transport": "tcp"})
            data = reply(query, kind)
            if data is None or fault == "dns-truncated-silence":
                await reader.read()
            elif fault == "dns-truncated-huge-length":
                writer.write(b"\xff\xffabc")
                await reader.read()
            else:
                writer.write(struct.pack("!H", len(data)) + data)
                await writer.drain()
                LOG.note(fault, number, "answered")
        except (OSError, IndexError, struct.error, asyncio.IncompleteReadError):
            LOG.note(fault, number, "closed_by_peer")
        finally:
            LOG.note(fault, number, "closed")
            writer.close()

    return accept


async def serve(fault, reply, tcp_reply, host, port, has_tcp=True):
    """UDP and TCP on one number, which both must have free."""
    loop = asyncio.get_running_loop()
    for _ in range(50):
        transport, _ = await loop.create_datagram_endpoint(lambda: Server(fault, reply), local_addr=(host, port))
        number = transport.get_extra_info("sockname")[1]
        try:
            if has_tcp:
                await asyncio.start_server(tcp_handler(fault, tcp_reply), host, number)
            return number
        except OSError:
            transport.close()
            if port:
                raise
    raise OSError("no number is free for both UDP and TCP")


async def serve_all(host, system_port):
    for fault, reply in UDP.items():
        def tcp_reply(query, kind, fault=fault):
            return over_tcp(fault, query, kind)

        PORTS[fault] = await serve(fault, reply, tcp_reply, host, 0, has_tcp=fault != "dns-truncated-no-tcp")
    if system_port:
        PORTS["dns"] = await serve("dns", by_name, by_name, host, system_port)
