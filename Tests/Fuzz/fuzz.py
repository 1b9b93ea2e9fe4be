#!/usr/bin/env python3
"""Builds the fuzz targets with libFuzzer and the address sanitizer, runs each for some time, and says what came of it.

    fuzz.py                             builds, and runs every target for 60 s, as many at a time as there are cores
    fuzz.py --seconds 300 dns resp      two of them, for longer
    fuzz.py --rounds 1000               again and again, with the totals of all rounds in .build/fuzz/totals.json
    fuzz.py --quick --seconds 10        with a debug build of the own modules, which shares all packages with the tests' build
    fuzz.py --seed 1                    the same choices each time: a new finding comes from a change, not from chance
    fuzz.py --minimise                  keeps the inputs that cover most in Tests/Fuzz/Corpus, and adds new ones

A run begins with the corpus in the tree and with what earlier runs found, which is in .build/fuzz/corpus. Exits with 1 on a finding;
its input is in .build/fuzz/findings, and `FUZZ_TARGET=NAME SWIFT_BACKTRACE=enable=no PROGRAM INPUT` shows it again.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = ROOT / "Tests/Fuzz/Corpus"
WORDS = ROOT / "Tests/Fuzz/Words"
SCRATCH = ROOT / ".build/fuzz"
FINDINGS = SCRATCH / "findings"
TOTALS = SCRATCH / "totals.json"
PROGRAMS = {False: SCRATCH / "release/fuzz", True: SCRATCH / "quick"}

# Of a corpus in the tree.
MAXIMUM_FILES, MAXIMUM_BYTES = 40, 100 * 1024
# Of one input. Those of a configuration are longer, because its keys are.
LONGEST, LONGER = 4096, {"configuration": 8192, "web_configuration": 8192, "chunked": 8192, "certificates": 16384, "time_zone": 8192}
# Seconds for one input, and megabytes for all: what takes more is a finding. A machine may be busy with other things.
PATIENCE, MEMORY = 60, 2048


def environment(target):
    """What the program runs with."""
    return os.environ | {
        "FUZZ_TARGET": target,
        # Under the address sanitizer, Swift's own backtraces report an error of theirs in place of the real one.
        "SWIFT_BACKTRACE": "enable=no",
        "FUZZ_AUTHORITY": str(ROOT / "Tests/Faults/certificates/root.pem"),
        # What Swift keeps in enums, with marks in the spare bits of pointers, looks lost to the search for leaks.
        "ASAN_OPTIONS": "quarantine_size_mb=16:handle_abort=1:detect_leaks=0",
    }


def build(quick):
    """The program with all targets; the slow way, packages are instrumented, too."""
    command = ["swift", "build", "--product", "fuzz"]
    if not quick:
        command += ["-c", "release", "--scratch-path", str(SCRATCH), "--sanitize", "address", "--sanitize", "fuzzer"]
        command += ["-Xswiftc", "-sanitize=address,fuzzer", "-Xswiftc", "-enable-testing"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"FUZZING": "1"}, check=True)
    if quick:
        SCRATCH.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / ".build/debug/fuzz", PROGRAMS[True])


def targets():
    """Their names, as the program declares them."""
    names = re.findall(r'FuzzTarget\(name: "(\w+)"', (ROOT / "Tests/Fuzz/Support/FuzzTarget.swift").read_text())
    missing = [name for name in names if not list((TREE / name).glob("*"))]
    if not names or missing:
        sys.exit(f"no targets, or targets without a corpus in {TREE}: {missing}")
    return names


def command(program, target, *options):
    """The program with the options that every use of it has."""
    longest = LONGER.get(target, LONGEST)
    return [str(program), f"-max_len={longest}", f"-timeout={PATIENCE}", f"-rss_limit_mb={MEMORY}", *options]


def run(program, target, seconds, seed):
    """Runs a target, and returns what libFuzzer says of it; a seed of 0 is a new one each time."""
    work = SCRATCH / "corpus" / target
    work.mkdir(parents=True, exist_ok=True)
    FINDINGS.mkdir(parents=True, exist_ok=True)
    words = WORDS / target
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-detect_leaks=0",
        "-print_final_stats=1",
        "-use_value_profile=1" if target in ("resp", "dns", "icmp") else "-use_value_profile=0",
        f"-artifact_prefix={FINDINGS}/{target}-",
        *([f"-dict={words}"] if words.exists() else []),
    ]
    began = time.monotonic()
    done = subprocess.run(
        command(program, target, *options, str(work), str(TREE / target)),
        env=environment(target),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = done.stderr.decode(errors="replace")
    states = re.findall(r"^#\d+\t.*?cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", said, re.M) or [("0", "0", "0", "0b")]
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    last = re.findall(r"^#(\d+)\t", said, re.M) or ["0"]
    return {
        "target": target,
        "seconds": round(time.monotonic() - began, 1),
        "executions": int(executed[1]) if executed else int(last[-1]),
        "cov": int(states[-1][0]),
        "ft": int(states[-1][1]),
        "corpus": int(states[-1][2]),
        "bytes": states[-1][3],
        "status": done.returncode,
        "artifact": (re.findall(r"Test unit written to (\S+)", said) or [None])[-1],
        "said": said if done.returncode else "",
    }


def line(row):
    """A row of the table."""
    rate = row["executions"] / max(row["seconds"], 1)
    return (
        f"{row['target']:<16} {row['seconds']:>9.0f} s {row['executions']:>12} runs {rate:>8.0f}/s "
        f"cov {row['cov']:>6} ft {row['ft']:>7} corpus {row['corpus']:>5} {row['bytes']:>8} findings {row['findings']}"
    )


def add(totals, row):
    """Adds a run to the totals of its target."""
    total = totals.setdefault(row["target"], {"target": row["target"], "seconds": 0, "executions": 0, "findings": 0})
    total["seconds"] += row["seconds"]
    total["executions"] += row["executions"]
    total["findings"] += 1 if row["status"] else 0
    # A round begins with what those before it found: the last one covers all.
    total |= {key: row[key] for key in ("cov", "ft", "corpus", "bytes")}
    return total


def rounds(program, names, seconds, jobs, count, seed):
    """Runs all targets, round after round; returns how many findings there were."""
    totals = json.loads(TOTALS.read_text()) if count > 1 and TOTALS.exists() else {}
    found = 0
    for number in range(count):
        with ThreadPoolExecutor(jobs) as pool:
            for row in pool.map(lambda name: run(program, name, seconds, seed), names):
                print(line(add(totals, row)), flush=True)
                if row["status"]:
                    found += 1
                    print(f"{row['target']} failed with {row['status']}; the input is {row['artifact']}")
                    print("\n".join(row["said"].splitlines()[-60:]), flush=True)
                if count > 1:
                    TOTALS.write_text(json.dumps(totals, indent=1))
        if count > 1:
            print(f"round {number + 1} of {count} at {time.strftime('%Y-%m-%d %H:%M:%S')}: {found} findings", flush=True)
    return found


def features(program, target, folders):
    """The features of every input in some folders, as libFuzzer's merge writes them down."""
    with tempfile.TemporaryDirectory() as scratch:
        notes, merged = pathlib.Path(scratch, "notes"), pathlib.Path(scratch, "merged")
        merged.mkdir()
        subprocess.run(
            command(program, target, "-merge=1", f"-merge_control_file={notes}", str(merged), *map(str, folders)),
            env=environment(target),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        lines = notes.read_text().splitlines()
    count = int(lines[0])
    paths = lines[2 : 2 + count]
    found = {path: set() for path in paths}
    for text in lines[2 + count :]:
        words = text.split()
        if words and words[0] in ("FT", "COV"):
            found[paths[int(words[1])]] |= {(words[0], word) for word in words[2:]}
    return found


def minimise(program, target):
    """Keeps the inputs in the tree that cover most; those of regressions, whose names say so, stay."""
    folder = TREE / target
    folders = [folder] + [path for path in [SCRATCH / "corpus" / target] if path.exists()]
    found = {pathlib.Path(path): what for path, what in features(program, target, folders).items()}
    before = len(list(folder.glob("*")))
    kept = set(folder.glob("regression*"))
    covered = set().union(*(found.get(path, set()) for path in kept))
    size = sum(path.stat().st_size for path in kept)
    while len(kept) < MAXIMUM_FILES:
        room = [path for path in found if path not in kept and size + path.stat().st_size <= MAXIMUM_BYTES]
        best = max(room, key=lambda path: (len(found[path] - covered), -path.stat().st_size), default=None)
        if best is None or not found[best] - covered:
            break
        kept.add(best)
        covered |= found[best]
        size += best.stat().st_size
    contents = {(path.name if path.name.startswith("regression") else None, path.read_bytes()) for path in kept}
    shutil.rmtree(folder)
    folder.mkdir()
    for name, content in contents:
        (folder / (name or hashlib.sha1(content).hexdigest()[:12])).write_bytes(content)
    everything = set().union(*found.values())
    print(f"{target:<16} {len(found)} inputs, {before} in the tree; now {len(kept)} of {size} bytes "
          f"with {len(covered)} of {len(everything)} features", flush=True)


def read_pages(program):
    """Prometheus' own parser reads the pages that the corpus of `exposition` makes; returns how many it refuses."""
    promtool = shutil.which("promtool")
    if not promtool:
        print("promtool is not installed: no page is read by it")
        return 0
    with tempfile.TemporaryDirectory() as pages:
        inputs = [path for path in (TREE / "exposition").glob("*")]
        subprocess.run(
            command(program, "exposition", *map(str, inputs)),
            env=environment("exposition") | {"FUZZ_PAGES": pages},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        refused, files = 0, sorted(pathlib.Path(pages).glob("*.prom"))
        for page in files:
            # 1 is a page that can't be read; 3 is advice about names.
            done = subprocess.run([promtool, "check", "metrics"], stdin=page.open("rb"), capture_output=True, text=True)
            if done.returncode not in (0, 3):
                refused += 1
                print(f"promtool refuses a page: {done.stderr.strip()[:500]}")
        print(f"promtool read {len(files)} pages and refused {refused}")
        return refused if files else 1


def main():
    """What the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="names; all of them when there is none")
    parser.add_argument("--seconds", type=int, default=60, help="for each target in a round; 60 unless given")
    parser.add_argument("--rounds", type=int, default=1, help="how often each target has its turn")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many run at a time")
    parser.add_argument("--seed", type=int, default=0, help="of the choices; a new one each time unless given")
    parser.add_argument("--quick", action="store_true", help="a debug build, which runs slower")
    parser.add_argument("--no-build", action="store_true", help="the program is there")
    parser.add_argument("--no-run", action="store_true", help="only build it")
    parser.add_argument("--minimise", action="store_true", help="choose the corpora anew, in place of a run")
    arguments = parser.parse_args()
    program = PROGRAMS[arguments.quick]
    if not arguments.no_build:
        build(arguments.quick)
    if arguments.no_run:
        return 0
    known = targets()
    unknown = set(arguments.targets) - set(known)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    names = arguments.targets or known
    if arguments.minimise:
        for name in names:
            minimise(program, name)
        return 0
    found = rounds(program, names, arguments.seconds, arguments.jobs, arguments.rounds, arguments.seed)
    if "exposition" in names:
        found += read_pages(program)
    print(f"{found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
