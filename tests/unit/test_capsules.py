"""Capsules: self-contained, free of secrets, proven when made, refused when they were changed."""

import gzip
import json
import socket
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from itops_cli.capsules.accepting import accepted
from itops_cli.capsules.answers import capsule_gateways
from itops_cli.capsules.capsule import Capsule, read_capsule, sealed, write_capsule
from itops_cli.capsules.cases import TRUTH_FILE, case_in, imported
from itops_cli.capsules.recording import recorded_capsule
from itops_cli.capsules.replaying import replayed, thought_anew
from itops_cli.evals.cases import Selection, cases_of
from itops_cli.evals.running import result_of
from itops_cli.investigation.thinkers import offline
from itops_cli.main import main
from itops_core.domain.investigation import ObservationStatus
from itops_core.domain.values import canonical_json
from itops_core.errors import ConflictError, InvalidInputError, NotFoundError, ToolUnavailableError
from itops_core.tools.redaction import MARK
from tests.support import players
from tests.support.played_capsules import played_capsule

SECRET = "AKIAIOSFODNN7EXAMPLE"


@lru_cache
def a_capsule() -> Capsule:
    return recorded_capsule("payment-oom", offline)


def changed(capsule: Capsule, **changes: Any) -> Capsule:  # noqa: ANN401
    return capsule.model_copy(update=changes)


def itops(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["itops", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", ["kept.json", "kept.json.gz"])
def test_a_capsule_is_the_same_after_it_was_written_and_in_the_same_bytes(
    tmp_path: Path, name: str
) -> None:
    capsule, path = a_capsule(), tmp_path / name

    write_capsule(capsule, path)
    first = path.read_bytes()
    write_capsule(read_capsule(path), path)

    assert read_capsule(path) == capsule
    assert path.read_bytes() == first


def test_a_replay_reaches_for_no_network_no_key_and_no_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.json"
    write_capsule(a_capsule(), path)

    def refused(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a replay went to the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    for name in ("ANTHROPIC_API_KEY", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    assert itops(monkeypatch, "capsule", "replay", path) == 0
    assert "the same to the byte" in capsys.readouterr().out


def test_a_verdict_that_was_changed_does_not_replay_and_the_difference_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    incident = a_capsule().incident
    assert incident.verdict is not None
    verdict = incident.verdict.model_copy(update={"summary": "It was the moon."})
    path = tmp_path / "kept.json"
    write_capsule(
        changed(a_capsule(), incident=incident.model_copy(update={"verdict": verdict})), path
    )

    assert itops(monkeypatch, "capsule", "replay", path) == 1
    assert "It was the moon." in capsys.readouterr().out


@pytest.mark.parametrize("part", ["evidence", "config"])
def test_a_capsule_whose_evidence_or_configuration_was_changed_is_refused(
    tmp_path: Path, part: str
) -> None:
    path = tmp_path / "kept.json"
    write_capsule(a_capsule(), path)
    told = json.loads(path.read_text(encoding="utf-8"))
    (told["evidence"][0]["content"] if part == "evidence" else told["config"])["more"] = 1
    path.write_text(json.dumps(told), encoding="utf-8")

    with pytest.raises(InvalidInputError, match="changed"):
        read_capsule(path)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"{}", b'{"format": 99}', b"\x1f\x8b broken", b"\xff\xfe"]
)
@pytest.mark.parametrize("name", ["broken.json", "broken.json.gz"])
def test_what_is_no_capsule_is_refused_in_one_sentence(
    tmp_path: Path, raw: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(raw if name.endswith("json") else gzip.compress(raw)[: len(raw) + 9])

    with pytest.raises(InvalidInputError):
        read_capsule(path)
    with pytest.raises(InvalidInputError):
        read_capsule(tmp_path / "nowhere.json")


def test_no_secret_gets_into_a_capsule_and_it_replays_all_the_same() -> None:
    capsule = a_capsule()
    # Of what is cited the spans would be others, and the verdict with them.
    told = canonical_json(capsule.incident)
    leaky = next(one for one in capsule.evidence if one.evidence_id not in told)
    leaking = leaky.model_copy(update={"content": {**leaky.content, "leaked": SECRET}})
    fields = {
        **{name: getattr(capsule, name) for name in Capsule.model_fields},
        "incident": capsule.incident.model_copy(update={"description": f"key {SECRET}"}),
        "evidence": tuple(leaking if one is leaky else one for one in capsule.evidence),
    }

    clean = sealed(fields)

    assert SECRET not in canonical_json(clean)
    assert MARK in canonical_json(clean)
    assert all(one.is_intact() for one in clean.evidence)
    assert replayed(clean).is_exact


def test_what_a_model_said_after_secrets_is_kept_without_them_and_replays() -> None:
    capsule = played_capsule(players.instead(players.after_secrets))

    assert players.SECRET not in canonical_json(capsule)
    assert replayed(capsule).is_exact


@pytest.mark.parametrize("part", [players.sound, players.instead(players.wrong_culprit)])
def test_what_a_model_thought_replays_to_the_byte_and_through_the_present_code(
    part: players.Script,
) -> None:
    capsule = played_capsule(part)

    anew = thought_anew(capsule)

    assert {step.turn.reasoner for step in capsule.steps} == {"claude"}
    assert replayed(capsule).is_exact
    assert not anew.changed
    assert anew.unknown_calls == ()


def test_a_call_gets_what_it_got_then_and_any_other_is_out_of_reach() -> None:
    capsule = a_capsule()
    gateways = capsule_gateways(capsule)
    asked = next(
        seen
        for step in capsule.steps
        for seen in step.observations
        if seen.status is ObservationStatus.OK
    )
    contents = {one.evidence_id: one.content for one in capsule.evidence}

    answer = gateways[asked.call.server].call(asked.call.tool, asked.call.arguments)

    assert answer.content == contents[asked.evidence_id or ""]
    with pytest.raises(ToolUnavailableError):
        gateways["monitoring"].call("get_metrics", {"nobody": "asked"})
    assert gateways["monitoring"].unknown == ["monitoring.get_metrics"]


def test_where_the_present_code_thinks_otherwise_the_gate_says_what_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    incident = a_capsule().incident
    assert incident.verdict is not None
    assert incident.verdict.root_cause is not None
    cause = incident.verdict.root_cause.model_copy(update={"fault": "disk_full"})
    verdict = incident.verdict.model_copy(update={"root_cause": cause})
    other = changed(a_capsule(), incident=incident.model_copy(update={"verdict": verdict}))
    path = tmp_path / "kept.json"
    write_capsule(other, path)

    assert itops(monkeypatch, "capsule", "check", path) == 1
    assert "disk_full" in capsys.readouterr().out
    assert itops(monkeypatch, "capsule", "accept", path) == 0
    assert itops(monkeypatch, "capsule", "check", "--exact", path) == 0


def test_other_words_fail_the_gate_only_where_it_is_asked_to_be_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = a_capsule().incident
    assert incident.verdict is not None
    verdict = incident.verdict.model_copy(update={"summary": "In other words."})
    path = tmp_path / "kept.json"
    write_capsule(
        changed(a_capsule(), incident=incident.model_copy(update={"verdict": verdict})), path
    )

    assert itops(monkeypatch, "capsule", "check", path) == 0
    assert itops(monkeypatch, "capsule", "check", "--exact", path) == 1


def test_what_is_accepted_is_what_the_present_code_concludes() -> None:
    capsule = a_capsule()

    again = accepted(capsule)

    assert again.conclusions == thought_anew(capsule).conclusions
    assert replayed(again).is_exact


def test_an_imported_capsule_is_an_eval_case_that_people_may_put_right(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    write_capsule(a_capsule(), path)

    place = imported(path, tmp_path / "cases")
    (case,) = cases_of(Selection(folder=tmp_path / "cases", variants=3))
    as_it_was = result_of(case)
    truth = place / TRUTH_FILE
    text = truth.read_text(encoding="utf-8").replace("memory_exhaustion", "disk_full")
    truth.write_text(text, encoding="utf-8")
    put_right = result_of(case)

    assert as_it_was.judgement.wrong == ()
    assert put_right.judgement.invented
    with pytest.raises(ConflictError, match="there already"):
        imported(path, tmp_path / "cases")


def test_a_case_with_a_broken_truth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    write_capsule(a_capsule(), path)
    place = imported(path, tmp_path / "cases")
    (place / TRUTH_FILE).write_text("outcome: perhaps\n", encoding="utf-8")

    with pytest.raises(InvalidInputError, match=TRUTH_FILE):
        case_in(place)


def test_a_case_that_is_not_there_is_told() -> None:
    with pytest.raises(NotFoundError):
        recorded_capsule("no-such-scenario", offline)
