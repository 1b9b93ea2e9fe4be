"""Takes the picture of the status page for the documentation: an example with believable names and a lively past.

    picture.py EXPORTER FILE [--assets FOLDER] [--chromium FILE] [--seconds N]

Pillow makes the file smaller where it is installed.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from exporter import Exporter
from pages import Window
from playwright.sync_api import sync_playwright
from targets import Target

LIMIT = 250_000
RUNBOOKS = "https://runbooks.orders.internal/"


def configuration(steady: Target, shaky: Target, broken: Target) -> dict[str, Any]:
    """A shop: most of it is well."""
    page = {"kind": "http", "url": steady.url}

    def component(owner: str, check: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"owner": owner, "runbook": RUNBOOKS + owner, "checks": {"primary": check}, **more}

    return {
        "service": {"name": "orders", "environment": "production", "version": "4.12.0", "instance": "orders-7d9c5b"},
        "defaults": {"interval": "420ms", "timeout": "350ms", "confirm_interval": "420ms"},
        "components": {
            "payments": component("team-payments", {"kind": "http", "url": broken.url}),
            "search": component("team-search", page | {"url": shaky.url, "on_other_status": "degraded"}, impact="optional"),
            "mail": component("team-mail", {"kind": "tcp", "address": steady.address}, impact="optional"),
            "orders-db": component("team-orders", {"kind": "tcp", "address": steady.address}),
            "checkout": component("team-orders", page, depends_on=["payments"]),
            "event-queue": component("team-platform", {"kind": "tcp", "address": steady.address}),
            "redis-a": {"checks": {"ping": {"kind": "tcp", "address": steady.address}}},
            "redis-b": {"checks": {"ping": {"kind": "http", "url": shaky.url}}},
            "host": {
                "impact": "informational", "owner": "team-platform",
                "checks": {"memory": {"kind": "memory"}, "disk": {"kind": "disk", "path": "/", "used": {"degraded": "99%"}}},
            },
        },
        "groups": {"caches": {"members": ["redis-a", "redis-b"], "require": "any", "owner": "team-platform"}},
    }


def live(exporter: Exporter, shaky: Target, broken: Target, seconds: float) -> None:
    """Lets the example live: two targets flap, one of them stays broken, one is degraded at the end."""
    chance, began, drilled = random.Random(7), time.monotonic(), False
    while (passed := time.monotonic() - began) < seconds:
        shaky.mode = "busy" if passed > seconds * 0.8 or chance.random() < 0.2 else "ok"
        broken.mode = "broken" if passed > seconds * 0.55 or chance.random() < 0.08 else "ok"
        if passed > seconds * 0.65 and not drilled:
            exporter.drill("mail", **{"for": "30m", "status": "degraded", "reason": "Is it noticed?", "by": "team-mail"})
            drilled = True
        time.sleep(0.3)
    exporter.wait_for("payments", "unhealthy")
    exporter.wait_for("search", "degraded")


def smaller(file: Path) -> None:
    """Writes a picture with fewer colours and better compression, where Pillow is there."""
    try:
        from PIL import Image
    except ImportError:
        return
    Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def main() -> int:
    """Takes the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exporter")
    parser.add_argument("file", type=Path)
    parser.add_argument("--assets", type=Path)
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("--seconds", type=float, default=26)
    options = parser.parse_args()
    options.file.parent.mkdir(parents=True, exist_ok=True)
    steady, shaky, broken = Target(), Target(), Target()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        exporter = Exporter(options.exporter, Path(folder), configuration(steady, shaky, broken)).start()
        try:
            live(exporter, shaky, broken, options.seconds)
            browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
            window = Window(browser, exporter.url, options.file.parent, options.assets, locale="en-GB")
            page = window.open()
            page.wait_for_selector("#c-mail .badge:text-is('drill')")
            page.wait_for_selector("#c-payments .bar[data-by=runs]")
            page.screenshot(path=options.file)
            problems = window.close()
        finally:
            exporter.kill()
    smaller(options.file)
    size = options.file.stat().st_size
    print(f"{options.file}: {size / 1000:.0f} kB", *problems, sep="\n")
    return 1 if problems or size > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
