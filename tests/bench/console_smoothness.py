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
_INCIDENTS, _LOOKED_AT, _STEPS, _ROUNDS = 10_000, 2_000, 500, 5
_LOADED_MS = 300_000
_ABSENT = dict.fromkeys(
    ("closed_at", "duplicate_of", "verdict", "resolution", "escalation", "approval", "grade",
     "acknowledgement", "verification", "alarm", "symptom_started_at", "approval_id"),
)  # fmt: skip


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _summary(number: int) -> dict[str, Any]:
    return {
        "incident_id": f"INC-{number:08X}", "title": f"incident {number} of payment",
        "service": f"service-{number % 97}", "detected_by": "api", "severity": "high",
        "status": "investigating", "closed_at": None, "cause": "", "owner": "", "recurs": None,
        "version": 1, "updated_at": "x", "opened_at": f"2026-{12 - number // 900:02}-01T00:00:00Z",
    }  # fmt: skip


def _incident() -> dict[str, Any]:
    return {
        **_ABSENT, **_summary(1), "description": "", "affected_services": [], "phases": [],
        "actions": [], "round": 1, "previews": [], "resumes": 0, "past": None, "recurrence": None,
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


def _searched(asked: dict[str, str]) -> dict[str, Any]:
    """A page as the API gives it: looking at 2,000 at a time where something is sought."""
    first, many = int(asked.get("cursor", 0)), int(asked["limit"])
    text = asked.get("text", "").replace("%20", " ").replace("+", " ")
    after = min(first + (_LOOKED_AT if text else many), _INCIDENTS)
    found = [_summary(number) for number in range(first, after)]
    items = [one for one in found if all(word in one["title"] for word in text.split())]
    return {"items": items[:many], "cursor": str(after) if after < _INCIDENTS else None}


def _answer(route: Route) -> None:
    path, _, query = route.request.url.partition("?")
    asked = dict(part.split("=") for part in query.split("&") if "=" in part)
    body: dict[str, Any] = {"items": [], "cursor": None}
    if path.endswith("/session"):
        body = {"name": "ann", "role": "admin", "environment": "bench",
                "actions": {"is_on": True, "reason": ""}}  # fmt: skip
    elif path.endswith("/incident-summaries"):
        body = _searched(asked)
    elif path.endswith("/steps") and asked.get("after", "0") == "0":
        body["items"] = [_step(number) for number in range(1, _STEPS + 1)]
    elif "/incidents/" in path and path.count("/") == path.partition("/api")[0].count("/") + 3:
        body = _incident()
    route.fulfill(json=body)


def _list(page: Page, home: str) -> tuple[list[float], list[float]]:
    """Load all by turning pages, then search; return the seconds of each turn and search."""
    page.goto(f"{home}#/incidents?page={_INCIDENTS // 25 - 1}")
    page.get_by_text(f"({_INCIDENTS}", exact=False).wait_for(timeout=_LOADED_MS)
    turns: list[float] = []
    for round_ in range(_ROUNDS):
        name = "Next page" if round_ % 2 == 0 else "Previous page"
        shown = f"incident {_INCIDENTS - 25 if round_ % 2 == 0 else _INCIDENTS - 50} of payment"
        began = time.monotonic()
        page.get_by_role("button", name=name).click()
        page.get_by_role("link", name=shown).wait_for()
        turns.append(time.monotonic() - began)
    searches: list[float] = []
    for round_ in range(_ROUNDS):
        wanted = _INCIDENTS - 1 - round_
        began = time.monotonic()
        page.get_by_label("Search incidents").fill(f"incident {wanted}")
        page.get_by_role("link", name=f"incident {wanted} of payment").wait_for()
        searches.append(time.monotonic() - began)
    return turns, searches


_SCROLL = """async () => { const gaps = []; let last = performance.now();
  for (let at = 0; at < 120; at++) { window.scrollBy(0, at < 60 ? 400 : -400);
    await new Promise(requestAnimationFrame); const now = performance.now();
    gaps.push(now - last); last = now; } return gaps; }"""


def _timeline(page: Page, home: str) -> tuple[list[float], int]:
    """Return the frames of scrolling through the entries, and how many rows are there at once."""
    page.goto(f"{home}#/incidents/INC-00000001")
    timeline = page.get_by_role("list", name="Timeline")
    timeline.get_by_text("thought 1 ").first.wait_for()
    frames = [float(gap) for gap in page.evaluate(_SCROLL)]
    page.get_by_role("button", name="Newest").click()
    timeline.get_by_text("thought 500").wait_for()
    return frames, timeline.get_by_role("listitem").count()


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
        turns, searched = _list(page, home)
        frames, rows = _timeline(page, home)
        browser.close()
        server.shutdown()
    told = {
        "page_of_10000_ms": round(statistics.median(turns) * 1000),
        "search_10000_ms": round(statistics.median(searched) * 1000),
        "frame_500_steps_ms": round(statistics.median(frames), 1),
        "frame_500_steps_p95_ms": round(statistics.quantiles(frames, n=20)[18], 1),
        "rows_of_1000_there": rows,
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()
