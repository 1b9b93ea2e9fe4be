"""Signals and disasters: `disasters.py EXPORTER [NAME ...]`.

SIGTERM again and again, kill -9, a storm of SIGHUP, a full disk, an output that is closed or that nobody reads, a clock that jumps. While targets
go up and down: no transition is lost, no verdict is wrong, exit codes are right, nothing is left behind. Ends with 1 when anything was wrong.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import network

network.enter()

import clock_disasters  # noqa: E402
import namespaces  # noqa: E402
import output_disasters  # noqa: E402
import signal_disasters  # noqa: E402

DISASTERS = {
    "terminate": signal_disasters.terminate, "kill": signal_disasters.kill, "reload-storm": signal_disasters.reload_storm,
    "full-disk": output_disasters.full_disk, "closed-output": output_disasters.closed_output,
    "no-descriptors": output_disasters.no_descriptors, "stalled-output": output_disasters.stalled_output,
    "clock-steps": clock_disasters.clock_steps, "time-namespace": clock_disasters.time_namespace,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exporter", help="the program")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(DISASTERS)} (default: all)")
    parser.add_argument("--terminations", type=int, default=200, help="how often it gets SIGTERM (default 200)")
    parser.add_argument("--kills", type=int, default=100, help="how often it is killed (default 100)")
    parser.add_argument("--storm", type=float, default=10, help="seconds of 1,000 SIGHUP each (default 10)")
    parser.add_argument("--steps", type=int, default=7, help="how often the wall clock jumps (default and most 7)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    unknown = set(options.names) - set(DISASTERS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(DISASTERS)}")
    network.set_up_addresses()
    print(f"seed {options.seed}", flush=True)
    count = 0
    for name in options.names or DISASTERS:
        began = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix=f"disaster-{name}-"))
        try:
            problems = DISASTERS[name](options, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"{name}: {len(problems)} problems, {time.monotonic() - began:.0f} s", flush=True)
        for problem in problems[:50]:
            print(f"  {problem}", flush=True)
        count += len(problems)
    shutil.rmtree(namespaces.FOLDER, ignore_errors=True)
    print(f"{count} problems")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
