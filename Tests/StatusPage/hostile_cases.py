"""What comes from elsewhere is shown as it is, and does nothing."""

from exporter import Exporter, wait_until
from pages import fits, status_is
from playwright.sync_api import Page
from world import World, http, shell

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)><b id=evil>{{7*7}}$(alert)</b>"
# Right-to-left override, isolates that are never closed, and letters with many marks.
TURNED = "\u202egnp.exe\u2066\u2067 e\u0301\u0316\u0317\u0318\u0319 شركة"
LONG = "x" * 10_000
MESSAGES = {"markup": EVIL, "turned": TURNED, "long": LONG, "lines": "\n".join(f"line {i}" for i in range(400))}
COUNTS = """() => ({
  scripts: document.querySelectorAll("script").length, evil: document.querySelectorAll("#evil").length,
  images: [...document.images].filter((i) => !i.getAttribute("src").startsWith("/badge/")).length,
  frames: document.querySelectorAll("iframe, object, embed, base, style, [onerror], [onclick], [onload]").length,
  links: [...document.links].filter((a) => !/^https?:$/.test(a.protocol)).length,
})"""
CLEAN = {"scripts": 1, "evil": 0, "images": 0, "frames": 0, "links": 0}


def hostile(world: World) -> Exporter:
    """An exporter whose configuration, checks, workers and drills bring hostile texts."""
    exporter = world.exporter("hostile", lambda w: {
        "service": {"name": EVIL, "environment": TURNED, "version": "v" * 256, "instance": LONG[:256]},
        "components": {
            **{
                name: {
                    "owner": f"{EVIL}{TURNED}"[:256], "impact": "optional",
                    "runbook": "https://runbooks.orders.internal/\"onmouseover=alert(1)'<script>alert(1)</script>",
                    "checks": {"script": shell(f"cat '{w.folder}/{name}.txt'; exit 1", max_output="16KiB")},
                }
                for name in MESSAGES
            },
            "worker": {"owner": LONG[:256], "checks": {"beat": {"kind": "heartbeat", "within": "1h"}}},
            "payments": {"owner": "team-payments", "checks": {"page": http(w.target.url)}},
            "n" + "a" * 62: {"checks": {"page": http(w.target.url)}},
        },
    })
    return exporter


def harmless(page: Page, what: str) -> None:
    """Fails when something of the hostile texts became a part of the page."""
    found = page.evaluate(COUNTS)
    assert found == CLEAN, f"{what}: {found}"
    assert "49" not in page.title()
    fits(page)


def case_hostile_texts(world: World) -> None:
    for name, text in MESSAGES.items():
        (world.folder / f"{name}.txt").write_text(text, encoding="utf-8")
    exporter = hostile(world)
    exporter.request("/api/v1/heartbeats/worker/beat", "POST", {"status": "unhealthy", "message": EVIL + LONG[:2000]})
    exporter.drill("payments", **{"for": "1h", "reason": (EVIL + TURNED)[:256], "by": (TURNED + EVIL)[:256]})
    for name in MESSAGES:
        wait_until(lambda name=name: exporter.component(name)["checks"][0]["message"], f"a message of {name}")
    for width in (1280, 390):
        window = world.window(exporter, viewport={"width": width, "height": 800})
        page = window.open()
        status_is(page, "markup", "degraded")
        harmless(page, f"the list at {width}")
        for name in (*MESSAGES, "worker"):
            page.click(f"#c-{name} .name")
            page.wait_for_selector(f"#c-{name} .more .check")
        message = page.locator("#c-markup .more pre").first.text_content() or ""
        assert "<script>alert(1)</script>" in message, f"the message is not shown as it is: {message[:200]}"
        harmless(page, f"opened rows at {width}")
        window.picture(page, f"hostile-{width}", full=True)
        page.goto(window.origin + "/?view=cards")
        page.wait_for_selector("#list.cards")
        harmless(page, f"cards at {width}")
        for path in ("/components/payments", "/components/long", "/components/worker", "/incidents"):
            page.goto(window.origin + path)
            page.wait_for_selector("html.js")
            harmless(page, f"{path} at {width}")
            window.picture(page, f"hostile-{width}-{path.split('/')[-1]}")


def case_hostile_addresses(world: World) -> None:
    """Whatever is in the address is a value of the form, and nothing else."""
    window = world.window(world.shop())
    window.allow("status of 404")
    page = window.open(
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E&view=x"
        "&owner=%22onload=1#c-%3Cscript%3E"
    )
    harmless(page, "the list")
    assert page.input_value("[name=q]") == "<script>alert(1)</script>"
    for fragment in ("#c-payments\"]", "#%", "#%E0%A4%A"):
        page = window.open("/" + fragment)
        page.wait_for_selector("#c-payments .state time")
        page.keyboard.press("?")
        page.wait_for_selector("#keys[open]", timeout=5000)
        page.close()
    page = window.open("/incidents?q=%3Cscript%3E&component=%22%3E%3Cb%20id=evil%3E&status=%22")
    harmless(page, "incidents")
    answer = page.goto(window.origin + "/components/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer and answer.status == 404 and "html" not in answer.headers["content-type"]
