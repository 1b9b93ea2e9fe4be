"""The cells of chaos: a kind against a fault, and what the contract says of it.

What is expected is decided here and in `Tests/Faults/table.txt`, from the list of reasons (contract §8) and the kinds' pages; never
from what an exporter said.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

FAULTS = Path(__file__).resolve().parent.parent / "Faults"
sys.path.insert(0, str(FAULTS))

from namespaces import every_kind  # noqa: E402

CERTIFICATES = FAULTS / "certificates"
AUTHORITY = f"tls: {{ca: {CERTIFICATES}/root.pem}}"


@dataclass(frozen=True)
class Cell:
    """One kind against one fault."""

    kind: str
    fault: str
    #: The check's keys, as the configuration has them.
    keys: str
    #: `success`, or the reasons of which one is right.
    expected: frozenset[str]
    #: The server that counts it, by its name in the fault server; none for what no server sees.
    server: str | None = None

    @property
    def hangs(self) -> bool:
        """Whether its call never returns, so that it holds its slot."""
        return self.fault == "hung mount"


# What asks the fault server, by the kind's name in the table: an address by number, or by the name of the certificates.
CONNECTING = {
    "http": 'kind: http, url: "http://127.0.0.1:{port}/"',
    "https": 'kind: http, url: "https://localhost:{port}/"{tls}',
    "tcp": 'kind: tcp, address: "localhost:{port}"{dialogue}',
    "tcps": f'kind: tcp, address: "localhost:{{port}}", {AUTHORITY.replace("{", "{{").replace("}", "}}")}',
    "tls": 'kind: tls, address: "localhost:{port}"{tls}',
    "redis": 'kind: redis, url: "redis://127.0.0.1:{port}"',
    "rediss": f'kind: redis, url: "rediss://localhost:{{port}}", {AUTHORITY.replace("{", "{{").replace("}", "}}")}',
    "postgres": 'kind: postgres, url: "postgres://u@127.0.0.1:{port}/d", password: x',
    "grpc": 'kind: grpc, address: "127.0.0.1:{port}"',
    "grpcs": f'kind: grpc, address: "localhost:{{port}}", {AUTHORITY.replace("{", "{{").replace("}", "}}")}',
    "dns": 'kind: dns, name: www.example.org, server: "127.0.0.1:{port}"',
}
DIALOGUE = r', dialogue: [{send: "hello\r\n"}, {expect: "^hello"}]'
# `grpcs` and the like are a kind with TLS.
KIND_OF = {"https": "http", "tcps": "tcp", "rediss": "redis", "grpcs": "grpc"}


def asking(kind: str, port: int, own: str = "") -> str:
    """The keys of a check of a kind that asks a port, with further keys of its own."""
    tls = "" if "tls:" in own else f", {AUTHORITY}"
    dialogue = "" if "dialogue:" in own else DIALOGUE
    base = CONNECTING[kind].format(port=port, tls=tls, dialogue=dialogue)
    files = {"CLIENT": CERTIFICATES / "client", "STRANGER": CERTIFICATES / "unknown-ca"}
    for word, path in files.items():
        own = own.replace(word, str(path))
    own = own.replace("ca: CA", f"ca: {CERTIFICATES}/root.pem")
    return f"{base}, {own}" if own else base


def table_cells(ports: dict[str, int], closed: int) -> list[Cell]:
    """The rows of `Tests/Faults/table.txt`."""
    found = []
    for line in (FAULTS / "table.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        kind, fault, expected, *own = line.split(None, 3)
        port = closed if fault == "refused" else ports[fault]
        keys = asking(kind, port, own[0].strip() if own else "")
        server = None if fault == "refused" else fault
        found.append(Cell(kind, fault, keys, frozenset(expected.split("|")), server))
    return found


GONE = "closed_early connection_reset"
# A kind against a server of another protocol that is well: it is told nonsense, left waiting for the rest, or hung up on.
FOREIGN = {
    "http": {
        "redis-good": f"protocol_error {GONE}", "postgres-good": "timeout", "grpc-serving": "protocol_error",
        "smtp": "protocol_error", "tls-good": f"protocol_error {GONE}",
    },
    "tcp": {
        "http-ok": "timeout", "redis-good": GONE, "postgres-good": "timeout", "grpc-serving": "timeout", "smtp": "timeout",
        "tls-good": f"assertion {GONE} timeout",
    },
    "tls": {
        "http-ok": "timeout", "redis-good": GONE, "postgres-good": "timeout", "grpc-serving": "tls_protocol",
        "smtp": "tls_protocol",
    },
    "redis": {
        "http-ok": "timeout", "postgres-good": "timeout", "grpc-serving": "protocol_error", "smtp": "protocol_error",
        "tls-good": f"protocol_error {GONE}",
    },
    "postgres": {
        "http-ok": "timeout", "redis-good": GONE, "grpc-serving": "protocol_error", "smtp": "protocol_error",
        "tls-good": f"protocol_error {GONE}",
    },
    "grpc": {
        "http-ok": f"protocol_error {GONE}", "redis-good": f"timeout {GONE}", "postgres-good": "timeout",
        "smtp": "protocol_error",
        "tls-good": f"protocol_error {GONE}",
    },
    # Nobody listens for datagrams there.
    "dns": {"http-ok": "connect_refused", "redis-good": "connect_refused", "smtp": "connect_refused"},
}  # fmt: skip


def foreign_cells(ports: dict[str, int]) -> list[Cell]:
    """Each kind against servers of other protocols."""
    return [
        Cell(kind, fault, asking(kind, ports[fault]), frozenset(expected.split()), None if kind == "dns" else fault)
        for kind, faults in FOREIGN.items()
        for fault, expected in faults.items()
    ]


# Hosts that can't be reached, by what is wrong with them; see `network.py`, which makes them so.
HOSTS = {
    "name of a failing server": ("a.servfail.test", "dns_failure"),
    "name nobody answers for": ("b.silent.test", "dns_timeout"),
    "name that is not there": ("c.nowhere.test", "dns_not_found"),
    "name of metadata": ("d.metadata.test", "blocked"),
    "name of metadata and more": ("e.mixed.test", "blocked"),
    "swallowed packets": ("[2001:db8::1]", "connect_timeout"),
    "unreachable route": ("10.8.2.1", "unreachable"),
    "prohibited route": ("10.8.1.1", "unreachable"),
    "no route": ("203.0.113.1", "unreachable"),
    "metadata address": ("169.254.169.254", "blocked"),
    "metadata address of IPv6": ("[fd00:ec2::254]", "blocked"),
    "unspecified address": ("0.0.0.0", "blocked"),
    "multicast address": ("224.0.0.1", "blocked"),
    "multicast address of IPv6": ("[ff02::1]", "blocked"),
    "link-local address": ("[fe80::1]", "blocked"),
}
# Without connections there is no connecting that could take too long.
SWALLOWED = {"dns": "dns_timeout", "icmp": "timeout"}


def host_cells() -> list[Cell]:
    """Each kind that has a host against hosts that can't be reached or must not be."""
    found = []
    for fault, (host, reason) in HOSTS.items():
        for kind, keys in every_kind(host, 4242).items():
            expected = SWALLOWED.get(kind, reason) if reason == "connect_timeout" else reason
            found.append(Cell(kind, fault, keys, frozenset([expected])))
    return found
