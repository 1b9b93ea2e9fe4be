"""Faults of the kinds that need no server: commands, files, file systems, memory, variables, workers, and the exporter itself."""

import os
from pathlib import Path

from cells import Cell


def _shell(script: str) -> str:
    return f"kind: exec, command: [/bin/sh, -c, {script!r}]"


def exec_cells(folder: Path) -> list[Cell]:
    """Commands that can't be started, fail, hang, flood, or leave others behind."""
    scripts = {"no-interpreter": "#!/no/such/shell\n", "empty": "", "not-executable": "#!/bin/sh\n"}
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644 if name == "not-executable" else 0o755)
    rows = [
        ("no such command", "kind: exec, command: [/no/such/command]", "exec_start"),
        ("no such command in PATH", "kind: exec, command: [no-such-command]", "exec_start"),
        ("no such interpreter", f"kind: exec, command: [{folder}/no-interpreter]", "exec_start"),
        ("empty executable", f"kind: exec, command: [{folder}/empty]", "exec_start"),
        ("not executable", f"kind: exec, command: [{folder}/not-executable]", "exec_start"),
        ("a folder", f"kind: exec, command: [{folder}]", "exec_start"),
        ("exit 0", _shell("exit 0"), "success"),
        ("exit 1 of a plugin", _shell("exit 1"), "exec_exit"),
        ("exit 2 of a plugin", _shell("exit 2"), "exec_exit"),
        ("exit 3 of a plugin", _shell("exit 3"), "internal"),
        ("exit 4 of a plugin", _shell("exit 4"), "exec_exit"),
        ("exit 255 of a plugin", _shell("exit 255"), "exec_exit"),
        ("exit 1, simple", _shell("exit 1") + ", exit_codes: simple", "exec_exit"),
        ("exit 3, simple", _shell("exit 3") + ", exit_codes: simple", "exec_exit"),
        ("killed by itself", _shell("kill -KILL $$"), "exec_signal"),
        ("segmentation fault", _shell("kill -SEGV $$"), "exec_signal"),
        ("terminated", _shell("kill -TERM $$"), "exec_signal"),
        ("output without end", "kind: exec, command: ['yes']", "exec_output_limit"),
        ("zeroes without end", "kind: exec, command: [cat, /dev/zero]", "exec_output_limit"),
        ("errors without end, which nobody reads", _shell("yes >&2"), "timeout"),
        ("hangs", "kind: exec, command: [sleep, '600']", "timeout"),
        ("hangs and ignores TERM", _shell("trap '' TERM; while :; do sleep 0.05; done"), "timeout"),
        ("stops itself", _shell("kill -STOP $$; sleep 600"), "timeout"),
        ("hangs with its output closed", _shell("exec >&- 2>&-; sleep 600"), "timeout"),
        ("leaves a child behind", _shell("sleep 600 & echo done"), "success"),
        ("reads its input", "kind: exec, command: [cat]", "success"),
        ("output that is no text", _shell("printf '\\377\\376\\033[31m\\001'"), "success"),
    ]
    return [Cell("exec", fault, keys, frozenset(expected.split())) for fault, keys, expected in rows]


def file_cells(folder: Path, hung: Path | None) -> list[Cell]:
    """Files that are not there, not files, too old, too small, too large, or never answer."""
    (folder / "small").write_text("all is well\n")
    (folder / "old").write_text("old\n")
    os.utime(folder / "old", (1_000_000_000, 1_000_000_000))
    (folder / "void").touch()
    with open(folder / "sparse", "wb") as file:
        file.truncate(1 << 40)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "dangling").symlink_to(folder / "nothing")
    rows = [
        ("there", "small, contains: well, min_bytes: 3, modified_within: 1d", "success"),
        ("not there", "nothing", "missing"),
        ("below a file", "small/nothing", "missing"),
        ("dangling link", "dangling", "missing"),
        ("link to itself", "loop", "error"),
        ("too small", "small, min_bytes: 1MiB", "threshold"),
        ("empty", "void, min_bytes: 1", "threshold"),
        ("too old", "old, modified_within: 1d", "threshold"),
        ("older than degraded", "old, modified_within: {degraded: 1d}", "threshold"),
        ("without the text", "small, contains: broken", "assertion"),
        ("a terabyte of nothing", "sparse, contains: x", "assertion"),
        ("a pipe to be searched", "pipe, contains: x", "error"),
        ("a folder to be searched", ", contains: x", "error"),
    ]
    found = [Cell("file", fault, f"kind: file, path: {folder}/{keys}", frozenset([reason])) for fault, keys, reason in rows]
    found.append(Cell("file", "a device", "kind: file, path: /dev/zero, contains: x", frozenset(["error"])))
    if hung:
        found.append(Cell("file", "hung mount", f"kind: file, path: {hung}/there", frozenset(["timeout"])))
    return found


def system_cells(folder: Path, full: Path, hung: Path | None) -> list[Cell]:
    """File systems, memory, variables, and the exporter's own run time."""
    rows = [
        ("disk", "not full", f"path: {folder}, used: {{unhealthy: 100%}}", "success"),
        ("disk", "full", f"path: {full}", "threshold"),
        ("disk", "too little free", f"path: {folder}, used: {{unhealthy: 100%}}, free_bytes: {{unhealthy: 1000TB}}", "threshold"),
        ("disk", "without inodes and blocks", "path: /proc, inodes_used: {unhealthy: 1%}", "success"),
        ("disk", "not there", f"path: {folder}/nothing", "missing"),
        ("disk", "below a file", f"path: {folder}/small/nothing", "missing"),
        ("disk", "link to itself", f"path: {folder}/loop", "error"),
        ("memory", "enough", "used: {unhealthy: 100%}", "success"),
        ("memory", "too much used", "used: {unhealthy: 0.01%}", "threshold"),
        ("memory", "more than degraded", "used: {degraded: 0.01%, unhealthy: 100%}", "threshold"),
        ("environment", "all there", f"required: [PATH], files: [{folder}/small]", "success"),
        ("environment", "no such variable", "required: [NO_SUCH_VARIABLE]", "missing"),
        ("environment", "empty variable", "required: [EMPTY_VARIABLE]", "missing"),
        ("environment", "no such file", f"files: [{folder}/nothing]", "missing"),
        ("environment", "empty file", f"files: [{folder}/void]", "missing"),
        ("environment", "a folder", f"files: [{folder}]", "missing"),
        ("environment", "a pipe", f"files: [{folder}/pipe]", "missing"),
        ("environment", "link to itself", f"files: [{folder}/loop]", "missing"),
        ("runtime", "well", "open_files: {unhealthy: 100%}, event_loop_lag: {unhealthy: 1m}", "success"),
        ("runtime", "too many files", "open_files: {unhealthy: 0.0001%}", "threshold"),
        ("runtime", "more files than degraded", "open_files: {degraded: 0.0001%, unhealthy: 100%}", "threshold"),
    ]
    if hung:
        rows.append(("disk", "hung mount", f"path: {hung}/there", "timeout"))
        rows.append(("environment", "hung mount", f"files: [{hung}/there]", "timeout"))
    return [Cell(kind, fault, f"kind: {kind}, {keys}", frozenset([expected])) for kind, fault, keys, expected in rows]


#: The token of all heartbeats.
TOKEN = "chaos-token"
#: What workers say, by their fault; nothing where they are silent.
BEATS = {
    "beats": b"{}", "says that it is degraded": b'{"status":"degraded","message":"half"}',
    "says that it is unhealthy": b'{"status":"unhealthy","message":"none"}',
}  # fmt: skip


def worker_cells() -> list[Cell]:
    """Workers that speak, that never did, and those that fell silent or were never let in."""
    rows = [
        ("beats", "1h", "success"),
        ("says that it is degraded", "1h", "not_serving"),
        ("says that it is unhealthy", "1h", "not_serving"),
        ("never beaten, not yet missed", "1h", "pending"),
        ("never beaten", "1ms", "heartbeat_missed"),
        ("beats with a wrong token", "{degraded: 1ms, unhealthy: 1h}", "heartbeat_missed"),
    ]
    return [
        Cell("heartbeat", fault, f"kind: heartbeat, within: {within}, token: {TOKEN}", frozenset([expected]))
        for fault, within, expected in rows
    ]


def ping_cells() -> list[Cell]:
    """Hosts that answer pings."""
    rows = [("answers", "127.0.0.1", "success"), ("answers over IPv6", "'::1'", "success")]
    return [Cell("icmp", fault, f"kind: icmp, address: {host}", frozenset([expected])) for fault, host, expected in rows]
