"""What the exporter says of each cell, beside what the contract says."""

from collections import Counter

from cells import Cell
from exporter import Page
from server_log import ServerLog

#: What a run says that the machine left no time for.
SPOILT = {"timeout", "connect_timeout", "dns_timeout", "internal"}


class Verdicts:
    """Collects what is said of each cell, and tells what is wrong."""

    def __init__(self, cells: list[Cell], timeout: float) -> None:
        self.cells, self.timeout = cells, timeout
        #: How many results came too late for reasons of this machine, and were tried again.
        self.spoilt = 0
        self.seen: list[set[str]] = [set() for _ in cells]

    def compare(self, number: int, check: dict[str, object]) -> list[tuple[int, str, bool]]:
        """What is wrong with a cell's last result: which cell, what, and whether a busy machine may be the cause."""
        cell, run = self.cells[number], check["last_run"]
        what = f"{cell.kind}, {cell.fault}"
        said = str(check["reason"])
        if isinstance(run, dict):
            said = str(run["reason"] or run["result"])
            if run["duration_seconds"] > self.timeout + 0.001 and said != "internal":
                return [(number, f"{what}: a run lasted {run['duration_seconds']} s", False)]
        if said in cell.expected:
            self.seen[number].add(said)
            return []
        if said not in SPOILT:
            self.seen[number].add(said)
        expected = " or ".join(sorted(cell.expected))
        text = f"{what}: {said}, expected {expected}; {check.get('message')!r}; {cell.keys}"
        return [(number, text, said in SPOILT)]

    def compare_one_run(self, members: list[int], before: Page, after: Page) -> list[str]:
        """What is wrong with the counters of cells that ran once between two pages."""
        runs = changes(before, after, "health_check_runs_total", "result")
        found = []
        for number in members:
            cell = self.cells[number]
            counted = sum(n for (check, _), n in runs.items() if check == f"cell-{number}")
            # A worker that has not beaten yet has no runs.
            if counted != 1 and not cell.hangs and "pending" not in cell.expected:
                found.append(f"{cell.kind}, {cell.fault}: {counted:.0f} runs are counted, expected 1")
        return found

    def compare_pages(self, before: Page, after: Page, slots: float) -> list[str]:
        """What is wrong with the counters of all cells after so many slots."""
        reasons = changes(before, after, "health_check_failures_total", "reason")
        runs = changes(before, after, "health_check_runs_total")
        skips = changes(before, after, "health_check_skips_total", "reason")
        found = []
        for number, cell in enumerate(self.cells):
            name, what = f"cell-{number}", f"under load: {cell.kind}, {cell.fault}"
            wrong = {reason: n for (check, reason), n in reasons.items() if check == name and reason not in cell.expected}
            spoilt = sum(n for reason, n in wrong.items() if reason in SPOILT)
            self.spoilt += int(spoilt)
            # On a busy machine a run may come to its deadline that would not have to; never most of them.
            if set(wrong) - SPOILT or spoilt > max(1, runs[(name,)] / 2):
                found.append(f"{what}: {wrong}, expected {sorted(cell.expected)}")
            left_out = {reason: n for (check, reason), n in skips.items() if check == name}
            if cell.hangs or cell.kind == "heartbeat":
                continue
            if left_out:
                found.append(f"{what}: slots were left out: {left_out}")
            if runs[(name,)] < slots - 2:
                found.append(f"{what}: {runs[(name,)]:.0f} runs in {slots:.0f} slots")
        return found

    def compare_counts(self, before: Page, after: Page, log: ServerLog) -> list[str]:
        """Counters beside what each server saw: every run was a contact, and no contact was without one."""
        runs = changes(before, after, "health_check_runs_total")
        contacts, found = log.contacts(), []
        servers: dict[str, list[int]] = {}
        for number, cell in enumerate(self.cells):
            if cell.server and not log.has_more_contacts(cell.server):
                servers.setdefault(cell.server, []).append(number)
        for server, numbers in servers.items():
            # Those in flight are not counted yet.
            counted = sum(runs[(f"cell-{number}",)] for number in numbers)
            if not counted <= contacts[server] <= counted + len(numbers):
                found.append(f"under load: {server} saw {contacts[server]} contacts, {counted:.0f} runs are counted")
        return found

    def print(self) -> None:
        """All cells with what was said of them."""
        print(f"{'kind':9} {'fault':38} {'said':34} expected")
        for cell, seen in zip(self.cells, self.seen, strict=True):
            mark = "" if seen <= cell.expected else "  <-- wrong"
            print(f"{cell.kind:9} {cell.fault:38} {'|'.join(sorted(seen)):34} {'|'.join(sorted(cell.expected))}{mark}")


def changes(before: Page, after: Page, name: str, *labels: str) -> Counter[tuple[str, ...]]:
    """How much the counters of each check grew between two pages, by further labels; those that did not are left out."""
    keys = ("check", *labels)
    found = after.by(keys, name)
    found.subtract(before.by(keys, name))
    return +found
