"""An open page, and what happens to its connection."""

import re
import signal
import sqlite3
import time
from contextlib import closing
from typing import Any

from exporter import Exporter
from pages import names, status_is, until
from targets import Target
from world import World, http, refused

# The console tells of every request that a server which is away could not answer.
AWAY = r"net::ERR_|Failed to load resource"
# Whatever a notice of a lost connection shows is kept, also when it goes again at once.
REMEMBER = """() => { window.losses = 0; window.loaded = 1; new MutationObserver(() => {
  if (!document.getElementById("lost").hidden) window.losses += 1;
}).observe(document.getElementById("lost"), {attributes: true}); }"""
IDLE_SECONDS = 62


def live(world: World, name: str, target: Target) -> Exporter:
    """An exporter with a state file whose one critical component watches a server."""
    return world.exporter(name, lambda w: {
        "state": {"path": "state.db"},
        "components": {
            "orders-db": {"owner": "team-orders", "checks": {"page": http(target.url)}},
            "payments": {"impact": "optional", "checks": {"page": http(w.target.url)}},
        },
    })


def idle(world: World) -> dict[str, Any]:
    """A configuration of which nothing changes."""
    return {"components": {"payments": {"checks": {"page": http(world.target.url)}}}}


def case_idle_page_begins(world: World) -> None:
    """A page that nothing happens on; it is looked at again after a minute."""
    exporter = world.exporter("idle", idle)
    window = world.window(exporter, keep=True)
    page = window.open()
    page.evaluate(REMEMBER)
    world.later["idle"] = (window, page, time.monotonic())


def case_idle_page_ends(world: World) -> None:
    """The server has ended its stream in the meantime, and the page has not told of a loss."""
    window, page, began = world.later["idle"]
    page.wait_for_timeout(max(0, began + IDLE_SECONDS - time.monotonic()) * 1000)
    streams = [url for url in window.requests if "/events" in url]
    assert len(streams) >= 2, f"the stream did not end: {streams}"
    assert page.evaluate("window.losses") == 0, "an idle page told of a lost connection"
    assert page.evaluate("window.loaded") == 1, "the page was loaded anew"
    shown = page.inner_text("#c-payments .state time")
    assert "min" in shown, f"after a minute it says {shown}"


def case_target_dies_and_comes_back(world: World) -> None:
    target = Target()
    exporter = live(world, "live", target)
    window = world.window(exporter)
    page = window.open()
    page.wait_for_selector("h1:has-text('All 2 components are healthy.')")
    page.evaluate(REMEMBER)
    favicon = "link[rel=icon][href='/assets/favicon-%s.svg']"
    # The first failure within an interval, two more to confirm it, and a second until the page is told.
    limit = 500 + 2 * 500 + 1000 + 4000
    for mode, reason in (
        ("gone", "connect refused"), ("hang", "timeout"), ("garbage", "protocol error"), ("broken", "unexpected status"),
    ):
        if mode == "gone":
            target.stop()
        else:
            target.mode = mode
        status_is(page, "orders-db", "unhealthy", limit)
        page.wait_for_selector(f"#c-orders-db .why:has-text('{reason}')", timeout=limit)
        page.wait_for_selector("h1:has-text('orders-db is unhealthy')")
        page.wait_for_selector(favicon % "unhealthy", state="attached")
        assert page.title().startswith("1 of 2 need attention"), page.title()
        assert names(page)[0] == "orders-db"
        if mode == "gone":
            until(page, "() => document.getElementById('live').textContent.includes('orders-db is unhealthy now')")
            target.start()
        target.mode = "ok"
        status_is(page, "orders-db", "healthy", limit)
        page.wait_for_selector("h1:has-text('All 2 components are healthy.')")
        page.wait_for_selector(favicon % "healthy", state="attached")
    assert page.evaluate("window.losses + 10 * window.loaded") == 10, "it was loaded anew, or told of a loss"
    target.stop()


def case_restart(world: World) -> None:
    """The open page tells of the loss and goes on by itself; what was known before goes on, too."""
    exporter = world.exporter("restart", lambda w: {
        "state": {"path": "state.db"},
        "components": {
            "orders-db": {"checks": {"tcp": refused()}},
            "orders-api": {"depends_on": ["orders-db"], "checks": {"tcp": refused()}},
            "payments": {"checks": {"page": http(w.target.url)}},
        },
    })
    exporter.wait_for("orders-db", "unhealthy")
    window = world.window(exporter)
    window.allow(AWAY)
    page = window.open("/?status=unhealthy")
    page.click("#c-orders-db .name")
    page.wait_for_selector("#c-orders-db .more .check")
    page.evaluate(REMEMBER)
    since = page.get_attribute("#c-orders-db", "data-since")
    page.wait_for_timeout(2500)  # so that a status that begins anew would have another time, and the file is written
    exporter.terminate()
    page.wait_for_selector("#lost:has-text('Connection lost at')")
    window.picture(page, "connection-lost")
    exporter.start()
    page.wait_for_selector("#lost", state="hidden", timeout=30_000)
    status_is(page, "orders-db", "unhealthy")
    assert page.get_attribute("#c-orders-db", "data-since") == since, "since when was lost by the restart"
    assert page.evaluate("window.loaded") == 1, "the page was loaded anew"
    assert page.is_visible("#c-orders-db .more .check"), "the opened row was closed"
    assert names(page) and "payments" not in names(page), "the filter was lost"
    page.goto(window.origin + "/incidents")
    assert page.locator(".inc.now .head a[href='/components/orders-db']").count() == 1, "the incident was lost"
    exporter.drill("payments", **{"for": "5m"})
    page.wait_for_selector(".inc .head a[href='/components/payments']")


def case_restart_without_history(world: World) -> None:
    """Hours are not known any more: an open page whose reader has used the choice shows runs, and is loaded anew once."""
    exporter = world.exporter("forgetful", lambda w: {
        "state": {"path": str(w.folder / "forgetful" / "state.db")},
        "components": {"payments": {"checks": {"page": http(w.target.url)}}},
    })
    exporter.wait_for("payments", "healthy")
    exporter.terminate()
    with closing(sqlite3.connect(exporter.folder / "state.db")) as database:
        (component,) = database.execute("SELECT id FROM component").fetchone()
        hour = int(time.time() // 3600)
        database.executemany("INSERT INTO success_hour VALUES(?, ?, 60, 0)", ((hour - age, component) for age in range(4, 20)))
        database.commit()
    exporter.start()
    window = world.window(exporter)
    window.allow(AWAY)
    page = window.open()
    assert page.is_checked("[name=history][value=hours]"), "hours are known, and runs are shown"
    page.check("[name=history][value=runs]")
    page.wait_for_selector("#c-payments .bar[data-by=runs]", state="attached")
    page.check("[name=history][value=hours]")
    page.wait_for_selector("#c-payments .bar[data-by=hours]", state="attached")
    exporter.terminate()
    exporter.configuration.pop("state")
    exporter.start()
    page.wait_for_selector("#lost", state="hidden", timeout=30_000)
    page.wait_for_selector("#c-payments .bar[data-by=runs]", state="attached", timeout=30_000)
    assert page.is_checked("[name=history][value=runs]")
    before = len(window.requests)
    page.wait_for_timeout(7000)
    assert len(window.requests) - before <= 3, window.requests[before:]


def case_busy_server(world: World) -> None:
    """An answer that says so is no lost connection, and the page is asked for again."""
    window = world.window(world.shop())
    window.allow("status of 503")
    page = window.open()
    page.evaluate(REMEMBER)
    refused: list[str] = []

    def answer(route: Any) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=503, headers={"Retry-After": "1"}, content_type="application/json", body="{}")
        else:
            route.continue_()

    window.context.route(re.compile(r"/(\?history=days)?$"), answer)
    page.check("[name=history][value=days]")
    page.wait_for_selector("#c-payments .bar[data-by=days]", state="attached", timeout=20_000)
    assert len(refused) == 2 and page.evaluate("window.losses") == 0, "a busy server was told as a lost connection"


def case_stopped_process_begins(world: World) -> None:
    """A process that is stopped keeps its connections; whether the page notices is looked at later."""
    exporter = world.exporter("stopped", idle)
    window = world.window(exporter, keep=True)
    window.allow(AWAY)
    page = window.open()
    status_is(page, "payments", "healthy")
    page.evaluate(REMEMBER)
    exporter.signal(signal.SIGSTOP)
    world.later["stopped"] = (window, page)


def case_stopped_process_ends(world: World) -> None:
    """The page has noticed, and goes on when the process does."""
    window, page = world.later["stopped"]
    try:
        page.wait_for_selector("#lost:has-text('Connection lost at')", timeout=40_000)
        window.picture(page, "process-stopped")
    finally:
        world.exporters["stopped"].signal(signal.SIGCONT)
    page.wait_for_selector("#lost", state="hidden", timeout=30_000)
    status_is(page, "payments", "healthy")
    assert page.evaluate("window.loaded") == 1, "the page was loaded anew"


def case_hidden_page_begins(world: World) -> None:
    """A page in a tab that nobody sees; what becomes of its stream is looked at later."""
    exporter = world.exporter("hidden", idle)
    window = world.window(exporter, keep=True)
    window.context.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !!window.unseen})")
    page = window.open()
    page.evaluate("window.unseen = true, document.dispatchEvent(new Event('visibilitychange'))")
    world.later["hidden"] = (window, page)


def case_hidden_page_ends(world: World) -> None:
    """It polls, and leaves its connection to others; when it is seen again it has a stream at once."""
    window, page = world.later["hidden"]
    streams = "() => Object.keys(localStorage).filter((key) => key.startsWith('stream ')).length"
    until(page, f"() => !({streams})()")
    world.exporters["hidden"].drill("payments", **{"for": "5m"})
    page.wait_for_selector("link[rel=icon][href='/assets/favicon-unhealthy.svg']", state="attached")
    assert page.title().startswith("1 of 1 need attention"), page.title()
    assert any("/updates" in url for url in window.requests), "a page that is hidden does not poll"
    page.evaluate("window.unseen = false, document.dispatchEvent(new Event('visibilitychange'))")
    until(page, streams)
    world.exporters["hidden"].request("/api/v1/components/payments/drill", "DELETE")
    status_is(page, "payments", "healthy")


def case_many_pages(world: World) -> None:
    """More pages than a browser has connections for a server."""
    exporter = world.shop()
    window = world.window(exporter)
    pages: list[Any] = [window.open() for _ in range(8)]
    started = time.monotonic()
    for page in pages:
        page.evaluate("fetch('/livez').then((r) => r.status)")
    assert time.monotonic() - started < 5, "open pages keep each other from loading"
    exporter.drill("host", **{"for": "5m", "status": "degraded"})
    for page in pages:
        status_is(page, "host", "degraded")
    exporter.request("/api/v1/components/host/drill", "DELETE")
