"""What people do on the page."""

from exporter import wait_until
from pages import names, status_is, until
from playwright.sync_api import Page
from world import World, http, shell

FOCUSED = "() => document.activeElement.closest('.c')?.dataset.component"


def shown(page: Page, expected: list[str]) -> None:
    """Waits until the list shows these components."""
    end = page.evaluate("performance.now()") + 5000
    while (found := names(page)) != expected:
        assert page.evaluate("performance.now()") < end, f"shown are {found}, not {expected}"
        page.wait_for_timeout(30)


def case_filters_sort_and_address(world: World) -> None:
    page = world.window(world.shop()).open()
    everything = names(page)
    assert "?" not in page.url
    page.fill("[name=q]", "TEAM-payments")
    shown(page, ["payments"])
    assert "q=TEAM-payments" in page.url, page.url
    page.fill("[name=q]", "orders refused")
    shown(page, ["orders-db", "orders-api"])
    page.click("[type=reset]")
    shown(page, everything)
    for name, value, expected in (
        ("status", "degraded", ["search"]), ("owner", "team-data", ["backup", "nightly-report"]),
        ("impact", "informational", ["backup", "host", "nightly-report"]), ("group", "caches", ["redis-b", "redis-a"]),
    ):
        page.select_option(f"[name={name}]", value)
        shown(page, expected)
        assert f"{name}={value}" in page.url, page.url
        page.reload()
        page.wait_for_selector("html.js")
        shown(page, expected)
        assert page.input_value(f"[name={name}]") == value, f"{name} is not restored"
        page.click("[type=reset]")
        shown(page, everything)
    chip = page.locator(".counts a[data-filter=degraded]")
    chip.click()
    shown(page, ["search"])
    assert chip.get_attribute("aria-current") == "true"
    chip.click()
    shown(page, everything)
    page.select_option("[name=sort]", "name")
    shown(page, sorted(everything))
    assert page.is_hidden("#g-caches")
    page.reload()
    page.wait_for_selector("html.js")
    shown(page, sorted(everything))
    page.select_option("[name=sort]", "ratio")
    until(page, "() => document.querySelector('#list .c').dataset.ratio === '0'")
    page.select_option("[name=sort]", "worst")
    shown(page, everything)
    page.check("[name=history][value=days]")
    page.wait_for_selector("#c-payments .bar[data-by=days]", state="attached")
    assert page.inner_text(".cols :nth-child(3)") == "Last 90 days"
    page.check("[name=view][value=cards]")
    page.wait_for_selector("#list.cards")
    assert "view=cards" in page.url and "history=days" in page.url, page.url
    assert page.inner_text(".cols") == "Last 90 days", "cards do not say what their bars show"
    page.reload()
    page.wait_for_selector("#list.cards")
    page.wait_for_selector("#c-payments .bar[data-by=days]", state="attached")
    page.check("[name=history][value=runs]")
    page.wait_for_selector("#c-payments .bar[data-by=runs]", state="attached")
    assert "history" not in page.url, "what is shown anyway is in the address"


def case_keys(world: World) -> None:
    page = world.window(world.shop()).open()
    everything = names(page)
    page.keyboard.press("/")
    page.keyboard.type("warehouse")
    shown(page, ["warehouse"])
    page.keyboard.press("Escape")
    shown(page, everything)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == everything[1]
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == everything[0]
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 3px" in outline, f"the focus is not visible: {outline}"
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#c-{everything[0]} .more .check")
    assert page.url.endswith(f"#c-{everything[0]}"), page.url
    page.reload()
    page.wait_for_selector(f"#c-{everything[0]} .more .check")
    page.focus(f"#c-{everything[0]} .name")
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#c-{everything[0]} .more", state="detached")
    assert page.evaluate(FOCUSED) == everything[0], "the focus was lost"
    page.keyboard.press("v")
    page.wait_for_selector("#list.cards")
    page.keyboard.press("v")
    page.wait_for_selector("#list.list")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")
    # A press on the link with a key held is the browser's: it opens the page of the component.
    page.click(f"#c-{everything[0]} .name", modifiers=["ControlOrMeta"])
    page.wait_for_timeout(300)
    assert page.locator(".more").count() == 0, "a click that means a new tab opened the row"
    for opened in page.context.pages[1:]:
        opened.close()


def case_history_tooltip(world: World) -> None:
    page = world.window(world.shop()).open("/?history=runs")
    bar = page.locator("#c-orders-api .bar")
    box = bar.bounding_box() or {}
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#tip:visible")
    until(page, "() => document.getElementById('tip').textContent.includes('failure, connect refused')")
    world.windows[-1].picture(page, "tooltip")
    box = page.locator("#tip").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 1)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)
    assert page.is_visible("#tip"), "the text goes when the pointer comes to it"
    page.mouse.move(5, 5)
    page.wait_for_selector("#tip", state="hidden")
    page.focus("#c-orders-api .name")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.bar')"):
            break
    assert page.evaluate("document.activeElement.matches('#c-orders-api .bar')"), "Tab does not reach the bar"
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    until(page, "() => document.activeElement.getAttribute('aria-valuenow') === '46'")
    until(page, "() => document.activeElement.getAttribute('aria-valuetext').includes('connect refused')")
    page.focus("#c-orders-api .state time")
    until(page, "() => document.getElementById('tip').textContent.includes('UTC')")


def case_keys_can_be_turned_off(world: World) -> None:
    page = world.window(world.shop()).open()
    page.keyboard.press("?")
    page.uncheck("#use-keys")
    page.click("#keys [data-close]")
    page.keyboard.press("v")
    page.keyboard.press("/")
    assert page.get_attribute("#list", "class") == "list", "a key that is off was used"
    assert page.evaluate("document.activeElement.name") != "q", "a key that is off was used"
    page.reload()
    page.wait_for_selector("html.js")
    assert not page.is_checked("#use-keys"), "it is not remembered"
    page.focus("#c-payments .name")
    page.keyboard.press("Enter")
    page.wait_for_selector("#c-payments .more .check")
    page.click("footer [data-act=keys]")
    page.check("#use-keys")
    page.click("#keys [data-close]")
    page.keyboard.press("v")
    page.wait_for_selector("#list.cards")


def case_history_and_slider(world: World) -> None:
    """Another span has other bars, and the slider walks through these."""
    page = world.window(world.shop()).open()
    page.focus("#c-payments .name")
    for span, last in (("days", 89), ("hours", 47), ("runs", 47)):
        page.check(f"[name=history][value={span}]")
        page.wait_for_selector(f"#c-payments .bar[data-by={span}]", state="attached")
        page.focus("#c-payments .bar")
        page.keyboard.press("End")
        assert page.get_attribute("#c-payments .bar", "aria-valuemax") == str(last), span
        assert page.get_attribute("#c-payments .bar", "aria-valuenow") == str(last), span


def case_selection_in_a_group(world: World) -> None:
    """By another order there are no groups: a row moves although text in it is selected."""
    page = world.window(world.shop()).open()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#c-redis-b .why'))")
    page.evaluate(
        """() => { const sort = document.querySelector("select[name=sort]"); sort.value = "name";
        setTimeout(() => sort.dispatchEvent(new Event("input", {bubbles: true}))); }"""
    )
    page.wait_for_selector("#list > #c-redis-b", timeout=5000)
    assert names(page) == sorted(names(page)), names(page)


def case_actions(world: World) -> None:
    """Run now, drills and reload from the page; each is confirmed first."""
    exporter = world.exporter("actions", lambda w: {
        "components": {
            "payments": {"checks": {"page": http(w.target.url, interval="10m", timeout="5s")}},
            "orders": {"impact": "optional", "checks": {"page": http(w.target.url)}},
        },
    })
    exporter.wait_for("payments", "healthy")
    window = world.window(exporter)
    page = window.open("/components/payments")
    ran = exporter.component("payments")["checks"][0]["last_run"]["timestamp"]
    page.click("[data-act=act-run]")
    page.click("#act-run [data-close]")
    assert page.is_hidden("#act-run")
    assert exporter.component("payments")["checks"][0]["last_run"]["timestamp"] == ran, "it ran without being confirmed"
    page.click("[data-act=act-run]")
    assert "payments" in page.inner_text("#act-run h2")
    page.click("#act-run [type=submit]")
    page.wait_for_selector("#toast:has-text('The checks run now.')")
    wait_until(lambda: exporter.component("payments")["checks"][0]["last_run"]["timestamp"] != ran, "a run")
    page.goto(window.origin + "/")
    page.click("#c-payments .name")
    page.click("#c-payments [data-act=act-drill]")
    page.fill("#act-drill [name=reason]", "Does the page say so?")
    page.fill("#act-drill [name=by]", "team-payments")
    window.picture(page, "dialog-drill")
    page.keyboard.press("Enter")
    status_is(page, "payments", "unhealthy")
    page.wait_for_selector("#c-payments .badge:text-is('drill')")
    page.click("#c-payments [data-act=act-drill-end]")
    page.click("#act-drill-end [type=submit]")
    status_is(page, "payments", "healthy")
    exporter.configuration["components"]["new-one"] = {"checks": {"page": http(world.target.url)}}
    exporter.configuration["groups"] = {"extras": {"members": ["new-one"]}}
    exporter.write()
    page.click("[data-act=act-reload]")
    page.click("#act-reload [type=submit]")
    page.wait_for_selector("#g-extras #c-new-one[data-status=healthy]")
    removed = page.context.new_page()
    removed.goto(window.origin + "/components/new-one")
    window.allow("status of 400")
    exporter.config.write_text("components: {payments: {chekcs: {}}}\n", encoding="utf-8")
    page.click("[data-act=act-reload]")
    page.click("#act-reload [type=submit]")
    page.wait_for_selector("#act-reload .error:has-text('chekcs')")
    window.picture(page, "dialog-refused")
    page.click("#act-reload [data-close]")
    page.wait_for_selector(".notices:has-text('reload')")
    exporter.configuration["components"].pop("new-one")
    exporter.configuration.pop("groups")
    exporter.write()
    page.select_option("select[name=sort]", "name")
    page.select_option("select[name=group]", "extras")
    page.click("[data-act=act-reload]")
    assert page.is_hidden("#act-reload .error"), "an old error is shown"
    page.click("#act-reload [type=submit]")
    page.wait_for_selector("#c-new-one", state="detached")
    page.wait_for_selector("#g-extras", state="detached")
    page.wait_for_selector("select[name=group]", state="detached")
    assert page.eval_on_selector("select[name=sort]", "(select) => select.value") == "name", "the order was lost"
    assert names(page) == ["orders", "payments"], names(page)
    window.allow("status of 404")
    removed.wait_for_selector("#lost:has-text('not in the configuration any more')")
    page.wait_for_selector(".notices", state="detached")


def case_an_open_row_stays_usable(world: World) -> None:
    """Updates leave focus, opened details and selected text alone."""
    exporter = world.exporter("open", lambda w: {
        "components": {
            "payments": {"checks": {"page": http(w.target.url)}},
            "orders": {"checks": {"script": shell("echo some words; exit 1")}},
        },
        "groups": {"caches": {"members": ["payments"]}},
    })
    exporter.wait_for("orders", "degraded")
    exporter.wait_for("payments", "healthy")
    page = world.window(exporter).open()
    assert names(page) == ["orders", "payments"], names(page)
    page.click("#c-payments .name")
    page.wait_for_selector("#c-payments .more .check")
    page.click("#c-payments .more details summary")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#c-orders .why'))")
    exporter.drill("orders", **{"for": "5m"})
    exporter.drill("payments", **{"for": "5m"})
    status_is(page, "payments", "unhealthy")
    page.wait_for_selector("#c-payments [data-act=act-drill-end]")
    assert page.evaluate("document.activeElement.localName") == "summary", "the focus was lost"
    assert page.evaluate("document.querySelector('#c-payments .more details').open"), "details were closed"
    assert page.get_attribute("#c-orders", "data-status") == "degraded", "selected text was replaced"
    until(page, "() => document.querySelector('#list').firstElementChild.matches('.g')")
    assert "exec exit" in page.evaluate("`${getSelection()}`"), "the selection was lost"
    page.evaluate("getSelection().removeAllRanges()")
    status_is(page, "orders", "unhealthy")
