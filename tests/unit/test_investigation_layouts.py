"""Folders that others recorded: recognised from their files, refused in one sentence, and no more
opened of them than telemetry."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from itops_cli.benchmark.investigations import score_cases
from itops_cli.failures import exit_code_of
from itops_cli.investigation.layouts import recorded_case
from itops_cli.investigation.layouts.database_export import recording_of as database_recording
from itops_cli.investigation.layouts.reading import MOST_BYTES, CaseFolder
from itops_cli.investigation.layouts.service_export import NAMES
from itops_cli.main import app
from itops_core.errors import InvalidInputError, ITOpsError, NotFoundError
from itops_core.tools.in_memory import InMemoryToolGateway
from local_cloud.sandbox.recording import recorded_scenario
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import save
from tests.support import database_cases, service_cases
from tests.support.service_incidents import INCIDENTS
from tests.support.tool_servers import answered

TRUTH = {
    "ground_truth.json": {"root_cause_commit": "", "first_failing_service": ""},
    "answer.yml": {"root_cause_category": "healthy"},
    "scenario.yml": {"failure_mode": "healthy"},
    "target.json": {"root_cause": "nobody"},
    "windows.json": {},
}
CASES = {case.name: case for case in INCIDENTS}
MEMBERS = (
    "outcome", "root_cause", "confidence", "change_id", "first_failing_component", "blast_radius",
    "remediation", "category", "explanation", "evidence",
)  # fmt: skip


@pytest.fixture
def services(tmp_path: Path) -> Path:
    return service_cases.write(CASES["none_not_checked"], tmp_path / "services")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return database_cases.write(database_cases.CASES[0], tmp_path / "database")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the names of all files that are read from here on."""
    names: list[str] = []
    read = Path.read_text

    def noted(path: Path, encoding: str | None = None, errors: str | None = None) -> str:
        names.append(path.name)
        return read(path, encoding=encoding, errors=errors)

    monkeypatch.setattr(Path, "read_text", noted)
    yield names


def asked(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["investigate", *arguments])
    if isinstance(result.exception, ITOpsError):
        return exit_code_of(result.exception), str(result.exception)
    return result.exit_code, result.stdout


def test_services_are_reached_through_the_tools_that_look_at_aws(services: Path) -> None:
    case = recorded_case(services)
    gateway = InMemoryToolGateway(recorded_server(case.recording))

    metric = answered(
        gateway, "get_metrics", namespace="Telemetry", metric="error_ratio",
        dimensions={"Service": "profile"},
    )  # fmt: skip
    lines = answered(gateway, "query_cloudwatch_logs", log_group="/service/profile")
    arrows = answered(gateway, "get_service_map", minutes_back=120)
    changes = answered(gateway, "list_recent_changes", service="profile")

    gateway.close()
    assert case.layout == "service export"
    assert case.incident.service == "profile"
    assert case.incident.alarm is not None
    assert metric["summary"]["latest"] > 0.3
    assert any("NoneType" in line["message"] for line in lines["lines"])
    assert [(one["caller"], one["callee"]) for one in arrows["calls"]][-1] == (
        "storefront",
        "profile",
    )
    culprit = next(one for one in changes["changes"] if "avatar" in one["what"])
    assert culprit["kind"] == "deployment"
    assert culprit["detail"]["files"] == ["apps/profile/avatar.py"]
    assert "-    if picture is None:" in culprit["detail"]["diff"]


def test_a_database_is_reached_through_the_tools_that_look_at_aws(database: Path) -> None:
    recording = database_recording(database)
    gateway = InMemoryToolGateway(recorded_server(recording))
    about = {"instance": database_cases.INSTANCE}

    metrics = answered(gateway, "get_database_metrics", **about)
    load = answered(gateway, "get_database_load", **about)
    events = answered(gateway, "list_database_events", **about)

    gateway.close()
    by_name = {one["metric"]: one for one in metrics["metrics"]}
    assert by_name["CPUUtilization"]["highest"] == 96
    assert by_name["ReplicaLag"]["of"] == database_cases.REPLICA
    assert by_name["ReadLatency"]["unit"] == "Seconds"
    assert by_name["ReadLatency"]["highest"] < 0.01
    assert load["load"]["statements"][0]["share"] > 0.9
    assert load["load"]["waits"][0]["name"] == "CPU"
    assert events["events"] == []


def test_what_runs_nowhere_is_told_in_one_line(services: Path) -> None:
    gateway = InMemoryToolGateway(recorded_server(recorded_case(services).recording))

    changes = answered(gateway, "list_recent_changes")["changes"]

    gateway.close()
    idle = [one for one in changes if one["kind"] == "commit_without_code"]
    assert len(idle) == 1
    assert not any("docs" in one["what"] and one["kind"] == "commit" for one in changes)


@pytest.mark.parametrize("layout", ["services", "database"])
def test_no_file_that_holds_the_answer_is_opened(
    layout: str, request: pytest.FixtureRequest, opened: list[str]
) -> None:
    folder: Path = request.getfixturevalue(layout)
    for name, content in TRUTH.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    opened.clear()

    code, _ = asked("--recorded", str(folder), "--json")

    assert code == 0
    assert "alert.json" in opened
    assert not set(opened) & set(TRUTH)


def test_the_answer_is_the_same_without_the_files_that_hold_it(services: Path) -> None:
    _, before = asked("--recorded", str(services), "--json")
    for name, content in TRUTH.items():
        (services / name).write_text(json.dumps(content), encoding="utf-8")
    _, after = asked("--recorded", str(services), "--json")

    first, second = json.loads(before), json.loads(after)
    assert first.pop("seconds") != ""
    assert second.pop("seconds") != ""
    assert first == second


def test_a_file_that_is_not_named_cannot_be_read(services: Path) -> None:
    folder = CaseFolder(services, NAMES)

    with pytest.raises(ValueError, match="may be opened"):
        folder.json("ground_truth.json")


@pytest.mark.parametrize("layout", ["services", "database"])
def test_the_command_answers_in_the_members_that_it_promises(
    layout: str, request: pytest.FixtureRequest
) -> None:
    code, told = asked("--recorded", str(request.getfixturevalue(layout)), "--json")

    answer = json.loads(told)
    assert code == 0
    assert set(MEMBERS) <= set(answer)
    assert 0 < answer["confidence"] <= 1
    assert isinstance(answer["blast_radius"], list)
    assert answer["first_failing_component"] not in answer["blast_radius"]
    assert all(
        {"claim", "evidence_id", "sha256", "quote"} <= set(one) for one in answer["evidence"]
    )
    assert answer["evidence"]


def test_a_person_reads_what_and_why_and_how_that_is_known(services: Path) -> None:
    code, told = asked("--recorded", str(services))

    assert code == 0
    for title in ("profile", "Why", "How that is known", "What it would do"):
        assert title in told


def test_a_recording_and_a_scenario_are_recognised(tmp_path: Path) -> None:
    recording = recorded_scenario("payment-oom", now=1_795_000_000)
    save(recording, tmp_path / "kept")

    kept = recorded_case(tmp_path / "kept")
    rehearsed = recorded_case(Path("scenarios/payment-oom"))

    assert kept.layout == "recording"
    assert rehearsed.layout == "scenario"
    assert kept.incident.service == rehearsed.incident.service == "payment-service"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("alert.json", "{", "not JSON"),
        ("alert.json", "[]", "does not name the service"),
        ("alert.json", '{"metric": "x"}', "does not name the service"),
        ("metrics.csv", "a,b\n1,2\n", "no row with timestamp"),
        ("logs.ndjson", "not json\n", "no line of it is a JSON object"),
        ("traces.json", "5", "holds no list"),
        ("context/commits.json", "[", "not JSON"),
    ],
)
def test_broken_files_of_services_are_refused_by_name(
    name: str, content: str, told: str, services: Path
) -> None:
    (services / name).write_text(content, encoding="utf-8")

    with pytest.raises(InvalidInputError, match=told) as refused:
        recorded_case(services)

    assert name.rsplit("/", 1)[-1] in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("aws_cloudwatch_metrics.json", "nothing", "not JSON"),
        ("aws_performance_insights.json", "[]", "each hold one object"),
        ("aws_rds_events.json", "7", "holds no list"),
    ],
)
def test_broken_files_of_a_database_are_refused_by_name(
    name: str, content: str, told: str, database: Path
) -> None:
    (database / name).write_text(content, encoding="utf-8")

    with pytest.raises(InvalidInputError, match=told):
        recorded_case(database)


@pytest.mark.parametrize("name", ["metrics.csv", "traces.json", "patterns.json", "context"])
def test_what_is_missing_is_not_missed(name: str, services: Path) -> None:
    gone = services / name
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()

    case = recorded_case(services)

    assert case.incident.service == "profile"


@pytest.mark.parametrize(
    "name", ["aws_cloudwatch_metrics.json", "aws_performance_insights.json", "aws_rds_events.json"]
)
def test_what_is_missing_of_a_database_is_not_missed(name: str, database: Path) -> None:
    (database / name).unlink()

    case = recorded_case(database)

    assert case.incident.service == database_cases.INSTANCE


def test_one_file_for_each_metric_is_as_good_as_one_for_all(database: Path) -> None:
    whole = json.loads((database / "aws_cloudwatch_metrics.json").read_text(encoding="utf-8"))
    (database / "aws_cloudwatch_metrics.json").unlink()
    for result in whole["metric_data_results"]:
        place = database / f"aws_cloudwatch_metrics_{result['metric_name']}.json"
        place.write_text(json.dumps(result), encoding="utf-8")

    recording = database_recording(database)

    assert len(recording.metrics) == len(whole["metric_data_results"])


def test_empty_unknown_and_missing_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="layouts that are known"):
        recorded_case(tmp_path)
    with pytest.raises(NotFoundError):
        recorded_case(tmp_path / "nowhere")

    assert asked("--recorded", str(tmp_path))[0] == 2
    assert asked("--recorded", str(tmp_path / "nowhere"))[0] == 3
    assert asked()[0] == 2


def test_files_and_lines_that_are_too_long_are_refused(services: Path) -> None:
    with (services / "logs.ndjson").open("ab") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InvalidInputError, match="larger than 50 MB"):
        recorded_case(services)

    (services / "logs.ndjson").write_text('{"msg": "' + "x" * 1_100_000, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="line 1"):
        recorded_case(services)


def test_a_line_that_was_cut_off_costs_only_itself(services: Path) -> None:
    with (services / "logs.ndjson").open("a", encoding="utf-8") as file:
        file.write('{"timestamp": "2031-')

    assert recorded_case(services).recording.log_events


def test_scores_count_the_exact_change_and_the_decoys(tmp_path: Path) -> None:
    case = CASES["none_not_checked"]
    for name, culprit, decoys in (
        ("right", case.answer, []),
        ("misled", "0" * 40, [case.answer]),
    ):
        folder = service_cases.write(case, tmp_path / name)
        truth = {
            "root_cause_commit": culprit,
            "first_failing_service": "profile",
            "blast_radius": ["storefront"],
            "decoy_deploy_commits": decoys,
        }
        (folder / "ground_truth.json").write_text(json.dumps(truth), encoding="utf-8")

    scores = score_cases(tmp_path)

    assert (scores["cases"], scores["right"], scores["decoys_blamed"]) == (2, 1, 1)
    assert [one["first_is_right"] for one in scores["per_case"]] == [True, True]


def test_scores_count_facts_and_forbidden_claims(tmp_path: Path) -> None:
    for name, forbidden in (("sound", "wraparound"), ("wrong", "query")):
        folder = database_cases.write(database_cases.CASES[0], tmp_path / name)
        (folder / "answer.yml").write_text(
            "root_cause_category: resource_exhaustion\nrequired_keywords: [CPU, query]\n"
            f"forbidden_keywords: [{forbidden}]\n",
            encoding="utf-8",
        )

    scores = score_cases(tmp_path)

    assert [one["right"] for one in scores["per_case"]] == [True, False]
    assert asked("--bench", str(tmp_path / "nowhere"))[0] == 3
