"""Pages and state of 1,000 components with 90 days of history, at 1,000 runs a second.

    python3 Tests/State/measure.py EXPORTER [--kills 100] [--pages 200] [--seconds 60]

Prints how long pages take, what open pages do to schedule and probes, and what is lost by kill -9. Exit code 1 when an incident that
was 1.3 s old is lost, or the file can't be used. Use a release build and a quiet machine.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import months

MAIN, PROBE, COUNT = 19642, 19643, 1000


def configuration(folder):
    head = f"""web: {{listen: "127.0.0.1:{MAIN}", probe_listen: "127.0.0.1:{PROBE}", lifecycle: loopback, admin_socket: off}}
state: {{path: {folder}/state.db}}
defaults: {{interval: 1s, timeout: 500ms, confirm_interval: 500ms}}
components:
"""
    row = "  component-{0:04}: {{owner: team-{1}, impact: optional, checks: {{tcp: {{kind: tcp, address: '127.0.0.1:%d'}}}}}}\n" % PROBE
    return head + "".join(row.format(i, i % 9) for i in range(COUNT))


class Exporter:
    running = None

    def __init__(self, program, folder):
        self.log = open(f"{folder}/log", "w")
        self.process = subprocess.Popen([program, "--config", f"{folder}/config.yaml"], stdout=self.log)
        Exporter.running = self.process
        self.wait(lambda: self.get("/livez"))
        # One that can't listen says so and ends.
        time.sleep(0.5)
        if self.process.poll() is not None:
            sys.exit(f"another program listens on {MAIN} or {PROBE}")

    def wait(self, condition):
        deadline = time.time() + 60
        while True:
            try:
                return condition()
            except OSError:
                if time.time() > deadline:
                    raise
                time.sleep(0.03)

    def get(self, path, port=MAIN, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body, method="POST" if body else "GET")
        return urllib.request.urlopen(request, timeout=30).read().decode()

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait()

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def delays(self):
        found = re.findall(r'schedule_delay_seconds_bucket\{.*le="([^"]+)"\} (\d+)', self.get("/metrics"))
        return {bound: int(count) for bound, count in found}


def pages(exporter):
    for path in ("/", "/incidents", "/components/component-0001"):
        times = []
        for _ in range(20):
            start = time.time()
            body = exporter.get(path)
            times.append(time.time() - start)
        print(f"{path}: {len(body) / 1000:.0f} kB, median {sorted(times)[10] * 1000:.0f} ms, max {max(times) * 1000:.0f} ms")


async def open_page(sequence, seconds, sums):
    """Reads events, and asks again when the stream has ended, as a browser does."""
    end = time.time() + seconds
    while time.time() < end:
        reader, writer = await asyncio.open_connection("127.0.0.1", MAIN, limit=2**24)
        writer.write(f"GET /events?since={sequence} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"/events answers {status!r}")
        sums["streams"] += 1
        try:
            while line := await asyncio.wait_for(reader.readline(), max(0.1, end - time.time())):
                sums["bytes"] += len(line)
                if line == b"0\r\n":  # the last chunk: the connection may stay open
                    break
                if line.startswith(b"id: "):
                    sequence = line[4:].strip().decode()
        except asyncio.TimeoutError:
            pass
        writer.close()


async def probe(seconds, latencies):
    end = time.time() + seconds
    while time.time() < end:
        start = time.time()
        reader, writer = await asyncio.open_connection("127.0.0.1", PROBE)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        latencies.append(time.time() - start)
        await asyncio.sleep(0.02)


async def open_pages(exporter, count, seconds):
    sequence = re.search(r'data-sequence="([^"]+)"', exporter.get("/"))[1]
    sums, latencies, before, cpu = {"bytes": 0, "streams": 0}, [], exporter.delays(), exporter.cpu()
    readers = [open_page(sequence, seconds, sums) for _ in range(count)]
    await asyncio.gather(probe(seconds, latencies), *readers)
    after, latencies = exporter.delays(), sorted(latencies)
    share = lambda bound: 100 * (after[bound] - before[bound]) / (after["+Inf"] - before["+Inf"])
    print(
        f"{count} open pages: {sums['streams']} streams, {sums['bytes'] / 1e6:.1f} MB sent in {seconds} s, {share('0.01'):.2f} % of runs within 10 ms, "
        f"{share('0.1'):.3f} % within 100 ms, /livez p50 {latencies[len(latencies) // 2] * 1000:.1f} p99 "
        f"{latencies[int(len(latencies) * 0.99)] * 1000:.1f} ms, {100 * (exporter.cpu() - cpu) / seconds:.0f} % of a core"
    )


def kills(program, folder, count):
    problems, held = 0, set()
    for _ in range(count):
        exporter = Exporter(program, folder)
        ids = lambda: {(i["component"], i["start"]) for i in json.loads(exporter.get("/api/v1/incidents?limit=1000"))}
        problems += len(held - ids())
        problems += not re.search(r"^health_exporter_state_writable\{.*\} 1$", exporter.get("/metrics"), re.M)
        for number in random.sample(range(COUNT), 5):
            exporter.get(f"/api/v1/components/component-{number:04}/drill", body=b'{"for": "1m"}')
        time.sleep(random.random() * 1.5)
        held = set(sorted(ids(), key=lambda incident: incident[1])[-300:])
        time.sleep(1.3)
        exporter.end(signal.SIGKILL)
    print(f"{count} kills: {problems} problems")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exporter")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/config.yaml", "w") as file:
            file.write(configuration(folder))
        exporter = Exporter(arguments.exporter, folder)
        time.sleep(5)
        exporter.end(signal.SIGTERM)
        months.fill(f"{folder}/state.db")
        print(f"the file: {os.path.getsize(f'{folder}/state.db') / 1e6:.1f} MB")
        exporter = Exporter(arguments.exporter, folder)
        time.sleep(10)
        pages(exporter)
        for count in (0, arguments.pages):
            asyncio.run(open_pages(exporter, count, arguments.seconds))
        exporter.end(signal.SIGTERM)
        problems = kills(arguments.exporter, folder, arguments.kills)
        check = subprocess.run([arguments.exporter, "state", "check", f"{folder}/state.db"], capture_output=True, text=True)
        print(check.stdout + check.stderr)
        sys.exit(1 if problems or check.returncode else 0)


if __name__ == "__main__":
    try:
        main()
    finally:
        if Exporter.running:
            Exporter.running.kill()
