"""Clocks that jump: the wall clock of one process by hours, and monotonic clocks that begin elsewhere.

A time namespace shifts the monotonic clocks only, and only before a process starts (time_namespaces(7)); nobody here sets the machine's own
clock. So the wall clock jumps for the exporter alone, in what it links against.
"""

import argparse
import mmap
import struct
import subprocess
import time
from datetime import datetime
from pathlib import Path

from exporter import Exporter
from output_disasters import flip_for, works
from signal_disasters import configuration
from switchboard import SLACK, Switchboard

HERE = Path(__file__).resolve().parent
#: By how much the wall clock is off, one after the other, in seconds.
STEPS = (3600, -3600, 0, -3600, 3600, 86_400, 0)


def clock_steps(options: argparse.Namespace, folder: Path) -> list[str]:
    """The wall clock jumps by an hour and a day, forth and back."""
    library, file = folder / "clock_step.so", folder / "step"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, HERE / "clock_step.c", "-ldl"], check=True)
    file.write_bytes(struct.pack("q", 0))
    board, found, steps = Switchboard(10, options.seed), [], STEPS[: options.steps]
    environment = {"LD_PRELOAD": str(library), "CLOCK_STEP": str(file)}
    with open(file, "r+b") as opened, mmap.mmap(opened.fileno(), 8) as page:
        exporter = Exporter(options.exporter, configuration(board), folder, environment=environment)
        try:
            exporter.wait_started()
            time.sleep(SLACK)
            first, seen = board.count(), 0
            for step in steps:
                page[:8] = struct.pack("q", step)
                flip_for(board, 4)
                found += [f"{step:+} s: {text}" for text in works(exporter, board)]
                events = exporter.events()
                shown = datetime.fromisoformat(str(events[-1]["timestamp"]).replace("Z", "+00:00")).timestamp()
                seen += abs(shown - time.time() - step) < 60
                if (status := exporter.request("GET", "/readyz", probe=True)[0]) not in (200, 503):
                    found.append(f"{step:+} s: /readyz is {status}")
            # Otherwise nothing jumped, and nothing was proven.
            if seen != len(steps):
                found.append(f"the log follows the clock at {seen} of {len(steps)} steps")
            found += board.compare_in_order(exporter.events(), first)
            found += odd_durations(exporter)
            print(f"  {len(steps)} steps, {board.count() - first} switches, {board.spoilt} answers late")
            if (code := exporter.stop()) != 0:
                found.append(f"it ended with {code}")
        finally:
            exporter.kill()
    return found


def odd_durations(exporter: Exporter) -> list[str]:
    """Times in the metrics that no interval of this test can have."""
    page, found = exporter.page(), []
    for name in ("health_check_last_duration_seconds", "health_exporter_stall_seconds"):
        for labels, value in page.families.get(name, []):
            if not 0 <= value < 60:
                found.append(f"{name} is {value} ({labels})")
    return found


def time_namespace(options: argparse.Namespace, folder: Path) -> list[str]:
    """Monotonic clocks that begin elsewhere: as after years of uptime, and as soon after the machine's start."""
    found: list[str] = []
    up = int(float(Path("/proc/uptime").read_text().split()[0]))
    for shift in (3600, 400 * 86_400, -(up - 30)):
        board, own = Switchboard(10, options.seed), folder / str(shift)
        own.mkdir()
        prefix = ("unshare", "--time", "--monotonic", str(shift), "--boottime", str(shift), "--fork", "--kill-child")
        exporter = Exporter(options.exporter, configuration(board), own, prefix=prefix)
        try:
            exporter.wait_started()
            exporter.follow_child()
            time.sleep(SLACK)
            first, events = board.count(), len(exporter.events())
            flip_for(board, 4)
            found += [f"{shift:+} s: {text}" for text in works(exporter, board)]
            found += [f"{shift:+} s: {text}" for text in board.compare_in_order(exporter.events()[events:], first)]
            if (code := exporter.stop()) != 0:
                found.append(f"{shift:+} s: it ended with {code}")
        finally:
            exporter.kill()
    return found
