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

pytestmark = pytest.mark.timeout(1800)

_RUN_SECONDS = 900


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


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    try:
        yield home
    finally:
        home.itops("local", "down", "--purge")


# One test, for it is one cloud with a past: workers share out tests, and would bring up one each.
def test_one_command_brings_up_a_system_that_mends_a_fault_and_proves_it(
    home: Home, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    done = home.up_with_demo()
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = done.stdout
    resolved = _resolved_in(told)

    with subtests.test("the story is told from the alarm to the verified action"):
        _check_story(told)
        # It works in another shell, too, where no variable names this folder.
        assert f"local down --folder {home.folder}" in told
    with subtests.test("the incident carries cause, resolving evidence, action and timings"):
        _check_incident(home, resolved)
    with subtests.test("the second fault waits for a person until one decides"):
        _check_second_fault(home, told)
    with subtests.test("the printed curl and page answer"):
        _check_printed(told)
    with subtests.test("an incident is kept in one file and replayed to the byte elsewhere"):
        _check_capsule(home, resolved, tmp_path)
    with subtests.test("a second run converges"):
        _check_second_run(home, resolved)
    with subtests.test("what was decided and done is on record, and the log holds"):
        _check_record(home, resolved)
    with subtests.test("the report on it follows from its evidence"):
        _check_report(home, resolved)
    with subtests.test("a grade counts in the statistics and in what was learned"):
        _check_grade(home, resolved)
    with subtests.test("down stops it and purge removes it"):
        _check_down(home)


def _resolved_in(told: str) -> str:
    story, _, _ = told.partition(" resolved ")
    found = re.findall(r"detect +(INC-[0-9A-F]{8})", story)
    assert found, told
    return found[-1]


def _check_story(told: str) -> None:
    labels = [found[1] for found in re.finditer(r"^ *[+-][\d.]+s +(\w+)", told, re.MULTILINE)]

    first = labels[: labels.index("resolved") + 1]
    for expected in ("detect", "severity", "verdict", "plan", "gate", "action", "verified"):
        assert expected in first, told
    assert first.index("verdict") < first.index("action") < first.index("verified")
    assert "\x1b" not in told


def _check_incident(home: Home, resolved: str) -> None:
    told = home.document("incidents", "show", resolved)

    evidence = {str(item["evidence_id"]) for item in _items({"items": told["evidence"]})}
    (action,) = _items({"items": told["actions"]})
    assert told["cause"]
    assert told["evidence_ids"]
    assert set(_texts(told["evidence_ids"])) <= evidence
    assert action["status"] == "done"
    assert action["before"] != action["after"]
    assert {"triage", "diagnose", "act", "verify"} <= set(_texts(told["phase_seconds"]))


def _check_second_fault(home: Home, told: str) -> None:
    printed = re.search(r"approvals approve (APR-[0-9A-F]{8})", told)
    assert printed, told
    approval = printed[1]
    waiting = home.document("approvals", "show", approval)
    assert waiting["status"] == "pending"

    approved = home.itops("approvals", "approve", approval, "--reason", "looks right")
    watched = home.itops("incidents", "watch", str(waiting["incident_id"]), "--timeout", "300")
    again = home.itops("approvals", "approve", approval, "--reason", "as above")

    assert approved.returncode == 0, approved.stderr
    assert watched.returncode == 0, watched.stdout + watched.stderr
    assert " resolved " in watched.stdout
    assert again.returncode == 5, again.stderr


def _check_printed(told: str) -> None:
    printed = re.search(r"curl -s -H 'Authorization: (Bearer \S+)' (\S+)", told)
    page = re.search(r"web page +(\S+)/#code=", told)
    assert printed
    assert page

    with httpx2.Client(trust_env=False, timeout=60) as client:
        answer = client.get(printed[2], headers={"Authorization": printed[1]})
        stranger = client.get(printed[2])
        html = client.get(f"{page[1]}/").text
        named = re.findall(r'(?:src|href)="([\w./-]+)"', html)
        found = {name: client.get(f"{page[1]}/{name}").status_code for name in named}

    assert len(answer.json()["items"]) >= 2
    assert stranger.status_code in {401, 403}
    assert "Content-Security-Policy" in html
    assert found
    assert set(found.values()) == {200}, found


def _check_capsule(home: Home, resolved: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json.gz"

    exported = home.itops("capsule", "export", resolved, str(kept))
    elsewhere = Home(tmp_path / "no-cloud")
    replayed = elsewhere.itops("capsule", "replay", str(kept))
    checked = elsewhere.itops("capsule", "check", str(kept))

    assert exported.returncode == 0, exported.stderr
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "the same to the byte" in replayed.stdout
    assert checked.returncode == 0, checked.stdout + checked.stderr


def _check_second_run(home: Home, resolved: str) -> None:
    done = home.up_with_demo()

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    ended = _items(home.document("incidents", "list", "--status", "resolved"))
    assert resolved in {str(item["incident_id"]) for item in ended}
    detected = [line for line in done.stdout.splitlines() if " detect " in line]
    assert detected
    assert not [line for line in detected if resolved in line]
    assert _items(home.document("approvals", "list"))


def _check_record(home: Home, resolved: str) -> None:
    log = home.document("audit", "verify")
    entries = home.document("audit", "list", resolved)["entries"]

    assert isinstance(entries, list)
    kinds = [entry["kind"] for entry in entries]
    assert log["holds"] is True
    assert {"decision", "action_begun", "action_ended", "incident_ended"} <= set(kinds)
    assert kinds.index("decision") < kinds.index("action_begun") < kinds.index("action_ended")


def _check_report(home: Home, resolved: str) -> None:
    checked = home.document("report", "verify", resolved)
    page = home.itops("incidents", "report", resolved, "--format", "html")

    assert checked["holds"] is True
    assert checked["citations"]
    assert "restart_ecs_service" in page.stdout


def _check_grade(home: Home, resolved: str) -> None:
    graded = home.document("incidents", "grade", resolved, "--cause", "right")
    stats = home.document("stats")

    assert isinstance(graded["grade"], dict)
    assert graded["grade"]["percent"] == 100
    assert isinstance(stats["accuracy"], dict)
    assert stats["accuracy"]["mean_percent"] == 100
    assert home.document("audit", "verify")["holds"] is True


def _check_down(home: Home) -> None:
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
