"""What the cases share: the browser, the exporters and the servers that they watch."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from exporter import Exporter
from pages import Window
from playwright.sync_api import Browser
from targets import Target

RUNBOOK = "https://runbooks.orders.internal/"


class World:
    """Exporters are started when a case first asks for them, and ended at the end.

    `later` is what cases hand on to later ones.
    """

    def __init__(self, program: str, browser: Browser, pictures: Path, folder: Path, assets: Path | None) -> None:
        self.program, self.browser, self.pictures, self.folder, self.assets = program, browser, pictures, folder, assets
        self.target = Target()
        self.exporters: dict[str, Exporter] = {}
        self.windows: list[Window] = []
        self.kept: list[Window] = []
        self.later: dict[str, Any] = {}

    def exporter(self, name: str, configuration: Callable[["World"], dict[str, Any]]) -> Exporter:
        """The exporter of that name."""
        if name not in self.exporters:
            self.exporters[name] = Exporter(self.program, self.folder / name, configuration(self))
            self.exporters[name].start()
        return self.exporters[name]

    def shop(self) -> Exporter:
        """One with components of every status; nothing in it changes by itself."""
        known = "shop" in self.exporters
        exporter = self.exporter("shop", shop)
        if not known:
            exporter.wait_for("orders-db", "unhealthy")
            exporter.wait_for("search", "degraded")
            exporter.request("/api/v1/heartbeats/nightly-report/finished", "POST", {"status": "healthy"})
            exporter.drill("mail", **{"for": "1h", "reason": "Do we notice?", "by": "team-mail"})
        return exporter

    def window(self, exporter: Exporter, keep: bool = False, **options: Any) -> Window:
        """A window on an exporter, closed at the end of the case, or of all cases."""
        window = Window(self.browser, exporter.url, self.pictures, self.assets, **options)
        (self.kept if keep else self.windows).append(window)
        return window

    def end_case(self, kept: bool = False) -> list[str]:
        """Closes the windows of a case; what went wrong in them."""
        windows = self.windows + (self.kept if kept else [])
        self.windows = []
        if kept:
            self.kept = []
        return [problem for window in windows for problem in window.close()]

    def end(self) -> None:
        """Ends everything."""
        for exporter in self.exporters.values():
            exporter.kill()
        self.target.stop()


def http(url: str, **keys: Any) -> dict[str, Any]:
    """A check of a page."""
    return {"kind": "http", "url": url, **keys}


def refused(**keys: Any) -> dict[str, Any]:
    """A check that fails: nothing listens on port 1."""
    return {"kind": "tcp", "address": "127.0.0.1:1", **keys}


def shell(script: str, **keys: Any) -> dict[str, Any]:
    """A check that runs a line of shell."""
    return {"kind": "exec", "command": ["/bin/sh", "-c", script], **keys}


def soon(hours: float) -> str:
    """A time from now, as the configuration writes it."""
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def shop(world: World) -> dict[str, Any]:
    """The configuration of the shop."""
    url, address = world.target.url, world.target.address
    return {
        "components": {
            "orders-db": {
                "owner": "team-orders", "runbook": RUNBOOK + "orders-db",
                "checks": {"primary": refused(), "replica": {"kind": "tcp", "address": address}},
            },
            "orders-api": {
                "owner": "team-orders", "depends_on": ["orders-db"], "checks": {"page": refused()},
            },
            "payments": {
                "owner": "team-payments", "runbook": RUNBOOK + "payments", "objective": "99.9%",
                "checks": {"page": http(url, degraded_above="150ms"), "port": {"kind": "tcp", "address": address}},
            },
            "search": {
                "impact": "optional", "owner": "team-search",
                "checks": {"index": shell("echo 'WARNING - 3 of 5 shards are yellow'; exit 1")},
            },
            "mail": {"impact": "optional", "owner": "team-mail", "checks": {"smtp": {"kind": "tcp", "address": address}}},
            "warehouse": {"impact": "optional", "owner": "team-stock", "checks": {"sync": refused()}},
            "nightly-report": {
                "impact": "informational", "owner": "team-data", "checks": {"finished": {"kind": "heartbeat", "within": "26h"}},
            },
            "backup": {
                "impact": "informational", "owner": "team-data", "checks": {"weekly": {"kind": "heartbeat", "within": "8d"}},
            },
            "host": {
                "impact": "informational",
                "checks": {"disk": {"kind": "disk", "path": "/", "used": {"degraded": "99.9%"}}, "memory": {"kind": "memory"}},
            },
            "redis-a": {"checks": {"ping": {"kind": "tcp", "address": address}}},
            "redis-b": {"checks": {"ping": refused()}},
        },
        "groups": {"caches": {"members": ["redis-a", "redis-b"], "require": "any", "owner": "team-platform"}},
        "maintenance": [{"components": ["warehouse"], "from": soon(-1), "until": soon(2)}],
    }
