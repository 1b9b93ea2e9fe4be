"""Targets that are switched up and down at moments that are recorded, and the transitions that an exporter has to log of them."""

import asyncio
import json
import random
import threading
import time
from dataclasses import dataclass
from datetime import datetime

#: How long a state lasts at least, and how long an exporter may take to tell of it, in seconds.
HELD, SLACK = 2.0, 1.8


@dataclass(frozen=True)
class Flip:
    """A target was switched."""

    at: float
    number: int
    is_up: bool


class Switchboard:
    """An HTTP server whose page `/N` answers 200 or 503, switched at random or by hand."""

    def __init__(self, count: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.states = [True] * count
        self.flips: list[Flip] = []
        self.lock = threading.Lock()
        self.is_flipping = threading.Event()
        #: How many transitions were true only of this machine: the answer was there, too late.
        self.spoilt = 0
        self.port = 0
        is_ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(is_ready)), daemon=True).start()
        is_ready.wait(10)
        threading.Thread(target=self._flip_for_ever, daemon=True).start()

    async def _serve(self, is_ready: threading.Event) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                is_up = self.states[int(head.split(b" ", 2)[1].strip(b"/"))]
                status = b"200 OK" if is_up else b"503 Service Unavailable"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError):
                pass  # Who asked was stopped meanwhile.
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        is_ready.set()
        await server.serve_forever()

    def flip(self, number: int) -> None:
        """Switches a target to the other state."""
        with self.lock:
            # Recorded before it can be seen; the log's times have milliseconds.
            self.flips.append(Flip(time.time() - 0.001, number, not self.states[number]))
            self.states[number] = not self.states[number]

    def _flip_for_ever(self) -> None:
        last = [0.0] * len(self.states)
        while True:
            self.is_flipping.wait()
            time.sleep(0.02)
            number = self.random.randrange(len(self.states))
            if time.monotonic() - last[number] > HELD + self.random.random() * 2:
                last[number] = time.monotonic()
                self.flip(number)

    def checks(self, interval: str = "500ms", timeout: str = "400ms") -> dict[str, str]:
        """The keys of a check for each target, which tells of a change at the first run after it."""
        common = f"interval: {interval}, timeout: {timeout}, failure_threshold: 1, retries: {{attempts: 0}}"
        return {
            f"s{number}": f'kind: http, url: "http://127.0.0.1:{self.port}/{number}", {common}'
            for number in range(len(self.states))
        }

    def count(self) -> int:
        """How many flips there were."""
        with self.lock:
            return len(self.flips)

    # MARK: What an exporter has to say of it

    def compare_in_order(self, events: list[dict[str, object]], first: int) -> list[str]:
        """What is wrong with logged transitions since a flip, from a quiet moment to a quiet one: each flip is one, in order."""
        said, made = transitions(events), [[] for _ in self.states]
        with self.lock:
            for flip in self.flips[first:]:
                made[flip.number].append(flip.is_up)
        found = []
        for number, flips in enumerate(made):
            logged = said.get(f"s{number}", [])
            while [change.is_up for change in logged] != flips and (index := spoilt(logged)) is not None:
                del logged[index : index + 2]
                self.spoilt += 1
            if [change.is_up for change in logged] != flips:
                found.append(f"target {number} was switched {words(flips)}, logged is {logged}")
        return found

    def compare_in_time(self, events: list[dict[str, object]], began: float, ended: float) -> list[str]:
        """What is wrong with transitions logged between two moments of the wall clock, while targets were switched."""
        found = []
        with self.lock:
            flips = list(self.flips)
        for number in range(len(self.states)):
            mine = [flip for flip in flips if flip.number == number]
            logged = transitions(events).get(f"s{number}", [])
            for change in logged:
                if was(mine, change.is_up, change.at - SLACK, change.at):
                    continue
                if change.is_late:
                    self.spoilt += 1
                else:
                    when = f"{change.at:.2f}, {change.at - began:.2f} s after the start and {ended - change.at:.2f} s before the end"
                    near = [flip for flip in mine if abs(flip.at - change.at) < 10]
                    found.append(f"target {number} is said to be {words([change.is_up])} at {when}, and was not: {near}, logged is {logged}")
            for flip in mine:
                # What changed while the exporter started is what it found first.
                is_due = began + SLACK < flip.at < ended - SLACK
                if is_due and not any(flip.at - 0.01 <= c.at <= flip.at + SLACK and c.is_up == flip.is_up for c in logged):
                    found.append(f"target {number} was switched {words([flip.is_up])} at {flip.at:.2f}, which is not logged")
        return found


def was(flips: list[Flip], is_up: bool, since: float, until: float) -> bool:
    """Whether a target was in a state at any moment of a stretch of time; all are up at first."""
    state = True
    for flip in flips:
        if flip.at > until:
            break
        if flip.at > since and state == is_up:
            return True
        state = flip.is_up
    return state == is_up


@dataclass(frozen=True)
class Change:
    """A transition that was logged."""

    at: float
    is_up: bool
    #: Whether the target answered too late, which this machine may have to answer for.
    is_late: bool


def transitions(events: list[dict[str, object]]) -> dict[str, list[Change]]:
    """The logged changes of each check between up and down."""
    found: dict[str, list[Change]] = {}
    for event in events:
        if event["event"] != "check.status_changed" or event["previous_status"] == "unknown":
            continue
        moment = datetime.fromisoformat(str(event["timestamp"]).replace("Z", "+00:00")).timestamp()
        change = Change(moment, event["status"] == "healthy", event.get("reason") in ("timeout", "connect_timeout"))
        found.setdefault(str(event["check"]), []).append(change)
    return found


def spoilt(changes: list[Change]) -> int | None:
    """Where a target that only answered too late was down for a moment; None when nowhere."""
    pairs = zip(changes, changes[1:])
    return next((index for index, (down, up) in enumerate(pairs) if down.is_late and not down.is_up and up.is_up), None)


def words(states: list[bool]) -> str:
    """Ups and downs for people."""
    return json.dumps(["up" if state else "down" for state in states])
