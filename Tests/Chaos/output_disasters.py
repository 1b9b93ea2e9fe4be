"""A standard output that is full, closed, or read by nobody."""

import argparse
import fcntl
import json
import os
import subprocess
import time
from pathlib import Path

import network
from exporter import Exporter
from signal_disasters import configuration, wrong_verdicts
from switchboard import SLACK, Switchboard

#: How many lines of a log may be cut: the one that filled the last page of the file system, and one more when it grew by one.
CUT = 2


def flip_for(board: Switchboard, seconds: float) -> None:
    """Lets targets go up and down for some time, and leaves them alone until the exporter must have told of the last."""
    board.is_flipping.set()
    time.sleep(seconds)
    board.is_flipping.clear()
    time.sleep(SLACK)


def works(exporter: Exporter, board: Switchboard) -> list[str]:
    """What is wrong with an exporter that has no output: it runs its checks, answers probes, and says what is true."""
    if not exporter.is_running:
        return [f"it ended with {exporter.process.returncode}: {exporter.errors()[:1000]}"]
    found = wrong_verdicts(exporter, board)
    if (status := exporter.request("GET", "/livez", probe=True)[0]) != 200:
        found.append(f"/livez is {status}")
    before = exporter.page()
    time.sleep(1)
    after = exporter.page()
    runs = after.sum("health_check_runs_total") - before.sum("health_check_runs_total")
    if runs < len(board.states) * 2:
        found.append(f"{runs:.0f} runs in a second")
    # A busy machine may cost a few.
    skips, all = after.sum("health_check_skips_total"), after.sum("health_check_runs_total")
    if skips > max(2, all / 100):
        found.append(f"{skips:.0f} slots were left out, beside {all:.0f} runs")
    return found


def dropped(exporter: Exporter) -> float:
    """How many lines of the log were dropped."""
    return exporter.page().sum("health_exporter_log_events_dropped_total")


def whole_lines(text: str, cut: int = 0) -> list[dict[str, object]]:
    """The lines of a log; one that is no JSON fails, but for so many that there was only room for the beginning of."""
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            cut -= 1
            if cut < 0 or not line.startswith('{"timestamp":'):
                raise
    return found


def full_disk(options: argparse.Namespace, folder: Path) -> list[str]:
    """Configuration and log on a file system of 64 kB that is full; then there is room again."""
    board, found = Switchboard(10, options.seed), []
    disk = network.full_disk(folder / "disk")
    os.truncate(disk / "filler", 24 * 1024)
    text = configuration(board)
    with open(disk / "log", "ab") as log:
        exporter = Exporter(options.exporter, text, disk, output=log)
    try:
        exporter.wait_started()
        network.fill(disk)
        flip_for(board, 10)
        for _ in range(40):
            # Lines enough for what was left of the file system.
            exporter.request("POST", "/-/reload")
        found += works(exporter, board)
        if not dropped(exporter):
            found.append("no line was dropped although the file system is full")
        # Who edits a file there leaves an empty one.
        exporter.config.write_text("")
        status, answer = exporter.request("POST", "/-/reload")
        print(f"  {dropped(exporter):.0f} lines dropped; the empty file is answered {status}: {answer[:120]}")
        if status != 400:
            found.append(f"an empty file is answered {status}: {answer[:300]}")
        found += wrong_verdicts(exporter, board)
        network.make_room(disk)
        exporter.config.write_text(text)
        if (status := exporter.request("POST", "/-/reload")[0]) != 200:
            found.append(f"the whole file is answered {status}")
        first, events = board.count(), len(whole_lines(exporter.log_path.read_text(), CUT))
        flip_for(board, 6)
        logged = whole_lines(exporter.log_path.read_text(), CUT)
        found += board.compare_in_order(logged[events:], first)
        if not any(event["event"] == "log.dropped" for event in logged):
            found.append("the log does not say that lines were dropped")
        if (code := exporter.stop()) != 0:
            found.append(f"it ended with {code}")
        if whole_lines(exporter.log_path.read_text(), CUT)[-1]["event"] != "exporter.stopped":
            found.append("the last line is not exporter.stopped")
    finally:
        exporter.kill()
        network.release(disk)
    return found


def closed_output(options: argparse.Namespace, folder: Path) -> list[str]:
    """A reader of the output that goes away."""
    board, found = Switchboard(10, options.seed), []
    reader, writer = os.pipe()
    exporter = Exporter(options.exporter, configuration(board), folder, output=writer)
    os.close(writer)
    try:
        (folder / "log").write_bytes(read_until(reader, b'"exporter.started"'))
        exporter.wait_started()
        os.close(reader)
        flip_for(board, 6)
        found += works(exporter, board)
        if not dropped(exporter):
            found.append("no line was dropped although nobody can read one")
        if (code := exporter.stop()) != 0:
            found.append(f"it ended with {code}")
    finally:
        exporter.kill()
    return found


def read_until(reader: int, mark: bytes) -> bytes:
    """What comes through a pipe, up to the line with a mark."""
    found = b""
    while mark not in found or not found.endswith(b"\n"):
        data = os.read(reader, 65536)
        if not data:
            break
        found += data
    return found


def no_descriptors(options: argparse.Namespace, folder: Path) -> list[str]:
    """Started with standard input, output and error closed: what is opened next must not be taken for them."""
    board, found = Switchboard(10, options.seed), []
    (folder / "health.yaml").write_text(configuration(board))
    listen, probe = "127.0.0.1:18644", "127.0.0.1:18645"
    script = f'exec 0<&- 1>&- 2>&-; exec "$0" run --config {folder}/health.yaml --listen {listen} --probe-listen {probe}'
    shell = subprocess.Popen(["/bin/sh", "-c", script, options.exporter], env={**os.environ, "RUNTIME_DIRECTORY": str(folder)})
    exporter = Exporter.adopt(shell, folder, listen, probe)
    try:
        exporter.wait_answering()
        flip_for(board, 6)
        found += works(exporter, board)
        for number in range(3):
            there = os.readlink(f"/proc/{exporter.pid}/fd/{number}") if os.path.lexists(f"/proc/{exporter.pid}/fd/{number}") else ""
            if there and not there.startswith("/dev/null"):
                found.append(f"descriptor {number} is {there}: what is printed goes there")
        if (code := exporter.stop()) != 0:
            found.append(f"it ended with {code}")
    finally:
        exporter.kill()
    return found


def stalled_output(options: argparse.Namespace, folder: Path) -> list[str]:
    """A reader that stops reading, and goes on later: nothing is lost that had room."""
    board, found = Switchboard(10, options.seed), []
    reader, writer = os.pipe()
    # The smallest that the kernel gives: one page.
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    exporter = Exporter(options.exporter, configuration(board), folder, output=writer)
    os.close(writer)
    try:
        (folder / "log").write_bytes(read_until(reader, b'"exporter.started"'))
        exporter.wait_started()
        time.sleep(SLACK)
        first = board.count()
        flip_for(board, 15)
        found += works(exporter, board)
        before = time.monotonic()
        exporter.signal(15)
        # The reader comes back while it stops.
        time.sleep(0.1)
        text = b""
        while data := os.read(reader, 65536):
            text += data
        code = exporter.process.wait(10)
        print(f"  ended after {time.monotonic() - before:.1f} s, {len(text)} bytes had waited, {board.count() - first} switches, {board.spoilt} answers late")
        if code != 0:
            found.append(f"it ended with {code}")
        events = whole_lines(text.decode())
        found += board.compare_in_order(events, first)
        if events[-1]["event"] != "exporter.stopped":
            found.append(f"the last line is {events[-1]['event']}")
    finally:
        exporter.kill()
        os.close(reader)
    return found
