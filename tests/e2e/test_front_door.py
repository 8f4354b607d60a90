"""The main job: one command brings the system up; a real fault is found, mended, verified."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.support.eventually import eventually

_RUN_SECONDS = 420


@dataclass(frozen=True)
class Home:
    """A local cloud of this test's own, driven by the command line alone."""

    folder: Path

    def itops(self, *words: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-P", "-c", "from itops_cli.main import main; main()", *words],
            env={**kept, "ITOPS_HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=_RUN_SECONDS,
            check=False,
        )

    def up_with_demo(self) -> "subprocess.CompletedProcess[str]":
        return self.itops("local", "up", "--demo", "--port", "0", "--front-port", "0")

    def document(self, *words: str) -> dict[str, object]:
        done = self.itops(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("front-door") / "home")
    try:
        yield home
    finally:
        home.itops("local", "down", "--purge")


@pytest.fixture(scope="module")
def told(home: Home) -> str:
    done = home.up_with_demo()
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def resolved(told: str) -> str:
    story, _, _ = told.partition(" resolved ")
    found = re.findall(r"detect +(INC-[0-9A-F]{8})", story)
    assert found, told
    return found[-1]


def test_the_story_is_told_from_the_alarm_to_the_verified_action(told: str) -> None:
    labels = [found[1] for found in re.finditer(r"^ *[+-][\d.]+s +(\w+)", told, re.MULTILINE)]

    first = labels[: labels.index("resolved") + 1]
    for expected in ("detect", "severity", "verdict", "plan", "gate", "action", "verified"):
        assert expected in first, told
    assert first.index("verdict") < first.index("action") < first.index("verified")
    assert "\x1b" not in told


def test_the_incident_carries_cause_resolving_evidence_action_and_timings(
    home: Home, resolved: str
) -> None:
    told = home.document("incidents", "show", resolved)

    evidence = {str(item["evidence_id"]) for item in _items({"items": told["evidence"]})}
    (action,) = _items({"items": told["actions"]})
    assert told["cause"]
    assert told["evidence_ids"]
    assert set(_texts(told["evidence_ids"])) <= evidence
    assert action["status"] == "done"
    assert action["before"] != action["after"]
    assert {"triage", "diagnose", "act", "verify"} <= set(_texts(told["phase_seconds"]))


def test_the_second_fault_waits_for_a_person_until_one_decides(home: Home, told: str) -> None:
    printed = re.search(r"approvals approve (APR-[0-9A-F]{8})", told)
    assert printed, told
    approval = printed[1]
    waiting = home.document("approvals", "show", approval)
    assert waiting["status"] == "pending"

    approved = home.itops("approvals", "approve", approval, "--reason", "looks right")
    watched = home.itops("incidents", "watch", str(waiting["incident_id"]), "--timeout", "120")
    again = home.itops("approvals", "approve", approval, "--reason", "as above")

    assert approved.returncode == 0, approved.stderr
    assert watched.returncode == 0, watched.stdout + watched.stderr
    assert " resolved " in watched.stdout
    assert again.returncode == 5, again.stderr


def test_the_printed_curl_and_page_answer(told: str) -> None:
    printed = re.search(r"curl -s -H 'Authorization: (Bearer \S+)' (\S+)", told)
    page = re.search(r"web page +(\S+)/#code=", told)
    assert printed
    assert page

    answer = httpx2.get(printed[2], headers={"Authorization": printed[1]}, trust_env=False)
    stranger = httpx2.get(printed[2], trust_env=False)
    html = httpx2.get(f"{page[1]}/", trust_env=False).text

    assert len(answer.json()["items"]) >= 2
    assert stranger.status_code in {401, 403}
    assert "Content-Security-Policy" in html
    for name in re.findall(r'(?:src|href)="([\w./-]+)"', html):
        assert httpx2.get(f"{page[1]}/{name}", trust_env=False).status_code == 200, name


def test_an_incident_is_kept_in_one_file_and_replayed_to_the_byte_without_the_cloud(
    home: Home, resolved: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json.gz"

    exported = home.itops("capsule", "export", resolved, str(kept))
    elsewhere = Home(tmp_path / "no-cloud")
    replayed = elsewhere.itops("capsule", "replay", str(kept))
    checked = elsewhere.itops("capsule", "check", str(kept))

    assert exported.returncode == 0, exported.stderr
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "the same to the byte" in replayed.stdout
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_second_run_converges(home: Home, told: str, resolved: str) -> None:
    done = home.up_with_demo()

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    ended = _items(home.document("incidents", "list", "--status", "resolved"))
    assert resolved in {str(item["incident_id"]) for item in ended}
    detected = [line for line in done.stdout.splitlines() if " detect " in line]
    assert detected
    assert not [line for line in detected if resolved in line]
    assert _items(home.document("approvals", "list"))


def test_what_was_decided_and_done_is_on_record_and_the_log_holds(
    home: Home, resolved: str
) -> None:
    log = home.document("audit", "verify")
    entries = home.document("audit", "list", resolved)["entries"]

    assert isinstance(entries, list)
    kinds = [entry["kind"] for entry in entries]
    assert log["holds"] is True
    assert {"decision", "action_begun", "action_ended", "incident_ended"} <= set(kinds)
    assert kinds.index("decision") < kinds.index("action_begun") < kinds.index("action_ended")


def test_the_report_on_it_follows_from_its_evidence(home: Home, resolved: str) -> None:
    checked = home.document("report", "verify", resolved)
    page = home.itops("incidents", "report", resolved, "--format", "html")

    assert checked["holds"] is True
    assert checked["citations"]
    assert "restart_ecs_service" in page.stdout


def test_a_grade_counts_in_the_statistics_and_in_what_was_learned(
    home: Home, resolved: str
) -> None:
    graded = home.document("incidents", "grade", resolved, "--cause", "right")
    stats = home.document("stats")

    assert isinstance(graded["grade"], dict)
    assert graded["grade"]["percent"] == 100
    assert isinstance(stats["accuracy"], dict)
    assert stats["accuracy"]["mean_percent"] == 100
    assert home.document("audit", "verify")["holds"] is True


# A cloud of its own: the others of this module may be asked for after it, on another worker.
def test_down_stops_it_and_purge_removes_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    up = home.itops("local", "up", "--port", "0", "--front-port", "0")
    assert up.returncode == 0, f"{up.stdout}\n{up.stderr}"
    pid = int(json.loads((home.folder / "cloud.json").read_text())["pid"])

    down = home.itops("local", "down", "--purge")

    assert down.returncode == 0, down.stderr
    assert not home.folder.exists()
    assert home.itops("incidents", "list").returncode == 6
    eventually(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _items(body: dict[str, object]) -> list[dict[str, object]]:
    items = body["items"]
    assert isinstance(items, list)
    return items


def _texts(values: object) -> list[str]:
    assert isinstance(values, list | dict)
    return [str(value) for value in values]
