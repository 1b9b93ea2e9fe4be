"""A client with good manners, that measures how long others keep it waiting: `honest.py < ORDER`, until SIGTERM.

Takes one series after the other, each visit over a fresh connection: connect, one request, the whole answer. Beside them it visits a server of
its own, which does nothing: what that one takes is this machine's doing and not the exporter's. Prints a line of JSON.
"""

import json
import multiprocessing
import signal
import socket
import sys
import time

from doors import Door

PAUSE = 0.01
LIMIT = 5.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def serve_nothing(listener: socket.socket) -> None:
    """Answers everybody at once, on a thread that does nothing else."""
    while True:
        client, _ = listener.accept()
        with client:
            client.settimeout(LIMIT)
            try:
                if client.recv(4096):
                    client.sendall(ANSWER)
            except OSError:
                continue  # It has gone.


def visit(door: Door, path: str, source: str) -> tuple[float, int]:
    """How long an answer took, in seconds, and its code; 0 without an answer."""
    began = time.perf_counter()
    try:
        if door.path:
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(LIMIT)
            client.connect(door.path)
        else:
            client = socket.create_connection((door.host, door.port), LIMIT, (source, 0) if source else None)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client:
            context = CONTEXTS.setdefault(door.name, door.context()) if door.tls else None
            stream = context.wrap_socket(client, server_hostname="localhost") if context else client
            stream.sendall(door.request(path, "Connection: close"))
            answer = b""
            while b"\r\n\r\n" not in answer or not is_whole(answer):
                data = stream.recv(65536)
                if not data:
                    return time.perf_counter() - began, 0
                answer += data
            return time.perf_counter() - began, int(answer[9:12])
    except (OSError, ValueError):
        return time.perf_counter() - began, 0


def is_whole(answer: bytes) -> bool:
    """Whether the body is there that the head announces."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return not lengths or len(body) >= int(lengths[0].split(b":")[1])


CONTEXTS: dict[str, object] = {}


def main() -> None:
    order = json.load(sys.stdin)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    multiprocessing.Process(target=serve_nothing, args=(listener,), daemon=True).start()
    series = [("baseline", Door("baseline", *listener.getsockname()), "/", "")]
    for name, door, path, source in order["series"]:
        series.append((name, Door(**{**door, "protocols": tuple(door["protocols"])}), path, source))
    is_over: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: is_over.append(1))
    times: dict[str, list[float]] = {name: [] for name, *_ in series}
    slowest: dict[str, list[tuple[float, float]]] = {name: [] for name, *_ in series}
    failures: dict[str, list[str]] = {name: [] for name, *_ in series}
    began = time.monotonic()
    while not is_over:
        for name, door, path, source in series:
            took, code = visit(door, path, source)
            times[name].append(took)
            slowest[name] = sorted([*slowest[name], (took, time.monotonic() - began)])[-10:]
            if code != 200:
                failures[name].append(f"{code or 'no answer'} after {took:.3f} s, {time.monotonic() - began:.0f} s from the start")
            time.sleep(PAUSE)
    found = {name: summary(sorted(times[name]), failures[name], slowest[name]) for name in times if times[name]}
    print(json.dumps(found), flush=True)


def summary(sorted_times: list[float], failures: list[str], slowest: list[tuple[float, float]]) -> dict[str, object]:
    """Percentiles in milliseconds, failures, and when the slowest visits ended, in seconds from the start."""
    def at(share: float) -> float:
        return round(sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))] * 1000, 2)

    return {
        "visits": len(sorted_times), "p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1),
        "failed": len(failures), "failures": failures[:10],
        "slowest": ", ".join(f"{took * 1000:.0f} ms at {at_end:.0f} s" for took, at_end in reversed(slowest)),
    }  # fmt: skip


if __name__ == "__main__":
    main()
