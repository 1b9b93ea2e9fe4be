"""Proves the status page of a real exporter in a real browser.

    browser.py EXPORTER FOLDER [--only NAME] [--pictures-only] [--assets FOLDER] [--chromium FILE]

One line a case; exits with 1 when one failed. Pictures of every state go into FOLDER. `--assets` takes the style sheet
and the script from a folder instead of the program.
"""

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import access_cases
import behaviour_cases
import connection_cases
import hostile_cases
import state_cases
from playwright.sync_api import sync_playwright
from world import World

MODULES = (connection_cases, state_cases, behaviour_cases, hostile_cases, access_cases)
LAST = "idle page ends"


def cases(only: str, pictures_only: bool) -> list[tuple[str, Callable[[World], None]]]:
    """The cases by name; those that watch something for a minute begin first and end last."""
    found = []
    for module in (state_cases,) if pictures_only else MODULES:
        for name, case in vars(module).items():
            if name.startswith("case_") and only in name:
                found.append((name.removeprefix("case_").replace("_", " "), case))
    return sorted(found, key=lambda case: (case[0].endswith("ends") - case[0].endswith("begins"), case[0] == LAST))


def run(name: str, case: Callable[[World], None], world: World) -> bool:
    """Runs a case; whether it passed."""
    began, failure = time.monotonic(), ""
    try:
        case(world)
    except Exception as error:
        failure = str(error).split("Call log:")[0].strip() or repr(error)
        where = [f for f in traceback.extract_tb(error.__traceback__) if "StatusPage" in f.filename]
        failure += f" ({Path(where[-1].filename).name}:{where[-1].lineno})" if where else ""
        for window in world.windows:
            for page in window.context.pages[-1:]:
                try:
                    page.screenshot(path=world.pictures / f"failed {name}.png", timeout=5000)
                except Exception as unseen:
                    failure += f"; no picture: {unseen!r}"[:80]
    problems = world.end_case(kept=name == LAST)
    failure = "; ".join(filter(None, [failure, *dict.fromkeys(problems)]))
    took = time.monotonic() - began
    print(f"FAILED {name}: {' '.join(failure.split())[:1500]}" if failure else f"ok {name} ({took:.1f} s)", flush=True)
    return not failure


def main() -> int:
    """Runs all cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exporter")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only cases whose name has this")
    parser.add_argument("--pictures-only", action="store_true")
    parser.add_argument("--assets", type=Path)
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    began, failed, count = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        world = World(options.exporter, browser, options.folder, Path(folder), options.assets)
        try:
            for name, case in cases(options.only.replace(" ", "_"), options.pictures_only):
                count += 1
                failed += not run(name, case, world)
        finally:
            # Without the last case, they are still open.
            for problem in dict.fromkeys(world.end_case(kept=True)):
                failed += 1
                print(f"FAILED a window that was kept: {problem}")
            world.end()
            browser.close()
    print(f"{count - failed} of {count} cases passed in {time.monotonic() - began:.0f} s")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
