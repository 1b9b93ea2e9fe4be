"""Signals at every moment of life, under load."""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

from exporter import Exporter, component
from switchboard import SLACK, Switchboard

#: Of the configuration's shutdown, in seconds.
DRAIN, GRACE = 0.3, 4.0


def configuration(board: Switchboard, more: dict[str, str] | None = None, extra: str = "") -> str:
    """Switched targets, and what else is to run."""
    lines = [
        "service: {name: disaster, environment: test, version: '1', instance: disaster}",
        "web: {lifecycle: loopback, details: always}",
        f"shutdown: {{drain: {DRAIN}s, grace: {GRACE:.0f}s}}",
        f"{extra}",
        "components:",
    ]
    return "\n".join(lines).replace(f"{DRAIN}s", f"{DRAIN * 1000:.0f}ms") + "\n" + component({**board.checks(), **(more or {})})


def load(folder: Path, board: Switchboard) -> dict[str, str]:
    """Runs that are always under way: quick ones, commands that hang, and answers that never come."""
    sleeper = folder / "sleeper"
    if not sleeper.exists():
        shutil.copy("/bin/sleep", sleeper)
    quick = {f"q{n}": f'kind: http, url: "http://127.0.0.1:{board.port}/{n % 2}", interval: 500ms, timeout: 400ms' for n in range(40)}
    commands = {f"e{n}": f"kind: exec, command: [{sleeper}, '60'], interval: 1s, timeout: 900ms" for n in range(4)}
    never = f"kind: tcp, address: '127.0.0.1:{board.port}', dialogue: [{{expect: never}}]"
    silent = {f"h{n}": f"{never}, interval: 2s, timeout: 1900ms" for n in range(4)}
    return {**quick, **commands, **silent}


def left_behind(folder: Path) -> list[int]:
    """Processes of the commands in a folder that are still there."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0") if entry.isdigit() else [b""]
        except OSError:
            continue  # It has ended meanwhile.
        if words[0].startswith(str(folder).encode()):
            found.append(int(entry))
    return found


def terminate(options: argparse.Namespace, folder: Path) -> list[str]:
    """SIGTERM at any moment, under load, while targets go up and down."""
    board = Switchboard(10, options.seed)
    board.is_flipping.set()

    def once(number: int) -> list[str]:
        chance, own = random.Random(options.seed + number), folder / str(number)
        own.mkdir()
        found: list[str] = []
        exporter = Exporter(options.exporter, configuration(board, load(own, board)), own)
        try:
            exporter.wait_started()
            began = time.time()
            time.sleep(chance.random() * 4)
            signalled = time.time()
            exporter.signal(signal.SIGTERM)
            code = exporter.process.wait(GRACE + 5)
            took = time.time() - signalled
            if code != 0:
                found.append(f"it ended with {code}: {exporter.errors()[:500]}")
            if took > GRACE + 0.5:
                found.append(f"it took {took:.1f} s of {GRACE} s of grace")
            last = exporter.events()[-1]["event"]
            if last != "exporter.stopped":
                found.append(f"the last line is {last}")
            found += board.compare_in_time(exporter.events(), began, signalled + DRAIN)
            if left := left_behind(own):
                found.append(f"{len(left)} commands were left behind")
        finally:
            exporter.kill()
            for pid in left_behind(own):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(own)
        return [f"termination {number}: {text}" for text in found]

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        results = list(pool.map(once, range(options.terminations)))
    print(f"  {options.terminations} terminations, {board.count()} switches, {board.spoilt} answers late")
    return [text for found in results for text in found]


def kill(options: argparse.Namespace, folder: Path) -> list[str]:
    """kill -9 and a start on the same ports and the same socket, again and again."""
    board, chance = Switchboard(10, options.seed), random.Random(options.seed)
    found: list[str] = []
    listen, probe = "127.0.0.1:18642", "127.0.0.1:18643"
    text = configuration(board, load(folder, board))
    for number in range(options.kills):
        for target in range(len(board.states)):
            if chance.random() < 0.3:
                board.flip(target)
        (folder / "log").unlink(missing_ok=True)
        exporter = Exporter(options.exporter, text, folder, listen=listen, probe_listen=probe)
        try:
            exporter.wait_started()
            found += [f"kill {number}: {wrong}" for wrong in wrong_verdicts(exporter, board)]
            time.sleep(chance.random() * 0.3)
        finally:
            exporter.kill()
        for pid in left_behind(folder):
            os.kill(pid, signal.SIGKILL)
        lines = (folder / "log").read_text().splitlines()
        if any(not line.startswith("{") or not line.endswith("}") for line in lines):
            found.append(f"kill {number}: a line of the log is not whole")
        if exporter.events("exporter.admin_socket"):
            found.append(f"kill {number}: the socket that the one before left behind is not replaced")
    print(f"  {options.kills} kills, {board.count()} switches, {board.spoilt} answers late")
    return found


def wrong_verdicts(exporter: Exporter, board: Switchboard, seconds: float = 5) -> list[str]:
    """What the exporter says of targets that nobody switches, once it has had some time."""
    deadline = time.monotonic() + seconds
    while True:
        status, text = exporter.request("GET", "/api/v1/components/t")
        checks = {check["name"]: check for check in json.loads(text)["checks"]} if status == 200 else {}
        wanted = {f"s{number}": "healthy" if up else "unhealthy" for number, up in enumerate(board.states)}
        found = [
            f"{name} is {checks[name]['status'] if name in checks else 'missing'}, expected {status}"
            for name, status in wanted.items()
            if name not in checks or checks[name]["status"] != status
        ]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def reload_storm(options: argparse.Namespace, folder: Path) -> list[str]:
    """1,000 SIGHUP a second, while the file changes and targets go up and down."""
    board = Switchboard(10, options.seed)
    texts = [configuration(board, load(folder, board), f"flags: {{f{n}: {{requires: [t]}}}}") for n in range(2)]
    exporter = Exporter(options.exporter, texts[0], folder)
    found: list[str] = []
    try:
        exporter.wait_started()
        time.sleep(SLACK)
        found += wrong_verdicts(exporter, board)
        first, events, before = board.count(), len(exporter.events()), exporter.figures()
        page = exporter.page()
        board.is_flipping.set()
        began, sent = time.monotonic(), 0
        while time.monotonic() - began < options.storm:
            if sent % 100 == 0:
                exporter.write(texts[sent // 100 % 2])
            exporter.signal(signal.SIGHUP)
            sent += 1
            time.sleep(max(0, began + sent / 1000 - time.monotonic()))
        exporter.write(texts[1])
        exporter.signal(signal.SIGHUP)
        board.is_flipping.clear()
        time.sleep(SLACK + 0.5)
        after = exporter.page()
        flags = exporter.request("GET", "/api/v1/flags")[1]
        if '"f1"' not in flags or '"f0"' in flags:
            found.append(f"the last file is not in force: {flags}")
        loads = after.sum("health_exporter_config_reloads_total") - page.sum("health_exporter_config_reloads_total")
        if after.sum("health_exporter_config_reloads_total", result="failure") or not loads:
            found.append(f"{loads:.0f} reloads, {exporter.events('config.reload_failed')[:2]}")
        found += board.compare_in_order(exporter.events()[events:], first)
        figures = exporter.figures()
        print(f"  {sent} signals, {loads:.0f} reloads, {board.count() - first} switches, {board.spoilt} answers late, {before} before, {figures} after")
        if figures["descriptors"] > before["descriptors"] + 20 or figures["threads"] > before["threads"] + 4:
            found.append(f"{before} before, {figures} after")
        if (code := exporter.stop()) != 0:
            found.append(f"it ended with {code}")
    finally:
        exporter.kill()
    return found
