"""What the fault server saw, and how that fits with what the exporter did."""

import time
from collections import Counter

from cells import Cell
from network import FaultServer

ENDS = ("closed", "closed_by_peer", "reset_by_peer", "tls_failed")
CONTACTS = ("accepted", "query")
#: Servers that see more connections than runs: each hop of a redirect, each try and what it is passed on to, a second question over
#: TCP or after silence, and a second connection where PostgreSQL's TLS failed (an SSH banner begins like the consent to it).
MORE_THAN_RUNS = ("http-redirect", "tls-redirect", "intermittent", "dns-", "postgres-tls", "ssh-banner")
PASSED_ON_TO = ("http-ok", "smtp", "tls-good", "redis-good", "postgres-good", "grpc-serving", "http-echo", "http-redirect")


class ServerLog:
    """The log since the last reset."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.events = server.log()

    def open(self) -> list[str]:
        """The faults whose connections have no end yet."""
        ended = {event["connection"] for event in self.events if event["event"] in ENDS}
        return [str(e["fault"]) for e in self.events if e["event"] == "accepted" and e["connection"] not in ended]

    def wait_until_closed(self, seconds: float) -> None:
        """Waits until every connection has ended."""
        deadline = time.monotonic() + seconds
        while self.open() and time.monotonic() < deadline:
            time.sleep(0.2)
            self.events = self.server.log()

    def late_ends(self, limit: float) -> list[tuple[str, str]]:
        """Connections that were held longer than a run may last, by server; the server's own lateness is its own."""
        late = [(float(e["at"]), float(e["detail"])) for e in self.events if e["fault"] == "observer"]  # type: ignore[arg-type]
        accepted: dict[object, float] = {}
        found = []
        now = time.monotonic()
        for event in self.events:
            at, fault = float(event["at"]), str(event["fault"])  # type: ignore[arg-type]
            if event["event"] == "accepted":
                accepted[event["connection"]] = at
            elif event["event"] in ENDS and event["connection"] in accepted:
                began = accepted.pop(event["connection"])
                own = sum(much for when, much in late if began <= when <= at + 1)
                if at - began > limit + own:
                    found.append((fault, f"{fault} was held for {at - began:.2f} s ({own:.2f} s of them the server's own)"))
        faults = {event["connection"]: str(event["fault"]) for event in self.events}
        found += [(faults[c], f"{faults[c]} is still held") for c, began in accepted.items() if now - began > limit + 5]
        return found

    def contacts(self) -> Counter[str]:
        """Connections and queries, by server."""
        return Counter(str(event["fault"]) for event in self.events if event["event"] in CONTACTS)

    @staticmethod
    def has_more_contacts(server: str) -> bool:
        """Whether a run may be more than one contact with a server."""
        return server.startswith(MORE_THAN_RUNS) or server in PASSED_ON_TO

    def compare_contacts(self, cells: list[Cell]) -> list[str]:
        """One run of each cell is one contact with its server, no more and no fewer, where each run makes one connection."""
        seen, found = self.contacts(), []
        for server, runs in Counter(cell.server for cell in cells if cell.server).items():
            if seen[server] < runs or (seen[server] > runs and not self.has_more_contacts(server)):
                found.append(f"{server} saw {seen[server]} contacts of {runs} runs")
        return found
