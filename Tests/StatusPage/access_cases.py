"""The page for people who read it otherwise: with a screen reader, without a mouse, enlarged, or without motion."""

from pages import accessible, fits, status_is
from world import World, http


def case_axe(world: World) -> None:
    window = world.window(world.shop(), viewport={"width": 1280, "height": 1600})
    page = window.open()
    accessible(page, "list")
    page.click("#c-orders-db .name")
    page.wait_for_selector("#c-orders-db .more .check")
    accessible(page, "opened row")
    for button, dialog in (("#c-orders-db [data-act=act-drill]", "#act-drill"), ("[data-act=keys]", "#keys")):
        page.click(button)
        page.wait_for_selector(f"{dialog}[open]")
        accessible(page, dialog)
        page.keyboard.press("Escape")
    page.goto(window.origin + "/?view=cards")
    page.wait_for_selector("#list.cards")
    accessible(page, "cards")
    page.goto(window.origin + "/components/payments")
    accessible(page, "component")
    page.goto(window.origin + "/incidents")
    for summary in page.locator("details.after summary").all():
        summary.click()
    accessible(page, "incidents")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(window.origin + "/")
    accessible(page, "phone")


def case_without_motion(world: World) -> None:
    """The window asks for reduced motion, and a changed row does not flash; one that does not ask does."""
    exporter = world.exporter(
        "motion", lambda w: {"components": {"payments": {"checks": {"page": http(w.target.url)}}}}
    )
    animations = "() => document.getAnimations().length"
    for motion, expected in (("reduce", 0), ("no-preference", 1)):
        page = world.window(exporter, reduced_motion=motion).open()
        status_is(page, "payments", "healthy")
        exporter.drill("payments", **{"for": "5m"})
        page.wait_for_selector("#c-payments.flash")
        assert page.evaluate(animations) == expected, f"{motion}: {page.evaluate(animations)} animations"
        exporter.request("/api/v1/components/payments/drill", "DELETE")


def case_focus_is_visible(world: World) -> None:
    """Tab reaches everything, and shows where it is."""
    page = world.window(world.shop()).open()
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        at = page.evaluate("""() => {
          const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
          const around = e.matches(".seg input") ? getComputedStyle(e.nextElementSibling) : s;
          const seen = around.outlineStyle === "solid" && parseFloat(around.outlineWidth) >= 2;
          return [(e.getAttribute("class") || e.name || e.localName).split(" ")[0],
            e.matches("body, .bar") || seen, b.width > 0 && b.height > 0];
        }""")
        assert at[1] and at[2], f"the focus on {at[0]} is not visible"
        seen.add(at[0])
    assert {"skip", "service", "q", "status", "name", "bar"} <= seen, seen


def case_enlarged(world: World) -> None:
    """1280 px at 200 % and at 400 %: nothing is lost, nothing scrolls sideways (WCAG 2.2, 1.4.10)."""
    for width in (640, 320):
        page = world.window(world.shop(), viewport={"width": width, "height": 400}).open()
        for path in ("/", "/?view=cards", "/components/payments", "/incidents"):
            page.goto(world.windows[-1].origin + path)
            page.wait_for_selector("html.js")
            fits(page)
        page.goto(world.windows[-1].origin + "/")
        page.click("#controls summary")
        page.wait_for_selector("select[name=status]:visible")
        rest = ("#c-orders-db .state", "#c-orders-db .why", "[data-set-theme=dark]")
        for what in (".counts a[data-filter=unhealthy]", *rest):
            assert page.is_visible(what), f"{what} is lost at {width} px"
        page.click("#c-orders-db .name")
        page.wait_for_selector("#c-orders-db .more .check")
        fits(page)
