"""Loads a configuration of 1,000 checks anew, again and again: `reload_storm.py CONFIG PORT PID TARGET`.

Writes one line of JSON about what it saw. The exporter runs already, with the configuration that `text(0)` gives.
"""

import json
import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request

path, port, pid, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
INTERVAL = 5
# How often; the memory is measured ten times.
RELOADS = int(os.environ.get("RELOADS", "150"))
SIGNALS, MALFORMED = 1000, 40


def text(generation):
    """1,000 checks, of which ten differ in each generation, all among the second half."""
    lines = ["web: {lifecycle: loopback}", "service: {name: s, environment: t, version: '1', instance: i}", f"defaults: {{interval: {INTERVAL}s, timeout: 1s}}"]
    lines.append("components:")
    for component in range(100):
        lines.append(f"  c{component}:\n    checks:")
        for check in range(10):
            number = component * 10 + check
            changes = number >= 500 and number % 50 == generation % 50
            extra = f", degraded_above: {generation % 400 + 500}ms" if changes else ""
            lines.append(f"      k{check}: {{kind: tcp, address: '{target}'{extra}}}")
    return "\n".join(lines) + "\n"


def write(content):
    """At one blow, as a ConfigMap is."""
    with open(path + ".new", "w") as file:
        file.write(content)
    os.replace(path + ".new", path)


def post():
    request = urllib.request.Request(f"http://127.0.0.1:{port}/-/reload", method="POST")
    try:
        return 200, json.load(urllib.request.urlopen(request, timeout=60))
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def page():
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60).read().decode()


def counts():
    """Runs and skipped slots of the checks that never change, and the moment."""
    found = {}
    for line in page().splitlines():
        if line.startswith(("health_check_runs_total{", "health_check_skips_total{")):
            component = int(re.search(r'component="c(\d+)"', line)[1])
            check = re.search(r'check="(k\d)"', line)[1]
            if component < 50:
                key = (component, check)
                found[key] = found.get(key, 0) + float(line.rsplit(" ", 1)[1])
    return found, time.monotonic()


def figures():
    with open(f"/proc/{pid}/status") as file:
        resident = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
    return resident, len(os.listdir(f"/proc/{pid}/fd"))


def sample(name):
    return next(float(line.rsplit(" ", 1)[1]) for line in page().splitlines() if line.startswith(name + "{"))


def deviation(before, after):
    """How far the slots of any check are from one in each interval, at worst."""
    expected = (after[1] - before[1]) / INTERVAL
    return max(abs(after[0][key] - before[0][key] - expected) for key in before[0])


time.sleep(INTERVAL + 2)
seen = {}
before = counts()
memory = []
statuses, changed, unchanged = set(), set(), set()
begun = time.monotonic()
for generation in range(1, RELOADS + 1):
    write(text(generation))
    status, answer = post()
    statuses.add(status)
    if status == 200:
        changed.add(len(answer["changed"]))
        unchanged.add(answer["unchanged"])
    if generation % (RELOADS // 10) == 0:
        memory.append(figures())
seen["seconds"] = time.monotonic() - begun
seen["deviation"] = deviation(before, counts())
seen["statuses"], seen["changed"], seen["unchanged"] = sorted(statuses), sorted(changed), sorted(unchanged)
seen["memory"] = memory

# Signals faster than anything can be loaded: the last file counts.
loads = sample("health_exporter_config_reloads_total")
for number in range(SIGNALS):
    if number % 100 == 0:
        write(text(number) + f"flags: {{f{number}: {{requires: [c0]}}}}\n")
    if number == SIGNALS - 1:
        write(text(0) + "flags: {last: {requires: [c0]}}\n")
    os.kill(pid, signal.SIGHUP)
    time.sleep(0.001)
for _ in range(200):
    time.sleep(0.1)
    flags = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/flags", timeout=60))["flags"]
    if [flag["name"] for flag in flags] == ["last"]:
        break
seen["flags"] = [flag["name"] for flag in flags]
seen["loads_by_signal"] = sample("health_exporter_config_reloads_total") - loads

# What is malformed disturbs nobody.
before = counts()
good = text(0)
refused = 0
for number in range(MALFORMED):
    cut = len(good) * (number + 1) // (MALFORMED + 2)
    broken = [good[:cut] + "\n  : [", good + f"x{number}: 1\n", good[:cut] + "\0" + good[cut:], good.replace("kind: tcp", "kind: tpc", 1)][number % 4]
    write(broken)
    status, answer = post()
    refused += status == 400 and len(answer["errors"]) > 0
seen["refused"] = refused
time.sleep(INTERVAL * 2)
seen["deviation_malformed"] = deviation(before, counts())
seen["last_reload_successful"] = sample("health_exporter_config_last_reload_successful")
write(good)
seen["healed"] = post()[0]
seen["starts"] = text(0)[:40]
print(json.dumps(seen))
