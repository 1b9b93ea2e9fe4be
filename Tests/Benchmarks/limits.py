#!/usr/bin/env python3
"""What many components, silent targets and many readers do to the schedule; prints lines that one can compare.

    limits.py BINARY    needs what benchmarks.py needs
"""

import contextlib
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import LARGE, MAIN, PROBE, TARGET, Bench, cpu_seconds, get, quantile, resident_megabytes, sample_sum, wrk

SILENT = TARGET + 1


def growth(bench: Bench) -> None:
    """CPU, memory and the time of a page, by the number of components: each as linear as the one before?"""
    with bench.nginx():
        for count in (100, 1000, 10_000):
            with bench.exporter(bench.configuration(LARGE * (count // 5), "10s")) as pid:
                time.sleep(12)
                before, cpu = sample_sum(bench.page(), "health_check_runs_total"), cpu_seconds(pid)
                time.sleep(20)
                used = cpu_seconds(pid) - cpu
                runs = sample_sum(bench.page(), "health_check_runs_total") - before
                begun = time.perf_counter()
                page = bench.page()
                took = time.perf_counter() - begun
                print(
                    f"{count} components: {used / runs * 1e6:.0f} us a run, {resident_megabytes(pid):.0f} MB, "
                    f"page {took * 1e3:.0f} ms, {len(page) / 1e6:.1f} MB"
                )


@contextlib.contextmanager
def silent_target() -> Iterator[None]:
    """A port whose queue of connections is full: more of them get no answer."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", SILENT))
        listener.listen(0)
        fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", SILENT))
            fillers.append(filler)
        yield
        for filler in fillers:
            filler.close()


def silence(bench: Bench) -> None:
    """How late runs begin at 10,000 checks, all of whose targets answer, and half of whose targets are silent."""
    for silent in (False, True):
        with bench.nginx(), silent_target():
            path = Path(bench.configuration(LARGE * 2000, "10s"))
            if silent:
                lines = path.read_text().splitlines()
                lines = [
                    line.replace(f":{TARGET}", f":{SILENT}") if line.startswith("  c") and number % 2 else line
                    for number, line in enumerate(lines)
                ]
                path.write_text("\n".join(lines) + "\n")
            with bench.exporter(str(path)):
                time.sleep(35)
                page = bench.page()
                late = quantile(page, "health_exporter_schedule_delay_seconds", 0.99)
                print(
                    f"{'half silent' if silent else 'all answer'}: delay p99 <= {late * 1e3:g} ms, "
                    f"{sample_sum(page, 'health_check_skips_total'):.0f} slots missed, "
                    f"{sample_sum(page, 'health_check_runs_total', 'timeout'):.0f} timeouts"
                )


def readers(bench: Bench) -> None:
    """2,000 checks a second apart, with 16 scrapers in a loop, 200 readers that do not read, and wrk on the probes."""
    with bench.nginx(), bench.exporter(bench.configuration(["tcp"] * 2000, "2s")) as pid:
        time.sleep(3)
        alone, size = wrk(f"http://127.0.0.1:{PROBE}/readyz"), len(bench.page())
        before, memory = sample_sum(bench.page(), "health_check_skips_total"), resident_megabytes(pid)
        stop, pages = threading.Event(), [0]

        def scrape() -> None:
            while not stop.is_set():
                get(MAIN, "/metrics", {"Accept-Encoding": "gzip"})
                pages[0] += 1

        stalled = [socket.create_connection(("127.0.0.1", MAIN)) for _ in range(200)]
        for reader in stalled:
            reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        scrapers = [threading.Thread(target=scrape) for _ in range(16)]
        for scraper in scrapers:
            scraper.start()
        rates, largest = [], 0.0
        for _ in range(3):
            rates.append(wrk(f"http://127.0.0.1:{PROBE}/readyz"))
            largest = max(largest, resident_megabytes(pid))
        stop.set()
        for scraper in scrapers:
            scraper.join()
        missed = sample_sum(bench.page(), "health_check_skips_total") - before
        print(
            f"16 scrapers ({pages[0]} pages) and 200 stalled readers: {missed:.0f} slots missed, /readyz {alone:.0f}/s alone and "
            f"{statistics.median(rates):.0f}/s beside them, {memory:.0f} MB before, {largest:.0f} MB at most, a page has {size / 1e6:.1f} MB"
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="health-limits-") as folder:
        everything = Bench(str(Path(sys.argv[1]).resolve()), Path(folder))
        growth(everything)
        silence(everything)
        readers(everything)
