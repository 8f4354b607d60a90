"""The command line against a server that speaks the API's shape."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from itops_core.domain.remediation import Action, ApprovalStatus
from itops_core.remediation.catalogue import catalogue
from tests.unit.cli_incidents import (
    APPROVAL_ID,
    EVIDENCE_ID,
    ID,
    a_resolved_incident,
    a_waiting_incident,
    an_action,
    an_approval,
    as_json,
    the_evidence,
    the_steps,
)
from tests.unit.cli_server import TOKEN, ApiServer, Request, problem, serving

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def api() -> Generator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def itops(api: ApiServer) -> Run:
    return lambda *words: _itops(*words, ITOPS_API_URL=f"{api.url}/api", ITOPS_API_TOKEN=TOKEN)


def _itops(
    *words: str, stdin: int = subprocess.DEVNULL, **variables: str
) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "from itops_cli.main import main; main()", *words],
        env={**kept, **variables},
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _serve_resolved(api: ApiServer) -> None:
    api.answers("GET", f"/api/incidents/{ID}", as_json(a_resolved_incident()))
    api.pages(f"/api/incidents/{ID}/steps", [as_json(step) for step in the_steps()])
    api.pages(f"/api/incidents/{ID}/evidence", the_evidence())
    api.pages(f"/api/incidents/{ID}/timeline", [])


def _serve_waiting(api: ApiServer) -> None:
    incident = {**as_json(a_waiting_incident()), "approval": an_approval().public()}
    api.answers("GET", f"/api/incidents/{ID}", incident)
    api.pages(f"/api/incidents/{ID}/steps", [])
    api.pages(f"/api/incidents/{ID}/timeline", [])


def test_an_incident_is_opened_with_what_was_said_and_a_key_that_makes_a_repeat_harmless(
    api: ApiServer, itops: Run
) -> None:
    api.answers("POST", "/api/incidents", {"incident_id": ID}, 201)

    done = itops("incidents", "create", "it is slow", "-s", "cart", "--severity", "high", "--json")

    request, *_ = api.requests
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["incident_id"] == ID
    assert request.headers["idempotency-key"]
    assert request.body["affected_services"] == ["cart"]
    assert request.body["severity"] == "high"


def test_the_page_of_an_incident_shows_cause_citations_actions_gaps_and_phases(
    api: ApiServer, itops: Run
) -> None:
    _serve_resolved(api)

    shown = itops("incidents", "show", ID).stdout

    for expected in (
        "ledger-service: memory_exhaustion",
        "91% sure",
        EVIDENCE_ID,
        "OutOfMemoryError",
        "running_count: 1 → 2",
        "circuit open",
        "diagnose",
        "2 steps · 1 tool call ·",
    ):
        assert expected in shown


def test_the_page_of_a_repeat_that_helped_does_not_say_that_it_did_not(
    api: ApiServer, itops: Run
) -> None:
    execution = "arn:aws:states:us-east-1:123456789012:execution:nightly:a"
    rerun = Action(name="rerun_execution", parameters={"execution_arn": execution})
    told = catalogue().spec(rerun.name).inverse_of(rerun, {})
    record = an_action().model_copy(update={"action": rerun, "inverse": told})
    api.answers("GET", f"/api/incidents/{ID}", as_json(a_resolved_incident(actions=(record,))))
    api.pages(f"/api/incidents/{ID}/steps", [])

    shown = itops("incidents", "show", ID).stdout

    assert "cannot be undone: what it did stays done" in shown
    assert "did not help" not in shown


def test_the_json_of_an_incident_carries_cause_evidence_actions_and_timings(
    api: ApiServer, itops: Run
) -> None:
    _serve_resolved(api)

    told = json.loads(itops("incidents", "show", ID, "--json").stdout)

    assert told["cause"]["fault"] == "memory_exhaustion"
    assert set(told["evidence_ids"]) <= {item["evidence_id"] for item in told["evidence"]}
    assert told["actions"][0]["before"] == {"running_count": 1, "desired_count": 2}
    assert told["actions"][0]["after"] == {"running_count": 2, "desired_count": 2}
    assert told["phase_seconds"]["diagnose"] == 2.0


def test_watching_tells_each_step_once_and_in_order(api: ApiServer, itops: Run) -> None:
    _serve_resolved(api)

    done = itops("incidents", "watch", ID)

    told = [line.split()[1] for line in done.stdout.splitlines() if line.lstrip().startswith("+")]
    assert done.returncode == 0, done.stderr
    assert told[0] == "detect"
    assert told[-1] == "resolved"
    assert done.stdout.count("are tasks being killed?") == 1
    assert "\x1b" not in done.stdout


def test_watching_as_json_gives_one_event_a_line(api: ApiServer, itops: Run) -> None:
    _serve_resolved(api)

    lines = itops("incidents", "watch", ID, "--json").stdout.splitlines()

    assert [json.loads(line)["label"] for line in lines][-1] == "resolved"


def test_watching_stops_at_a_person_where_that_is_wanted(api: ApiServer, itops: Run) -> None:
    _serve_waiting(api)

    done = itops("incidents", "watch", ID, "--until-approval")

    assert done.returncode == 0, done.stderr
    assert f"{APPROVAL_ID} pending" in done.stdout


def test_who_resolves_by_hand_is_told_what_nobody_measured(api: ApiServer, itops: Run) -> None:
    loose = "done, but whether it helped was not measured: restart_ecs_service on ledger"
    told = {"status": "resolved", "resolution": f"it stopped; {loose}"}
    api.answers("POST", f"/api/incidents/{ID}/resolve", told)

    done = itops("incidents", "resolve", ID, "--reason", "it stopped")

    assert done.returncode == 0, done.stderr
    assert loose in " ".join(done.stdout.split())


def test_watching_gives_up_with_its_own_exit_code(api: ApiServer, itops: Run) -> None:
    _serve_waiting(api)

    done = itops("incidents", "watch", ID, "--timeout", "1")

    assert done.returncode == 7
    assert "still awaiting_approval" in done.stderr


@pytest.mark.parametrize(("verb", "approved"), [("approve", True), ("deny", False)])
def test_a_decision_is_sent_as_it_was_made(
    api: ApiServer, itops: Run, verb: str, approved: bool
) -> None:
    path = f"/api/approvals/{APPROVAL_ID}/decision"
    api.answers("POST", path, an_approval(status=ApprovalStatus.APPROVED).public())

    done = itops("approvals", verb, APPROVAL_ID.lower(), "--reason", "seen it")

    assert done.returncode == 0, done.stderr
    assert api.requests[0].body == {"approved": approved, "reason": "seen it"}


@pytest.mark.parametrize(
    "words",
    [
        ("approvals", "approve", APPROVAL_ID),
        ("approvals", "deny", APPROVAL_ID, "--reason", "  "),
        ("actions", "off"),
        ("runs", "approve", "RUN-1A2B3C4D"),
    ],
)
def test_a_decision_without_a_why_is_asked_for_one_and_not_made(
    api: ApiServer, itops: Run, words: tuple[str, ...]
) -> None:
    api.answers("GET", f"/api/approvals/{APPROVAL_ID}", an_approval().public())

    done = itops(*words)

    assert done.returncode == 2
    assert [one for one in api.requests if one.method != "GET"] == []
    assert "--reason" in done.stderr


def test_whoever_sits_at_a_terminal_is_asked_why(api: ApiServer) -> None:
    path = f"/api/approvals/{APPROVAL_ID}"
    api.answers("GET", path, an_approval().public())
    api.answers("POST", f"{path}/decision", an_approval(status=ApprovalStatus.APPROVED).public())
    master, terminal = pty.openpty()
    os.write(master, b"it is the leak\n")
    variables = {"ITOPS_API_URL": f"{api.url}/api", "ITOPS_API_TOKEN": TOKEN}

    done = _itops("approvals", "approve", APPROVAL_ID, "--json", stdin=terminal, **variables)

    os.close(master)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["approval_id"] == APPROVAL_ID
    assert api.requests[-1].body == {"approved": True, "reason": "it is the leak"}


def test_no_text_from_outside_steers_the_terminal_also_as_json(api: ApiServer, itops: Run) -> None:
    odd = "paid\u202e 0 errors\x9b2J\x1b[2J"
    incident = {**as_json(a_resolved_incident()), "title": odd, "service": odd}
    api.answers("GET", f"/api/incidents/{ID}", incident)
    for part in ("steps", "evidence", "timeline"):
        api.pages(f"/api/incidents/{ID}/{part}", [])

    shown, told = itops("incidents", "show", ID), itops("incidents", "show", ID, "--json")

    assert all(mark.isprintable() for mark in (shown.stdout + told.stdout).replace("\n", ""))
    assert json.loads(told.stdout)["title"] == odd


def test_an_approval_shows_what_it_would_change(api: ApiServer, itops: Run) -> None:
    api.answers("GET", f"/api/approvals/{APPROVAL_ID}", an_approval().public())

    shown = itops("approvals", "show", APPROVAL_ID).stdout

    assert "restart_ecs_service(cluster=shop, service=ledger-service)" in shown
    assert "running_count: 1 → 2" in shown
    assert f"approvals approve {APPROVAL_ID}" in shown


def test_of_an_answered_question_it_is_told_what_became_of_it(api: ApiServer, itops: Run) -> None:
    title, why = "Approved, but it failed", "ECS is out of reach"
    answered = {
        **an_approval(status=ApprovalStatus.APPROVED).public(),
        "aftermath": {"tone": "bad", "title": title, "why": why, "is_final": True},
    }
    api.answers("GET", f"/api/approvals/{APPROVAL_ID}", answered)
    api.answers("GET", "/api/approvals", {"items": [answered], "cursor": None})

    shown = itops("approvals", "show", APPROVAL_ID).stdout
    listed = itops("approvals", "list", "--status", "approved").stdout

    assert title in shown
    assert why in shown
    assert f"approvals approve {APPROVAL_ID}" not in shown
    assert title in " ".join(listed.split())


def test_a_yes_to_less_names_what_is_kept_and_tells_what_keeps_it_from_happening(
    api: ApiServer, itops: Run
) -> None:
    path = f"/api/approvals/{APPROVAL_ID}"
    off = "actions are switched off: nothing is carried out"
    api.answers("GET", path, an_approval().public())
    api.answers("POST", f"{path}/decision", {**an_approval().public(), "notice": off})

    told = itops(
        "approvals", "approve", APPROVAL_ID, "--set", "desired_count=3", "-m", "3 will do"
    ).stdout

    assert api.requests[-1].body["edit"] == {
        "actions": [{"number": 1, "parameters": {"desired_count": 3}}]
    }
    assert f"{APPROVAL_ID}: waits for one person" in told
    assert off in told


@pytest.mark.parametrize(
    "wrong", ["desired_count=many", "desired_count=3.5", "task_definition=shop:7", "4"]
)
def test_only_a_count_can_be_made_smaller_and_the_refusal_says_so(
    api: ApiServer, itops: Run, wrong: str
) -> None:
    api.answers("GET", f"/api/approvals/{APPROVAL_ID}", an_approval().public())

    done = itops("approvals", "approve", APPROVAL_ID, "--set", wrong, "-m", "no")

    said = " ".join(done.stderr.split())
    assert done.returncode == 2
    assert "only a count can be set, to a whole number" in said
    assert "deny it and say what would do" in said


@pytest.mark.parametrize("wrong", ["desired_count", "desired_count=many", "9:desired_count=3"])
def test_an_edit_that_nobody_can_mean_is_not_sent(api: ApiServer, itops: Run, wrong: str) -> None:
    api.answers("GET", f"/api/approvals/{APPROVAL_ID}", an_approval().public())

    done = itops("approvals", "approve", APPROVAL_ID, "--set", wrong, "-m", "no")

    assert done.returncode == 2
    assert [request.method for request in api.requests] == ["GET"]


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (401, 4), (403, 4), (404, 3), (409, 5), (413, 2), (422, 2)]
)
def test_a_refusal_ends_with_the_apis_own_words_and_a_telling_exit_code(
    api: ApiServer, itops: Run, status: int, code: int
) -> None:
    api.answers("GET", f"/api/incidents/{ID}", problem(status, "because of that"), status)

    done = itops("incidents", "show", ID)

    assert done.returncode == code
    assert done.stderr == "itops: because of that\n"


def test_an_api_in_trouble_is_asked_again_before_giving_up(api: ApiServer, itops: Run) -> None:
    def second_time_lucky(_: Request) -> tuple[int, dict[str, object]]:
        return (503, {}) if len(api.requests) == 1 else (200, {"items": [], "cursor": None})

    api.routes["GET", "/api/incidents"] = second_time_lucky

    done = itops("incidents", "list")

    assert done.returncode == 0, done.stderr
    assert len(api.requests) == 2


def test_an_answer_that_is_no_json_is_no_traceback(api: ApiServer, itops: Run) -> None:
    api.answers("GET", "/api/incidents", b"<html>")

    done = itops("incidents", "list")

    assert done.returncode == 6
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("incidents", "show", "INC-1"),
        ("incidents", "show", f"{ID}/../../approvals"),
        ("incidents", "resolve", ID, "--reason", " "),
        ("incidents", "create", "no service"),
        ("approvals", "approve", ID),
        ("maintenance", "add", "a", "-m", "why", "--for", "5d", "--from", "9999-12-30T00:00:00Z"),
        ("maintenance", "add", "a", "-m", "why", "--for", "99999999999999d"),
        ("incidents", "list", "--status", "gone"),
        ("token", "create", " ", "--role", "viewer"),
        ("no-such-command",),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    api: ApiServer, itops: Run, words: tuple[str, ...]
) -> None:
    done = itops(*words)

    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert api.requests == []


def test_without_a_cloud_the_user_is_told_how_to_start_one(tmp_path: Path) -> None:
    done = _itops("incidents", "list", "--folder", str(tmp_path))

    assert done.returncode == 6
    assert "itops local up" in done.stderr


def test_a_tool_server_without_a_cloud_says_what_it_could_look_at(tmp_path: Path) -> None:
    done = _itops("mcp", "serve", "monitoring", "--folder", str(tmp_path))

    assert done.returncode == 6
    assert "--recorded" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_never_travels_unencrypted_to_another_machine() -> None:
    done = _itops("incidents", "list", ITOPS_API_URL="http://example.com", ITOPS_API_TOKEN="t")

    assert done.returncode == 2
    assert "unencrypted" in done.stderr


def test_the_local_clouds_address_and_token_are_found_in_its_folder(
    api: ApiServer, tmp_path: Path
) -> None:
    (tmp_path / "cloud.json").write_text(json.dumps({"front_url": api.url}))
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    api.answers("GET", "/api/incidents", {"items": [as_json(a_resolved_incident())]})

    done = _itops("incidents", "list", ITOPS_HOME=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert ID in done.stdout


def test_help_loads_neither_the_api_client_nor_the_local_cloud() -> None:
    program = (
        "import sys; from itops_cli.main import main; sys.argv = ['itops', '--help']\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'httpx2', 'boto3', 'pydantic', 'local_cloud'}"
        " & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "incidents" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
