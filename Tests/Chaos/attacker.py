"""A process of hostile clients: `attacker.py holds|visits < DOORS`, until SIGTERM, when it prints what it did as a line of JSON."""

import asyncio
import itertools
import json
import os
import resource
import signal
import sys
from collections import Counter

from attacks import TURNS, Attacks
from doors import Door
from holder import Holder

#: How many visitors come to each door at once, and how long each rests between visits, in seconds.
VISITORS, REST = 3, 0.05
#: The share of the connections that say a little more each second.
TALKATIVE = 0.2


def holds(door: Door, scale: float) -> list[list[Holder]]:
    """The turns of those that hold connections: each a list of what a door has to bear at once."""
    # The admin socket is reached by its own user only, and has few places.
    scale *= 0.05 if door.path else 1
    reads = door.request("/metrics" if "probe" not in door.name else "/readyz?verbose")
    post = door.request("/-/reload", "Content-Length: 60000", method="POST")
    return [
        [Holder(door, int(2000 * scale), b"GET /livez HTTP/1.1\r\n", b"x: y\r\n")],
        [Holder(door, int(5000 * scale))],
        [Holder(door, int(200 * scale), reads * 20, receive_buffer=2048), Holder(door, int(500 * scale), post, b"x")],
    ]


async def hold(doors: list[Door], turn: float, scale: float, counts: Counter[str]) -> None:
    """Holds connections open at all doors, one way after the other."""
    number = 0
    while True:
        held = [holder for door in doors for holder in holds(door, scale)[number % 3]]
        for holder in held:
            holder.pace *= scale
        loop = asyncio.get_running_loop()
        end, next_words = loop.time() + turn, loop.time() + 1
        most: Counter[str] = Counter()
        while loop.time() < end:
            for holder in held:
                holder.step(0)
                most[holder.door.name] = max(most[holder.door.name], len(holder.held))
            if loop.time() > next_words:
                next_words += 1
                for holder in held:
                    if holder.drip:
                        holder.say_little(TALKATIVE)
            await asyncio.sleep(0.02)
        for holder in held:
            counts["connections opened"] += holder.opened
            counts["connections ended by the exporter"] += holder.ended
            holder.end()
        for name, value in most.items():
            counts[f"most held at once at {name}"] = max(counts[f"most held at once at {name}"], value)
        number += 1


async def visit(doors: list[Door], turn: float, attacks: Attacks) -> None:
    """Visits all doors, with another mix of attacks in each turn."""
    loop = asyncio.get_running_loop()

    async def come_and_go(door: Door, kinds: tuple[object, ...], first: int, end: float) -> None:
        number = first
        while loop.time() < end:
            attack = kinds[number % len(kinds)]
            number += 1
            try:
                await attack(attacks, door)  # type: ignore[operator]
                attacks.counts[f"{attack.__name__} at {door.name}"] += 1  # type: ignore[attr-defined]
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                # Shown the door: what hostile clients have to expect.
                attacks.counts[f"shown the door by {door.name}"] += 1
            await asyncio.sleep(REST)

    for kinds in itertools.cycle(TURNS):
        end = loop.time() + turn
        visitors = [come_and_go(door, kinds, first, end) for door in doors for first in range(VISITORS)]
        for result in await asyncio.gather(*visitors, return_exceptions=True):
            if isinstance(result, Exception):
                attacks.complain(f"an attacker failed: {result!r}")


async def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    order = json.load(sys.stdin)
    doors = [Door(**{**door, "protocols": tuple(door["protocols"])}) for door in order["doors"]]
    attacks = Attacks()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    work = hold(doors, order["turn"], order["scale"], attacks.counts) if sys.argv[1] == "holds" else visit(doors, order["turn"], attacks)
    task = asyncio.create_task(work)
    is_over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, is_over.set)
    await asyncio.wait([task, asyncio.create_task(is_over.wait())], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    print(json.dumps({"counts": attacks.counts, "problems": attacks.problems}), flush=True)
    # Whoever is still on a visit need not say goodbye.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
