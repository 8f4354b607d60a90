"""How the built console keeps up with much: `python tests/bench/console_smoothness.py`.

10,000 incidents and 500 steps come from routes of the browser, not from a cloud, so that only the
page is measured. Chromium of the system; the figures are medians of some rounds.
"""

import json
import shutil
import statistics
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

DIST = Path(__file__).parents[2] / "web-ui" / "dist"
_INCIDENTS, _PAGE, _STEPS, _ROUNDS = 10_000, 200, 500, 7
_PATIENCE_MS = 30_000
_ABSENT = dict.fromkeys(
    ("closed_at", "duplicate_of", "verdict", "resolution", "escalation", "approval", "grade",
     "acknowledgement", "verification", "alarm", "symptom_started_at", "approval_id"),
)  # fmt: skip


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _incident(number: int) -> dict[str, Any]:
    return {
        **_ABSENT, "incident_id": f"INC-{number:08X}", "title": f"incident {number} of payment",
        "description": "", "service": f"service-{number % 97}", "affected_services": [],
        "detected_by": "api", "severity": "high", "status": "investigating", "version": 1,
        "opened_at": f"2026-{12 - number // 900:02}-01T00:00:00Z", "updated_at": "x", "phases": [],
        "actions": [],
    }  # fmt: skip


def _step(number: int) -> dict[str, Any]:
    call = {"server": "monitoring", "tool": "get_metrics", "arguments": {"metric": f"m{number}"}}
    usage = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0, "dollars": 0}
    turn = {
        "thought": f"thought {number} " * 12, "beliefs": [], "usage": usage, "degraded": "",
        "reasoner": "offline", "verdict": None, "triage": None, "plan": None, "calls": [call],
    }  # fmt: skip
    seen = {"call": call, "status": "ok", "message": "", "evidence_id": None, "duration_ms": 5}
    return {
        "number": number, "agent": "root_cause", "round": 1, "duration_ms": 5, "turn": turn,
        "started_at": f"2026-11-20T12:{number // 60:02}:{number % 60:02}Z", "observations": [seen],
    }  # fmt: skip


def _answer(route: Route) -> None:
    path, _, query = route.request.url.partition("?")
    asked = dict(part.split("=") for part in query.split("&") if "=" in part)
    body: dict[str, Any] = {"items": [], "cursor": None}
    if path.endswith("/session"):
        body = {"name": "ann", "role": "admin", "environment": "bench",
                "actions": {"is_on": True, "reason": ""}}  # fmt: skip
    elif path.endswith("/incidents"):
        first, many = int(asked.get("cursor", 0)), int(asked["limit"])
        after = first + many
        items = [_incident(number) for number in range(first, min(after, _INCIDENTS))]
        body = {"items": items, "cursor": str(after) if after < _INCIDENTS else None}
    elif path.endswith("/steps") and asked.get("after", "0") == "0":
        body["items"] = [_step(number) for number in range(1, _STEPS + 1)]
    elif "/incidents/" in path and path.count("/") == path.partition("/api")[0].count("/") + 3:
        body = _incident(1)
    route.fulfill(json=body)


def _list(page: Page, home: str) -> list[float]:
    page.goto(f"{home}#/incidents")
    more = page.get_by_role("button", name="Look at older ones")
    while not page.get_by_text(f"({_INCIDENTS})").count():
        if more.is_visible() and more.is_enabled():
            more.click(timeout=_PATIENCE_MS, force=True)
        page.wait_for_timeout(50)
    search = page.get_by_label("Search incidents")
    took: list[float] = []
    for round_ in range(_ROUNDS):
        wanted = _INCIDENTS - 1 - round_
        began = time.monotonic()
        search.fill(f"incident {wanted}")
        page.get_by_role("link", name=f"incident {wanted} of payment").wait_for()
        took.append(time.monotonic() - began)
    return took


def _frames(page: Page, home: str) -> list[float]:
    page.goto(f"{home}#/incidents/INC-00000001")
    page.get_by_role("list", name="Timeline").get_by_text("thought 500").wait_for()
    script = """async () => { const gaps = []; let last = performance.now();
      for (let at = 0; at < 120; at++) { window.scrollBy(0, 160);
        await new Promise(requestAnimationFrame); const now = performance.now();
        gaps.push(now - last); last = now; } return gaps; }"""
    return [float(gap) for gap in page.evaluate(script)]


def main() -> None:
    """Measure, and print JSON."""
    serve = partial(_Quiet, directory=str(DIST))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_address[1]}/index.html"
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/api/**", _answer)
        page.add_init_script("sessionStorage.setItem('itops.token', 't')")
        searched, frames = _list(page, home), _frames(page, home)
        browser.close()
        server.shutdown()
    told = {
        "search_10000_ms": round(statistics.median(searched) * 1000),
        "frame_500_steps_ms": round(statistics.median(frames), 1),
        "frame_500_steps_p95_ms": round(statistics.quantiles(frames, n=20)[18], 1),
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()
