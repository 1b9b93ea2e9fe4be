"""A picture of each state, and what the page must say in it."""

import signal
import urllib.request
from typing import Any

from pages import fits, names, until
from playwright.sync_api import Page
from world import World, http, refused, shell

GZIP_LIMIT = 300_000
# Milliseconds from a key to the filtered list; ten times what a browser on a busy machine needs.
FILTER_LIMIT = 2000
UNHEALTHY = "(count) => document.querySelectorAll('#list .c[data-status=unhealthy]').length === count"


def one_state(world: World, name: str, components: dict[str, Any], says: str, **more: Any) -> Page:
    """Opens the page of an exporter with these components, waits for its sentence, and takes a picture."""
    exporter = world.exporter(name, lambda _: {"components": components, **more})
    window = world.window(exporter)
    page = window.open()
    until(page, "(says) => document.querySelector('h1').textContent.includes(says)", says)
    window.picture(page, name)
    return page


def good(world: World) -> dict[str, Any]:
    """A component that is well."""
    return {"owner": "team-payments", "checks": {"page": http(world.target.url)}}


def case_healthy(world: World) -> None:
    components = {name: good(world) for name in ("payments", "orders", "search")}
    page = one_state(world, "healthy", components, "All 3 components are healthy.")
    assert "healthy" in page.title() and "favicon-healthy" in (page.get_attribute("link[rel=icon]", "href") or "")


def case_degraded(world: World) -> None:
    components = {"payments": good(world), "orders": {"checks": {"queue": shell("echo 'queue is long'; exit 1")}}}
    page = one_state(world, "degraded", components, "1 of 2 components needs attention: orders is degraded")
    assert page.get_attribute(".top", "data-status") == "degraded"


def case_unhealthy(world: World) -> None:
    components = {
        "payments": good(world),
        "orders-db": {"owner": "team-orders", "runbook": "https://runbooks.orders.internal/db", "checks": {"tcp": refused()}},
    }
    page = one_state(world, "unhealthy", components, "orders-db is unhealthy")
    assert "team-orders" in page.inner_text(".say"), "the owner is not named at the top"
    assert page.get_attribute(".say .lead a", "href") == "https://runbooks.orders.internal/db"
    assert page.title().startswith("1 of 2 need attention"), page.title()
    assert "favicon-unhealthy" in (page.get_attribute("link[rel=icon]", "href") or "")


def case_unknown(world: World) -> None:
    components = {
        "payments": {"checks": {"script": shell("exit 3")}},
        "report": {"impact": "informational", "checks": {"finished": {"kind": "heartbeat", "within": "1h"}}},
    }
    page = one_state(world, "unknown", components, "payments is unknown")
    assert "internal" in page.inner_text("#c-payments") and "pending" in page.inner_text("#c-report")


def case_stale(world: World) -> None:
    """The exporter could not run for longer than `max_age`, and the next run has no result yet."""
    slow = world.folder / "slow"
    script = shell(f"[ ! -e {slow} ] || sleep 6", interval="7s", timeout="6500ms", max_age="13500ms")
    page = one_state(world, "stale", {"payments": {"checks": {"script": script}}}, "The one component is healthy.")
    slow.touch()
    exporter = world.exporters["stale"]
    exporter.signal(signal.SIGSTOP)
    page.wait_for_timeout(14_500)
    exporter.signal(signal.SIGCONT)
    page.wait_for_selector("#c-payments[data-status=unknown] .why:has-text('stale')")
    page.wait_for_selector("h1:has-text('payments is unknown')")
    world.windows[-1].picture(page, "stale")
    page.wait_for_selector("#c-payments[data-status=healthy]")


def case_drill_maintenance_suppression_group(world: World) -> None:
    window = world.window(world.shop())
    page = window.open()
    page.wait_for_selector("#c-mail .badge:text-is('drill')")
    assert "A drill is in progress: mail is shown as unhealthy" in page.inner_text(".notices")
    assert "In maintenance: warehouse" in page.inner_text(".notices")
    assert page.is_visible("#c-warehouse .badge:text-is('maintenance')")
    page.wait_for_selector("#c-orders-api .badge:has-text('suppressed by orders-db')")
    shown = names(page)
    assert shown.index("orders-db") < shown.index("orders-api") < shown.index("search"), shown
    heading = page.locator("#g-caches .gh")
    assert heading.get_attribute("data-status") == "healthy" and "any of 2" in heading.inner_text()
    assert page.locator("#g-caches .c").count() == 2
    window.picture(page, "shop", full=True)


def case_starting(world: World) -> None:
    components = {"orders-db": {"startup": "healthy", "checks": {"tcp": refused()}}, "payments": good(world)}
    one_state(world, "starting", components, "Starting: waiting for orders-db.")


def case_trouble(world: World) -> None:
    """A state file that can't be written, and a reload that was refused."""
    page = one_state(
        world, "trouble", {"payments": good(world)}, "healthy", state={"path": "/nowhere/health/state.db"},
    )
    page.wait_for_selector(".notices:has-text('state file')")
    exporter = world.exporters["trouble"]
    exporter.config.write_text("components: {payments: {chekcs: {}}}\n", encoding="utf-8")
    exporter.signal(signal.SIGHUP)
    page.wait_for_selector(".notices li:nth-child(2)")
    assert "configuration" in page.inner_text(".notices"), page.inner_text(".notices")
    world.windows[-1].picture(page, "trouble")


def case_one_component(world: World) -> None:
    page = one_state(world, "one", {"payments": good(world)}, "The one component is healthy.")
    assert page.inner_text("#found") == "1 component", page.inner_text("#found")


def many(world: World, count: int) -> dict[str, Any]:
    """A configuration with so many components, some of which fail."""
    address = world.target.address
    return {
        "defaults": {"interval": "60s", "timeout": "10s"},
        "components": {
            f"service-{i:04}": {
                "owner": f"team-{i % 9}", "impact": "optional",
                "checks": {"tcp": refused() if i % 50 == 7 else {"kind": "tcp", "address": address}},
            }
            for i in range(count)
        },
    }


def case_300_components(world: World) -> None:
    exporter = world.exporter("300", lambda w: many(w, 300))
    window = world.window(exporter)
    page = window.open()
    until(page, UNHEALTHY, 6)
    window.picture(page, "300")
    page.check("input[name=view][value=cards]")
    page.wait_for_selector("#list.cards")
    window.picture(page, "300-cards")
    window.close()
    exporter.kill()


def case_1000_components(world: World) -> None:
    exporter = world.exporter("1000", lambda w: many(w, 1000))
    window = world.window(exporter)
    page = window.open()
    until(page, UNHEALTHY, 20, 60)
    window.picture(page, "1000")
    with urllib.request.urlopen(
        urllib.request.Request(exporter.url + "/", headers={"Accept-Encoding": "gzip"}), timeout=60
    ) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        size = len(answer.read())
    print(f"     1,000 components: {size / 1000:.0f} kB with gzip")
    assert size < GZIP_LIMIT, f"{size} bytes with gzip, more than {GZIP_LIMIT}"
    took = page.evaluate(
        """() => new Promise((done) => { const began = performance.now(), q = document.querySelector("[name=q]");
        q.value = "service-0007"; q.dispatchEvent(new Event("input", {bubbles: true}));
        const look = () => document.querySelectorAll("#list .c:not([hidden])").length === 1
          ? done(performance.now() - began) : requestAnimationFrame(look); look(); })"""
    )
    print(f"     1,000 components: {took:.0f} ms from a key to the filtered list")
    assert took < FILTER_LIMIT, f"{took:.0f} ms, more than {FILTER_LIMIT}"
    assert names(page) == ["service-0007"]
    window.close()
    exporter.kill()


def case_shutting_down(world: World) -> None:
    components = {"payments": good(world)}
    page = one_state(world, "stopping", components, "healthy", shutdown={"drain": "6s", "grace": "12s"})
    world.windows[-1].allow("net::ERR_")
    world.exporters["stopping"].signal(signal.SIGTERM)
    page.wait_for_selector("h1:has-text('shutting down')", timeout=5000)
    world.windows[-1].picture(page, "shutting-down")


def case_layouts(world: World) -> None:
    """Cards, dark, phone and paper."""
    exporter = world.shop()
    for name, path, options in (
        ("cards", "/?view=cards", {}),
        ("dark", "/", {"color_scheme": "dark"}),
        ("cards-dark", "/?view=cards", {"color_scheme": "dark"}),
        ("phone", "/", {"viewport": {"width": 390, "height": 844}}),
        ("phone-component", "/components/orders-db", {"viewport": {"width": 390, "height": 844}}),
        ("phone-incidents", "/incidents", {"viewport": {"width": 390, "height": 844}}),
        ("zoom-200", "/", {"viewport": {"width": 640, "height": 400}}),
    ):
        window = world.window(exporter, **options)
        page = window.open(path)
        window.picture(page, name, full=True)
        if name == "phone":
            page.set_viewport_size({"width": 320, "height": 640})
            fits(page)
        if name == "zoom-200":
            assert page.is_visible("#c-orders-db .name") and page.is_visible(".counts"), "lost at 200 %"
        if name == "cards":
            page.emulate_media(media="print")
            window.picture(page, "print", full=True)
            assert page.is_hidden("#controls"), "controls are printed"


def case_without_scripts(world: World) -> None:
    window = world.window(world.shop(), java_script_enabled=False)
    page = window.open(live=False)
    assert page.locator("#c-orders-db").is_visible()
    assert page.locator("button:visible").count() >= 1
    page.locator("#controls summary").click() if page.locator("#controls summary").is_visible() else None
    page.select_option("select[name=status]", "degraded")
    page.fill("input[name=q]", "team-search")
    page.click("#controls button[type=submit]")
    page.wait_for_url("**/?*status=degraded*")
    assert page.locator("#list .c:visible").count() == 1, "the form does not filter"
    window.context.pages[0].screenshot(path=world.pictures / "no-scripts.png")
    page.click("#c-search .name")
    page.wait_for_url("**/components/search")
    assert "search is degraded" in page.inner_text("h1")
    page.click(".who nav a[href='/incidents']")
    page.wait_for_url("**/incidents")
    assert page.locator(".inc").count() >= 4, "no incidents"


def case_component_and_incidents(world: World) -> None:
    window = world.window(world.shop())
    page = window.open()
    page.click("#c-orders-db .name")
    page.wait_for_selector("#c-orders-db .more .check")
    window.picture(page, "opened-row", full=True)
    page.goto(window.origin + "/components/payments")
    page.wait_for_selector(".check")
    window.picture(page, "component", full=True)
    page.goto(window.origin + "/components/orders-db")
    window.picture(page, "component-unhealthy", full=True)
    page.goto(window.origin + "/incidents")
    followers = page.locator(".inc:has(.head a[href='/components/orders-db']) details.after")
    followers.locator("summary").click()
    assert "orders-api" in followers.inner_text(), "the follower does not stand below its root"
    window.picture(page, "incidents", full=True)
    page.goto(window.origin + "/?q=nothing-is-like-that")
    page.wait_for_selector("#nothing:visible")
    window.picture(page, "nothing-found")
