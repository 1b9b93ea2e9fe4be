"""Scenarios in namespaces of their own: `unshare --net --mount [--pid --fork --mount-proc] namespaces.py SCENARIO EXPORTER`.

There the fault server can be the system's name server, and metadata addresses can be this machine's own. Each scenario prints
what it saw as one line of JSON.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent
FOLDER = pathlib.Path(tempfile.mkdtemp())
METADATA = ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def set_up(resolver="127.0.0.1"):
    """Loopback, and a name server of our own; seen by this namespace only."""
    run("ip", "link", "set", "lo", "up")
    (FOLDER / "resolv.conf").write_text(f"nameserver {resolver}\n")
    run("mount", "--bind", str(FOLDER / "resolv.conf"), "/etc/resolv.conf")


class Faults:
    def __init__(self):
        command = [sys.executable, str(HERE / "fault_server.py"), "--dns-port", "53"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        known = json.loads(self.process.stdout.readline())
        self.ports, self.control = known["ports"], known["control"]

    def log(self):
        return json.load(urllib.request.urlopen(f"http://127.0.0.1:{self.control}/log", timeout=10))


def write(checks, defaults):
    """A configuration with one component of these checks."""
    lines = ["shutdown: {drain: 1s, grace: 5s}", f"defaults: {defaults}", "components:", "  t:", "    checks:"]
    lines += [f"      {name}: {{{keys}}}" for name, keys in checks.items()]
    path = FOLDER / "config.yaml"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


class Exporter:
    def __init__(self, program, checks, defaults, is_first=False):
        self.log = open(FOLDER / "log", "w")
        prefix = ["unshare", "--pid", "--fork", "--mount-proc"] if is_first else []
        listeners = ["--listen", "127.0.0.1:8642", "--probe-listen", "127.0.0.1:8643"]
        self.process = subprocess.Popen(
            prefix + [program, "--config", write(checks, defaults)] + listeners, stdout=self.log
        )
        self.pid = self.process.pid
        for _ in range(400):
            try:
                self.get("/livez")
                if is_first:
                    text = subprocess.run(["pgrep", "-P", str(self.pid)], stdout=subprocess.PIPE, text=True).stdout
                    self.pid = int(text)
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the exporter does not answer")

    def get(self, path):
        return urllib.request.urlopen(f"http://127.0.0.1:8642{path}", timeout=10).read().decode()

    def metric(self, name, **labels):
        """The samples of a family, as (check, value)."""
        found = []
        for line in self.get("/metrics").splitlines():
            if line.startswith(name + "{") and all(f'{k}="{v}"' in line for k, v in labels.items()):
                check = re.search(r'check="([^"]*)"', line)
                found.append((check[1] if check else "", float(line.rsplit(" ", 1)[1])))
        return found

    def stop(self):
        """Its exit code after SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(30)


def runs(program, checks, defaults):
    """What one run of each check saw, as the document has it."""
    command = [program, "once", "--config", write(checks, defaults), "--format", "json"]
    text = subprocess.run(command, stdout=subprocess.PIPE, timeout=120).stdout
    return json.loads(text)["components"][0]["checks"]


def once(program, checks, defaults):
    """The reasons of one run, by check."""
    return {c["name"]: c["last_run"]["reason"] or c["last_run"]["result"] for c in runs(program, checks, defaults)}


def silent_name_server(program):
    """100 checks that need names nobody answers for, and 100 that need none."""
    set_up()
    faults = Faults()
    port = faults.ports["http-ok"]
    checks = {f"name-{n}": f'kind: tcp, address: "n{n}.silent.test:{port}"' for n in range(100)}
    checks |= {f"address-{n}": f'kind: tcp, address: "127.0.0.1:{port}"' for n in range(100)}
    exporter = Exporter(program, checks, "{interval: 1s, timeout: 500ms}")
    time.sleep(3)
    before, start = dict(exporter.metric("health_check_runs_total", result="success")), time.monotonic()
    time.sleep(10)
    after, seconds = dict(exporter.metric("health_check_runs_total", result="success")), time.monotonic() - start
    runs = [after[f"address-{n}"] - before[f"address-{n}"] for n in range(100)]
    reasons = {}
    for line in exporter.get("/metrics").splitlines():
        if line.startswith("health_check_failures_total{") and 'check="name-' in line:
            reason = re.search(r'reason="([^"]*)"', line)[1]
            reasons[reason] = reasons.get(reason, 0) + float(line.rsplit(" ", 1)[1])
    skips = sum(v for c, v in exporter.metric("health_check_skips_total") if c.startswith("address-"))
    livez = exporter.get("/livez")
    exporter.stop()
    return {
        "seconds": seconds, "fewest": min(runs), "most": max(runs), "skips": skips, "reasons": reasons,
        "live": "healthy" in livez, "queries": len([e for e in faults.log() if e["event"] == "query"]),
    }


def add_hole():
    """2001:db8::1 swallows every packet: a neighbour that never answers, but needs no asking for."""
    run("ip", "link", "add", "hole", "type", "veth", "peer", "name", "far")
    run("ip", "link", "set", "hole", "up")
    run("ip", "link", "set", "far", "up")
    run("ip", "-6", "address", "add", "2001:db8::2/64", "dev", "hole", "nodad")
    run("ip", "-6", "neighbour", "add", "2001:db8::1", "lladdr", "02:00:00:00:00:01", "dev", "hole")


def two_families(program):
    """Names with IPv6 addresses where nothing listens, or that swallow every packet, beside IPv4 ones that work."""
    set_up()
    add_hole()
    allow_pings()
    faults = Faults()
    port = faults.ports["http-ok"]
    checks = {
        "ping4": "kind: icmp, address: 127.0.0.1",
        "ping6": "kind: icmp, address: '::1'",
        "ping-name": "kind: icmp, address: f.both.test, ip: v4",
        "ping-lost": "kind: icmp, address: '2001:db8::1'",
        "ping-metadata": "kind: icmp, address: 169.254.169.254",
        "ping-nowhere": "kind: icmp, address: 203.0.113.1",
        "refused": f'kind: tcp, address: "a.both.test:{port}"',
        "swallowed": f'kind: http, url: "http://b.dead.test:{port}/"',
        "only6": f'kind: tcp, ip: v6, address: "c.dead.test:{port}"',
        "only4": f'kind: tcp, ip: v4, address: "d.dead.test:{port}"',
        "none6": f'kind: tcp, ip: v6, address: "e.loopback.test:{port}"',
    }
    return once(program, checks, "{interval: 1m, timeout: 3s}")


def every_kind(host, port):
    """A check of each kind that connects, by kind."""
    return {
        "http": f'kind: http, url: "http://{host}:{port}/"',
        "tcp": f'kind: tcp, address: "{host}:{port}"',
        "tls": f'kind: tls, address: "{host}:{port}"',
        "redis": f'kind: redis, url: "redis://{host}:{port}"',
        "postgres": f'kind: postgres, url: "postgres://u@{host}:{port}/d", password: x',
        "grpc": f'kind: grpc, address: "{host}:{port}"',
        "dns": f'kind: dns, name: www.example.org, server: "{host}:{port}"',
        "icmp": f'kind: icmp, address: "{host.strip("[]")}"',
    }


def allow_pings():
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0")


def lost_names_and_packets(program):
    """Each kind with a name whose server fails, with one whose server is silent, and with a target cut off by the network."""
    set_up()
    add_hole()
    allow_pings()
    faults = Faults()
    checks = {}
    for name, host in ("fails", "a.servfail.test"), ("silent", "b.silent.test"), ("swallowed", "[2001:db8::1]"):
        checks |= {f"{name}-{kind}": keys for kind, keys in every_kind(host, 4242).items()}
    reasons = once(program, checks, "{interval: 1m, timeout: 2s}")
    del faults
    return reasons


def routers(program):
    """Routers that say that they don't hand packets on."""
    set_up()
    router = subprocess.Popen(["unshare", "--net", "sleep", "300"])

    def there(*words):
        run("nsenter", "--target", str(router.pid), "--net", *words)

    try:
        time.sleep(0.5)
        run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
        run("ip", "link", "set", "far", "netns", str(router.pid))
        run("ip", "address", "add", "10.9.0.1/24", "dev", "near")
        run("ip", "link", "set", "near", "up")
        there("ip", "link", "set", "lo", "up")
        there("ip", "address", "add", "10.9.0.2/24", "dev", "far")
        there("ip", "link", "set", "far", "up")
        for setting in ("ip_forward=1", "icmp_ratelimit=0"):
            key, value = setting.split("=")
            there("sh", "-c", f"echo {value} > /proc/sys/net/ipv4/{key}")
        there("ip", "route", "add", "prohibit", "10.8.1.0/24")
        there("ip", "route", "add", "unreachable", "10.8.2.0/24")
        allow_pings()
        checks = {"port-dns": 'kind: dns, name: a.test, server: "10.9.0.2:53"'}
        # Linux limits such answers for each address that gets them (net.ipv4.route.error_burst): each check has one of its own.
        source = 10
        for name, network in ("prohibited", "10.8.1"), ("unreachable", "10.8.2"):
            for kind in every_kind("", 0):
                source += 1
                host = f"{network}.{source}"
                run("ip", "address", "add", f"10.9.0.{source}/24", "dev", "near")
                run("ip", "route", "add", host, "via", "10.9.0.2", "src", f"10.9.0.{source}")
                checks[f"{name}-{kind}"] = every_kind(host, 4242)[kind]
        seen = runs(program, checks, "{interval: 1m, timeout: 30s}")
        return {c["name"]: [c["last_run"]["reason"], c["message"]] for c in seen}
    finally:
        router.kill()


def shortages(program):
    """Too few ports, then too few descriptors: the targets are not to be blamed."""
    set_up()
    faults = Faults()
    port = faults.ports["silence"]
    checks = {f"c{n}": f'kind: tcp, address: "127.0.0.1:{port}", dialogue: [{{expect: x}}]' for n in range(60)}
    checks["exec"] = "kind: exec, command: ['true']"
    path = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
    before = path.read_text()
    path.write_text("40000 40019")
    ports = once(program, checks, "{interval: 1m, timeout: 2s}")
    path.write_text(before)
    # Enough for the program itself and some of the connections.
    limited = FOLDER / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -n 72\nexec {program} "$@"\n')
    limited.chmod(0o755)
    seen = runs(str(limited), checks, "{interval: 1m, timeout: 2s}")
    counted = [int(n) for c in seen for n in re.findall(r"(\d+) of 72 file descriptors", c["message"] or "")]
    return {
        "ports": ports, "descriptors": {c["name"]: c["last_run"]["reason"] or c["last_run"]["result"] for c in seen},
        "most": max(counted, default=0),
    }


def few_ports(program):
    """Many more short connections to one address than there are ports."""
    set_up()
    faults = Faults()
    checks = {f"c{n}": f'kind: tcp, address: "127.0.0.1:{faults.ports["silence"]}"' for n in range(20)}
    pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40199")
    exporter = Exporter(program, checks, "{interval: 200ms, timeout: 150ms}")
    begun, results = time.monotonic(), {}
    while results.get("success", 0) < 600 and time.monotonic() - begun < 60:
        time.sleep(0.5)
        results = {
            result: sum(v for _, v in exporter.metric("health_check_runs_total", result=result))
            for result in ("success", "internal")
        }
    waiting = len([line for line in open("/proc/net/tcp") if line.split()[3] == "06"])
    exporter.stop()
    return results | {"waiting": waiting}


ENCODINGS = """
http://169.254.169.254/ http://169.254.169.254:80/x http://2852039166/ http://0xa9fea9fe/ http://0251.0376.0251.0376/
http://0xa9.0xfe.0xa9.0xfe/ http://169.254.43518/ http://169.16689662/ http://0251.254.0xa9.254/ http://169.254.169.254/%2e%2e/
http://[::ffff:169.254.169.254]/ http://[::ffff:a9fe:a9fe]/ http://[0:0:0:0:0:ffff:a9fe:a9fe]/ http://[::169.254.169.254]/
http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b::169.254.169.254]/ http://[2002:a9fe:a9fe::]/ http://[fd00:ec2::254]/
http://[fd00:0ec2:0:0:0:0:0:0254]/ http://[FD00:EC2::254]/ http://[fe80::a9fe:a9fe]/ http://100.100.100.200/ http://1684301000/
http://0.0.0.0/ http://0/ http://[::]/ http://224.0.0.1/ http://[ff02::1]/ http://255.255.255.255/
http://metadata.metadata.test/ http://169.254.169.254.metadata.test/ http://x.mixed.test/
""".split()


def metadata(program):
    """Every way to write a forbidden address, asked for directly and through a redirect, and a name that changes its mind."""
    set_up()
    for address in METADATA:
        run("ip", "address", "add", f"{address}/{128 if ':' in address else 32}", "dev", "lo")
    touched = []

    def listen(address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind((address, 80))
        listener.listen(64)
        while True:
            client, peer = listener.accept()
            touched.append([address, peer[0]])
            client.close()

    for address in METADATA:
        threading.Thread(target=listen, args=(address,), daemon=True).start()
    time.sleep(0.3)
    faults = Faults()

    def opened():
        lines = [line.split() for line in open("/proc/net/snmp") if line.startswith("Tcp:")]
        return int(dict(zip(*lines))["ActiveOpens"])

    direct = {f"d{n}": f'kind: http, url: "{url}"' for n, url in enumerate(ENCODINGS)}
    before = opened()
    reasons = once(program, direct, "{interval: 1m, timeout: 5s}")
    attempts = opened() - before
    hop = f"http://127.0.0.1:{faults.ports['http-redirect-to']}/?to="
    redirected = {
        f"r{n}": f'kind: http, url: "{hop}{urllib.parse.quote(url, safe="")}", follow_redirects: 2'
        for n, url in enumerate(ENCODINGS)
    }
    reasons |= once(program, redirected, "{interval: 1m, timeout: 5s}")
    port = faults.ports["http-ok"]
    exporter = Exporter(
        program,
        {f"n{n}": f'kind: http, url: "http://n{n}.rebinding.test:{port if n else 80}/"' for n in range(4)},
        "{interval: 200ms, timeout: 150ms}",
    )
    time.sleep(5)
    rebinding = {}
    for line in exporter.get("/metrics").splitlines():
        if line.startswith("health_check_failures_total{"):
            reason = re.search(r'reason="([^"]*)"', line)[1]
            rebinding[reason] = rebinding.get(reason, 0) + float(line.rsplit(" ", 1)[1])
    good = sum(v for _, v in exporter.metric("health_check_runs_total", result="success"))
    exporter.stop()
    return {
        "reasons": reasons, "urls": ENCODINGS, "attempts": attempts, "touched": touched, "rebinding": rebinding, "good": good,
    }


def children_of(process):
    """Its descendants that are not its own threads: (state, seconds, command)."""
    text = subprocess.run(
        ["ps", "-eo", "pid,ppid,stat,etimes,args", "--no-headers"], stdout=subprocess.PIPE, text=True
    ).stdout
    rows = [line.split(None, 4) for line in text.splitlines()]
    known, found = {str(process)}, []
    for _ in range(4):
        for pid, parent, state, seconds, command in rows:
            if parent in known and pid not in known:
                known.add(pid)
                found.append((state, int(seconds), command))
    return found


COMMANDS = (
    "sleep 301",
    "sleep 302 & sleep 303",
    "trap '' TERM; while :; do sleep 0.05; done",
    "(trap '' TERM; exec sleep 304) & exec sleep 305",
    "sleep 306 & echo hi; exit 1",
)


def killed_commands(program, is_first):
    """Commands that are killed at 100 ms, with and without descendants; `is_first` is whether the exporter is process 1."""
    set_up()
    checks = {f"c{n}": f'kind: exec, command: [/bin/sh, -c, "{COMMANDS[n % len(COMMANDS)]}"]' for n in range(25)}
    exporter = Exporter(program, checks, "{interval: 400ms, timeout: 100ms}", is_first)
    pid = exporter.pid
    samples, fds, threads = [], [], []
    count = 0
    begun = time.monotonic()
    while count < 1000 and time.monotonic() - begun < 90:
        time.sleep(1)
        count = sum(v for _, v in exporter.metric("health_check_runs_total"))
        samples.append(children_of(pid))
        fds.append(len(os.listdir(f"/proc/{pid}/fd")))
        threads.append(len(os.listdir(f"/proc/{pid}/task")))
    old = [c for sample in samples for c in sample if 3 <= c[1] < 1_000_000]
    zombies = [len([c for c in sample if c[0].startswith("Z")]) for sample in samples]
    status = exporter.stop()
    time.sleep(0.5)
    left = subprocess.run(["pgrep", "-fc", "sleep 30[1-6]"], stdout=subprocess.PIPE, text=True).stdout.strip()
    return {"runs": count, "old": old, "zombies": zombies, "fds": fds, "threads": threads, "status": status, "left": int(left)}


if __name__ == "__main__":
    scenario, program = sys.argv[1:3]
    scenarios = {
        "silent-name-server": silent_name_server,
        "metadata": metadata,
        "two-families": two_families,
        "lost-names-and-packets": lost_names_and_packets,
        "routers": routers,
        "shortages": shortages,
        "few-ports": few_ports,
        "killed-commands": lambda program: killed_commands(program, False),
        "killed-commands-of-process-1": lambda program: killed_commands(program, True),
    }
    print(json.dumps(scenarios[scenario](program)), flush=True)
