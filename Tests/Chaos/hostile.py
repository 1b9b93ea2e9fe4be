"""Hostile clients at every listener, while honest ones are served: `hostile.py EXPORTER --seconds 300`.

Slowloris, idle connections, endless heads, pipelines, smuggling, half-closes, HTTP/2, handshakes, storms, readers who never read, in turns
and two at a time, against the main listener, the probe listener and the admin socket. Meanwhile probes over fresh connections are timed, /metrics
is scraped and the checks keep their schedule; afterwards nothing is left. Ends with 1 when anything was wrong.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import network

network.enter()

import namespaces  # noqa: E402
from hostile_run import HostileRun  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exporter", help="the program; a release build")
    parser.add_argument("--seconds", type=float, default=300, help="how long the attacks go on (default 300)")
    parser.add_argument("--turn", type=float, default=20, help="seconds of each attack (default 20)")
    parser.add_argument("--descriptors", type=int, default=0, help="the exporter's limit of open files (default: as here)")
    parser.add_argument("--scale", type=float, default=1, help="of how many connections are held and opened (default 1)")
    parser.add_argument("--attackers", default="holds,visits", help="who attacks (default holds,visits: all)")
    parser.add_argument("--checks", type=int, default=200, help="checks that run every second meanwhile (default 200)")
    parser.add_argument("--goal", type=float, default=50, help="milliseconds within which 99 %% of probes are answered")
    parser.add_argument(
        "--late", type=float, default=0, help="percent of runs that may be left out or time out: a debug build is slow (default 0)"
    )
    parser.add_argument("--memory", type=int, default=32, help="MiB that it may have grown by afterwards (default 32)")
    parser.add_argument("--web-config", type=Path, help="TLS and users of the main listener")
    parser.add_argument("--scheme", choices=["http", "https"], default="http", help="how the main listener is spoken to")
    parser.add_argument("--http2", action="store_true", help="hostile clients offer HTTP/2 where there is TLS")
    parser.add_argument("--user", default="", help="NAME:PASSWORD for the main listener")
    options = parser.parse_args()
    network.set_up_addresses()
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    run = HostileRun(options, folder)
    try:
        run.play()
    finally:
        run.end()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(namespaces.FOLDER, ignore_errors=True)
    print(json.dumps(run.report, indent=1))
    for problem in run.problems:
        print(problem)
    print(f"{len(run.problems)} problems")
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
