"""Writes the pictures of the console into docs/images: `make screenshots`, with a local cloud up.

They show whatever that cloud holds; after `./deploy.sh --local` that is one incident resolved and
one that waits for a person. Playwright drives the system's own Chromium.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, sync_playwright

from local_cloud.address import Address, read_address

CHECKOUT = Path(__file__).resolve().parents[1]
IMAGES = CHECKOUT / "docs" / "images"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
_TALL: dict[str, Any] = {"viewport": {"width": 1440, "height": 1400}}
_DESK_DARK = {**_DESK, "color_scheme": "dark"}
_PHONE_DARK = {**_PHONE, "color_scheme": "dark"}
_SETTLED_MS = 6000


def main() -> None:
    """Take every picture."""
    folder = Path(os.environ.get("ITOPS_HOME", CHECKOUT / ".itops"))
    address = read_address(folder)
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if address is None or program is None:
        sys.exit("it needs a running local cloud (./deploy.sh --local) and a Chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, path, options in _pictures(address):
            context = browser.new_context(**options, reduced_motion="reduce")
            context.add_init_script(f"sessionStorage.setItem('itops.token', '{address.token}')")
            _take(context.new_page(), f"{address.ui_url}{path}", IMAGES / f"{name}.png")
            context.close()
        browser.close()


def _take(page: Page, url: str, target: Path) -> None:
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(_SETTLED_MS)
    page.screenshot(path=target)
    sys.stdout.write(f"{target.relative_to(CHECKOUT)}\n")


def _pictures(address: Address) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield each picture's name, page, size and light; those without a subject are left out."""
    yield "console-incidents", "#/incidents", _DESK
    yield "console-incidents-phone", "#/incidents", _PHONE_DARK
    yield "console-statistics", "#/stats", _DESK
    yield "console-knowledge", "#/knowledge", _DESK_DARK
    yield "console-fleet", "#/fleet", _DESK
    incidents = _asked(address, "/incidents")
    resolved = next(
        (one for one in incidents if one["status"] == "resolved" and one["actions"]), None
    )
    if resolved:
        there = f"#/incidents/{resolved['incident_id']}"
        yield "console-incident", f"{there}?tab=cause", _DESK
        yield "console-timeline", f"{there}?tab=timeline", _DESK_DARK
        yield "console-workflow", f"{there}?tab=workflow", _TALL
        cited = [one for claim in resolved["verdict"]["claims"] for one in claim["citations"]]
        for one in sorted(cited, key=lambda one: -len(one["quote"]))[:1]:
            at = "-".join(map(str, one["span"]))
            yield "console-evidence", f"{there}?evidence={one['evidence_id']}&at={at}", _DESK
    for waiting in _asked(address, "/approvals?status=pending")[:1]:
        yield "console-approval", f"#/approvals/{waiting['approval_id']}", _DESK
        yield "console-approval-phone", f"approve.html#{waiting['approval_id']}", _PHONE_DARK


def _asked(address: Address, path: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {address.token}"}
    answer = httpx2.get(f"{address.api_url}{path}", headers=headers, trust_env=False, timeout=60)
    return answer.raise_for_status().json()["items"]


if __name__ == "__main__":
    main()
