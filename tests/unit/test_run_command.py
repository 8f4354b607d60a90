"""`itops run`, `itops runbooks` and `itops logs show` as programs: exit codes, logs, bad input."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from itops_core.tools.journal import EVENTS, FileJournal
from tests.support.eventually import eventually
from tests.support.runs import bare_environment, command, events_in, itops, itops_here

_CATCHES = 8
"""So often a run is begun; a machine with much else to do may see it end before it is killed."""


def test_a_run_needs_no_credentials_and_prints_nothing_but_its_document(tmp_path: Path) -> None:
    told = itops("run", "--mode", "watchdog", "--json", cwd=tmp_path)

    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert document["world"] == "recorded"
    assert (tmp_path / document["log"]).is_file()
    assert document["log"].startswith("logs/")


def killed_in_the_middle(folder: Path) -> Path | None:
    """Return the log of a run that was killed at its first tool, or `None` where it was over."""
    with subprocess.Popen(
        command("run", "--mode", "incident", "--log-dir", folder),
        env=bare_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        (log,) = eventually(lambda: list(folder.glob("*.jsonl")), every=0.02)
        eventually(lambda: b"tool_result" in log.read_bytes(), every=0.01)
        os.kill(process.pid, signal.SIGKILL)
    return None if b"run_end" in log.read_bytes() else log


def test_a_log_that_a_kill_cut_off_is_valid_to_its_last_line(tmp_path: Path) -> None:
    logs = (killed_in_the_middle(tmp_path / str(number)) for number in range(_CATCHES))
    log = next(one for one in logs if one is not None)

    events = events_in(log)
    shown = itops_here("logs", "show", log)

    assert events[0]["event"] == "run_start"
    assert events[-1]["event"] != "run_end"
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert shown.returncode == 0, shown.stderr
    assert "without run_end" in shown.stdout


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--mode", "sleep"], 2, "sleep"),
        (["--mode", "incident", "--runbook", "no_such"], 3, "no_such"),
        (["--mode", "watchdog", "--device", "truck-404"], 3, "truck-404"),
        (["--mode", "briefing", "--allow-write"], 2, "--allow-write"),
        (["--mode", "watchdog", "--log-dir", "/dev/null/logs"], 2, "cannot be written"),
        (["--mode", "watchdog", "--config-override", "nowhere.yaml"], 2, "nowhere.yaml"),
    ],
)
def test_what_a_run_cannot_use_is_one_sentence_and_a_code(
    words: list[str],
    code: int,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    told = itops_here("run", *words)

    assert told.returncode == code, told.stderr
    assert why in told.stderr
    assert "Traceback" not in told.stderr


def test_without_a_deployment_a_live_run_says_how_to_get_one(tmp_path: Path) -> None:
    told = itops(
        "run", "--mode", "watchdog", "--no-mock", "--folder", tmp_path, cwd=tmp_path,
        HOME=str(tmp_path), AWS_REGION="eu-west-1",
    )  # fmt: skip

    assert told.returncode == 6, told.stderr
    assert "itops local up" in told.stderr


def test_flaws_of_a_runbook_are_told_with_file_line_and_reason(tmp_path: Path) -> None:
    (tmp_path / "warm.yaml").write_text(
        "id: warm\n"
        "title: Something is much too warm\n"
        "applies_to: {faults: [device_melted]}\n"
        "symptoms: [The thermometer shows more than it should]\n"
        "cause: Nobody knows that for certain yet\n"
        "steps:\n"
        "  - {say: Look at the thermometer first, tools: [read_thermometer]}\n"
        "  - {say: Look at the thermometer again, tools: [get_metrics]}\n"
        "hypotheses:\n"
        "  - {fault: device_door_open, times: 2, because: Doors are left open now and then}\n"
        "fix: [{say: Open a window for a while, action: open_window}]\n"
        "verify: [{say: Look at the thermometer later}]\n"
        "escalate: Call somebody with a fan in hand\n"
    )
    (tmp_path / "torn.yaml").write_text("id: torn\nsteps: [\n")

    told = itops_here("runbooks", "check", tmp_path)

    assert told.returncode == 2
    assert "torn.yaml:3" in told.stdout
    assert "warm.yaml:3: applies_to.faults.0: there is no fault 'device_melted'" in told.stdout
    assert "warm.yaml:7: steps.0.tools.0: there is no tool 'read_thermometer'" in told.stdout
    assert "warm.yaml:11: fix.0.action: there is no action 'open_window'" in told.stdout


def test_a_folder_without_runbooks_is_said_to_hold_none(tmp_path: Path) -> None:
    told = itops_here("runbooks", "check", tmp_path)

    assert told.returncode == 2
    assert "holds no runbook" in told.stderr


def test_an_event_without_fields_is_shown_as_one_without_details(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    log.write_text('{"event": "tool_call", "at": "2026-11-20T13:00:00.000Z"}\n')

    told = itops_here("logs", "show", log)

    assert told.returncode == 0
    assert "(it holds no details)" in told.stdout


def _written(path: Path, count: int, *, ended: bool) -> Path:
    journal = FileJournal(path, "RUN-0")
    journal.write("run_start", mode="watchdog", world="recorded", allow_write=False, reasoner="x")
    for number in range(count):
        journal.write("tool_call", server="fleet", tool="look", arguments={"n": number})
    if ended:
        journal.write(
            "run_end", status="quiet", tokens=0, dollars=0.0, tool_calls=count, path=["quiet"]
        )
    journal.close()
    return path


def test_a_log_is_shown_with_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    log = _written(tmp_path / "run.jsonl", 3, ended=False)
    with log.open("a", encoding="utf-8") as stream:
        stream.write('{"event": "tool_call", "server"')

    told = itops_here("logs", "show", log)

    assert told.returncode == 0
    assert told.stdout.count("fleet.look") == 3
    assert "no events were passed over: 5" in told.stdout


def test_a_huge_log_is_read_line_by_line(tmp_path: Path) -> None:
    log = _written(tmp_path / "run.jsonl", 5_000, ended=True)
    with log.open("a", encoding="utf-8") as stream:
        stream.write("x" * 3_000_000 + "\n")

    told = itops_here("logs", "show", "--json", log)

    assert told.returncode == 0
    assert len(told.stdout.splitlines()) == 5_002


@pytest.mark.parametrize("content", [b"", b"not a log\n" * 50, b"\x00\xff" * 4000, b"[1]\n{}\n"])
def test_a_file_that_is_no_log_is_refused(content: bytes, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_bytes(content)

    told = itops_here("logs", "show", foreign)

    assert told.returncode == 2
    assert "no log of a run" in told.stderr


def test_terminal_escapes_in_a_log_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = FileJournal(path, "RUN-0")
    journal.write("escalation", incident_id="INC-1", kind="policy", reason="\x1b[2J\x1b]0;x\x07now")
    journal.close()

    told = itops_here("logs", "show", path)

    assert "\x1b" not in told.stdout
    assert "now" in told.stdout


def test_every_event_of_a_run_has_the_fields_that_are_promised(tmp_path: Path) -> None:
    told = itops_here(
        "run", "--mode", "incident", "--device", "truck-002", "--allow-write", "--json",
        "--log-dir", tmp_path,
    )  # fmt: skip

    events = events_in(json.loads(told.stdout)["log"])
    assert {"v", "seq", "at", "run_id"} <= set(events[0])
    for event in events:
        assert set(EVENTS[event["event"]]) <= set(event), event["event"]
    assert {one["event"] for one in events} >= {
        "run_start", "reasoning", "tool_call", "tool_result", "step", "finding", "runbook",
        "decision", "escalation", "run_end",
    }  # fmt: skip
    end = events[-1]
    assert end["status"] == "escalated"
    assert end["tool_calls"] == sum(one["event"] == "tool_call" for one in events)
    assert end["path"][-1].startswith("escalated")
