"""Pages in a real browser; whatever a page may never do is collected and fails the case."""

import re
import time
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

WAIT = 20_000
# What every page tells the test about itself; a violation of the policy is an error of the console, too.
WATCH = """
addEventListener("securitypolicyviolation",
  (e) => console.error("policy violated: " + e.violatedDirective + " " + e.blockedURI));
"""
OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return "";
  const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest(".scroll, pre, .vh, .skip, #tip, #mark"));
  return wide + " px: " + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
}"""


class Window:
    """A context of the browser whose pages are watched."""

    def __init__(self, browser: Browser, origin: str, pictures: Path, assets: Path | None, **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(WAIT)
        self.origin, self.pictures = origin, pictures
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.allowed: list[str] = []
        if options.get("java_script_enabled", True):
            self.context.add_init_script(WATCH)
        if assets:
            self.context.route(
                "**/assets/*", lambda route: route.fulfill(path=assets / route.request.url.split("/")[-1])
            )

    def open(self, path: str = "/", live: bool = True) -> Page:
        """Opens a page, and waits until its script runs and its stream is open."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("dialog", self._asked)
        page.on("request", self._requested)
        page.goto(self.origin + path)
        if live:
            page.wait_for_selector("html.js")
        return page

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text} {message.location.get('url', '')}")

    def _asked(self, dialog: Any) -> None:
        self.problems.append(f"a dialog of the browser: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Any) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.origin + "/", "data:")):
            self.problems.append(f"request to elsewhere: {request.url}")

    def allow(self, pattern: str) -> None:
        """An error that the case provokes, as a regular expression."""
        self.allowed.append(pattern)

    def close(self) -> list[str]:
        """Closes it; what went wrong in it."""
        self.context.close()
        return [p for p in self.problems if not any(re.search(pattern, p) for pattern in self.allowed)]

    def picture(self, page: Page, name: str, full: bool = False) -> None:
        """Puts a picture of a page beside the others, and sees that the page is not wider than the window."""
        window = page.viewport_size
        if full and window:
            # What is outside of the window is not drawn: the window gets as high as the page.
            for _ in range(2):
                height = page.evaluate("Math.min(8000, document.documentElement.scrollHeight)")
                page.set_viewport_size({"width": window["width"], "height": height})
                page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.screenshot(path=self.pictures / f"{name}.png")
        fits(page)
        if full and window:
            page.set_viewport_size(window)


def fits(page: Page) -> None:
    """Fails when a page has to be scrolled sideways."""
    wide = page.evaluate(OVERFLOW)
    assert not wide, f"wider than the window by {wide}"


def accessible(page: Page, what: str) -> None:
    """Fails when axe finds a violation, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        first = [(v["id"], v["nodes"][0]) for v in found]
        told = [f"{name} {node['html'][:150]} {node.get('failureSummary', '')[:200]}" for name, node in first]
        assert not told, f"{what} in {scheme}: {'; '.join(told)}"
    page.emulate_media(color_scheme="light")


def names(page: Page) -> list[str]:
    """The components that a list shows, from the top."""
    return page.evaluate("[...document.querySelectorAll('#list .c:not([hidden])')].map((e) => e.dataset.component)")


def status_is(page: Page, name: str, status: str, limit: float = WAIT) -> None:
    """Waits until a row shows a status."""
    page.wait_for_selector(f"#c-{name}[data-status={status}]", state="attached", timeout=limit)


def until(page: Page, script: str, argument: Any = None, limit: float = WAIT / 1000) -> None:
    """Waits until a script says yes; the page's own policy forbids the browser's way to wait for one."""
    end = time.monotonic() + limit
    while not page.evaluate(script, argument):
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit:.0f} s for {script} {argument or ''}")
        page.wait_for_timeout(50)
