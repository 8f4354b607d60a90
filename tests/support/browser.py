"""A real browser for tests: Chromium of the system, driven by Playwright; nothing is downloaded.

A page that writes an error to its console fails its test.
"""

# Playwright's callbacks are handed untyped objects.
# pyright: reportUnknownLambdaType=false

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError

from itops_cli.links import local_link
from itops_core.domain.people import Role
from local_cloud.address import Address
from tests.support.console_files import DIST, MODULES

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 360, "height": 780},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "wall": {"viewport": {"width": 3840, "height": 2160}},
}
SIZES = (
    {"width": 3840, "height": 2160},
    {"width": 768, "height": 900},
    {"width": 360, "height": 780},
)
_AXE = MODULES / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_PATIENCE = 60_000


def _missing() -> str:
    if not any(shutil.which(name) for name in PROGRAMS):
        return "no Chromium (Debian: apt-get install chromium)"
    if not (DIST / "index.html").is_file() or not _AXE.is_file():
        return "the console and its checks (python3 scripts/build_console.py --check)"
    return ""


needs_browser = pytest.mark.skipif(bool(_missing()), reason=f"NOT tested: there is {_missing()}")


@dataclass
class Visitor:
    """Somebody in front of a browser, signed in or not, on a desk or with a phone."""

    browser: Any
    made: list[Any] = field(default_factory=list[Any])
    errors: list[str] = field(default_factory=list[str])
    expected: tuple[str, ...] = ()
    """Parts of console errors that a test provokes."""

    def page(self, view: str = "desktop", mode: str = "light") -> Any:  # noqa: ANN401
        """Open an empty page in a profile of its own."""
        context = self.browser.new_context(
            **VIEWS[view], color_scheme=mode, reduced_motion="reduce"
        )
        context.set_default_timeout(_PATIENCE)
        self.made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        return page

    def at(self, cloud: Address, path: str, view: str = "desktop", mode: str = "light") -> Any:  # noqa: ANN401
        """Open a page of the console by the link that signs in, as it is printed."""
        page = self.page(view, mode)
        page.goto(signing_in(cloud, path))
        return page

    def _hear(self, message: Any) -> None:  # noqa: ANN401
        if message.type == "error" and not any(part in message.text for part in self.expected):
            self.errors.append(message.text)


def signing_in(cloud: Address, path: str, role: Role = Role.ADMIN) -> str:
    """Return a link that signs in once, as it is printed."""
    return local_link(cloud, f"a-{role}", role, path)


def faults_for_disabled_people(page: Any) -> list[str]:  # noqa: ANN401
    """Return what axe finds wrong, with the first element of each kind."""
    page.evaluate(f"{_AXE.read_text(encoding='utf-8')}\n;undefined")
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", _RULES)
    return [_told(fault) for fault in found["violations"]]


def _told(fault: dict[str, Any]) -> str:
    first = fault["nodes"][0]
    return f"{fault['id']}: {first['html'][:300]} {first['failureSummary'][:300]}"


def sideways(page: Any) -> int:  # noqa: ANN401
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


_MISFITS = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const scrolls = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(at).overflowX)) return true;
    return false; };
  const outside = [...document.body.querySelectorAll("*")].filter((one) => {
    const [at, style] = [one.getBoundingClientRect(), getComputedStyle(one)];
    return (at.right > innerWidth + 1 || at.left < -1) && at.width > 1 && at.height > 1
      && one.textContent.trim() && style.visibility === "visible" && style.clip === "auto"
      && !scrolls(one) && !one.closest("[aria-hidden=true], [aria-live]");
  });
  const moving = document.getAnimations().filter((one) => one.playState === "running"
    && one.effect.getComputedTiming().activeDuration > 100);
  return [
    ...(wide > 0 ? [`${wide} pixels too wide`] : []),
    ...outside.slice(0, 3).map((one) => `reaches out: ${one.outerHTML.slice(0, 200)}`),
    ...moving.map((one) => `moves although that is not wanted: ${one.animationName}`),
  ]; }"""
_SETTLES_MS = 60_000


def misfits(page: Any) -> list[str]:  # noqa: ANN401
    """Return what is wrong with a page at the size it has: too wide, cut off, or moving."""
    with suppress(PlaywrightError):
        page.wait_for_function(f"() => !({_MISFITS})().length", timeout=_SETTLES_MS)
    return list(page.evaluate(_MISFITS))


def darken(page: Any) -> None:  # noqa: ANN401
    """Have the system ask for the dark, and wait until the page is."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "() => document.body.classList.contains('awsui-dark-mode')"
        " && !document.getAnimations().some((one) => one.playState === 'running')"
    )


def tab_to(page: Any, wanted: Any, most: int = 60) -> None:  # noqa: ANN401
    """Reach something by the Tab key alone, as somebody without a mouse does."""
    wanted.wait_for()
    for _ in range(most):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by {most} presses of Tab")


def answers(page: Any, pattern: str, body: object, status: int = 200) -> None:  # noqa: ANN401
    """Let the API answer `body` to what fits the pattern, from now on."""
    kind = "application/json" if status < 400 else "application/problem+json"
    page.route(pattern, lambda route: route.fulfill(status=status, content_type=kind, json=body))
