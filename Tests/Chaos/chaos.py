"""Every kind against every fault, in one exporter: `chaos.py EXPORTER`.

In rounds each cell runs once, some at a time, and what the exporter says of it is compared with what the contract says, its end with its deadline, and its
counters with what the server saw. Then all run at once for a while. Afterwards descriptors, threads, children and memory are
back where they were. Also for a program built with a sanitizer. Prints a table; ends with 1 when a cell is wrong.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import network

network.enter()

import namespaces  # noqa: E402
from chaos_run import ChaosRun  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exporter", help="the program")
    parser.add_argument("--rounds", type=int, default=2, help="how often each cell is played (default 2)")
    parser.add_argument("--load", type=float, default=60, help="seconds of all cells every 10 s (default 60)")
    parser.add_argument("--timeout", type=int, default=2, help="seconds that a run may last (default 2)")
    parser.add_argument("--margin", type=float, default=0.25, help="seconds that an end may come after its deadline")
    parser.add_argument("--memory", type=int, default=16, help="MiB that it may have grown by afterwards (default 16)")
    options = parser.parse_args()
    network.set_up()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    run = ChaosRun(options, folder)
    try:
        run.play()
        run.print_table()
    finally:
        run.end()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(namespaces.FOLDER, ignore_errors=True)
    for problem in run.problems:
        print(problem)
    print(f"{len(run.cells)} cells, {len(run.problems)} problems, {time.monotonic() - began:.0f} s")
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
