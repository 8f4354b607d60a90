"""`itops logs` and `itops rca` on files: what they print, and what they refuse."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from itops_cli.benchmark.causes import credit
from monitoring_server.analysis.losses import SeriesKey
from monitoring_server.analysis.root_causes import Suspect
from tests.unit.root_cause_worlds import SHOP, Table, names_of, table


def _itops(*words: object) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "from itops_cli.main import main; main()", *map(str, words)],
        env=kept,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _as_csv(metrics: Mapping[SeriesKey, tuple[float | None, ...]]) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    for part, title in enumerate(("component", "metric", "statistic")):
        writer.writerow([title, *(key[part] for key in metrics)])
    writer.writerow(["unix_timestamp", *("" for _ in metrics)])
    for number, row in enumerate(zip(*metrics.values(), strict=True)):
        writer.writerow([1700000000 + 300 * number, *row])
    return sheet.getvalue()


def _graph() -> str:
    names = names_of(SHOP)
    rows = [[name, *(float(other in SHOP.get(name, ())) for other in names)] for name in names]
    return "\n".join(",".join(map(str, row)) for row in (["", *names], *rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two faults and a normal period."""

    def put(name: str, metrics: Table) -> None:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "metrics.csv").write_text(_as_csv(metrics))

    put("noissue", table(SHOP, 120, 1))
    put("train/issue_0", table(SHOP, 5, 2, slow={"bank": 0.3}))
    put("test/issue_0", table(SHOP, 5, 3, failing={"index": 0.2}))
    for name, metric, cause in (("train", "latency", "bank"), ("test", "availability", "index")):
        told = {
            "target": {"node": "front", "metric": metric, "agg": "Average"},
            "root_cause": {"node": cause},
        }
        (tmp_path / name / "issue_0" / "target.json").write_text(json.dumps(told))
    (tmp_path / "graph.csv").write_text(_graph())
    return tmp_path


def _rank(folder: Path, *more: str, abnormal: str = "train/issue_0/metrics.csv") -> list[object]:
    files = ("--graph", folder / "graph.csv", "--normal", folder / "noissue/metrics.csv")
    target = ("--target-node", "front", "--target-metric", "latency")
    return ["rca", "rank", *files, "--abnormal", folder / abnormal, *target, *more]


def test_rank_prints_the_components_best_first(folder: Path) -> None:
    done = _itops(*_rank(folder, "--statistic", "Average", "--json"))

    assert done.returncode == 0, done.stderr
    ranked = json.loads(done.stdout)
    assert ranked[0]["component"] == "bank"
    assert set(ranked[0]) == {"component", "score", "why"}


def test_rank_prints_a_table_for_people(folder: Path) -> None:
    assert "bank" in _itops(*_rank(folder)).stdout


def test_rank_of_a_normal_window_is_empty(folder: Path) -> None:
    (folder / "quiet.csv").write_text(_as_csv(table(SHOP, 5, 9)))

    assert json.loads(_itops(*_rank(folder, "--json", abnormal="quiet.csv")).stdout) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "three rows"),
        ("component,a\nmetric,latency\nstatistic,Average\n1,fast\n", "'fast'"),
        ("\x00\xff", "three rows"),
    ],
)
def test_a_file_that_is_no_metric_table_is_refused_by_name(
    folder: Path, text: str, told: str
) -> None:
    (folder / "bad.csv").write_text(text)

    done = _itops(*_rank(folder, abnormal="bad.csv"))

    assert done.returncode == 2
    assert "bad.csv" in done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_without_rows_gives_an_empty_ranking(folder: Path) -> None:
    (folder / "none.csv").write_text("component,front\nmetric,latency\nstatistic,Average\n")

    assert json.loads(_itops(*_rank(folder, "--json", abnormal="none.csv")).stdout) == []


def test_a_missing_file_is_bad_input(folder: Path) -> None:
    assert _itops(*_rank(folder, abnormal="nowhere.csv")).returncode == 2


def test_bench_scores_recall_and_silence(folder: Path) -> None:
    done = _itops("rca", "bench", folder, "--json")

    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert (scores["cases"], scores["recall_at_1"], scores["recall_at_3"]) == (2, 1.0, 1.0)
    assert scores["specificity"] >= 0.9
    assert [case["first"] for case in scores["per_case"]] == ["index", "bank"]


def test_bench_refuses_a_folder_without_faults(folder: Path) -> None:
    for path in folder.glob("t*/issue_0/target.json"):
        path.unlink()

    done = _itops("rca", "bench", folder)

    assert done.returncode == 2
    assert "holds no folder" in done.stderr


@pytest.mark.parametrize(
    ("scores", "first", "earned"),
    [((0.5, 0.3), 1, 1.0), ((0.5, 0.5), 1, 0.5), ((0.5, 0.6, 0.7, 0.8), 3, 0.0)],
)
def test_ties_share_the_credit(scores: tuple[float, ...], first: int, earned: float) -> None:
    suspects = [Suspect(f"c{number}", score, "") for number, score in enumerate(scores)]

    assert credit(suspects, "c0", first) == earned
    assert credit(suspects, "unknown", first) == 0


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_mine_gives_one_group_for_every_line(tmp_path: Path, ending: bytes) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b"order 1 paid\n\norder 2 paid\n\xff\x00\x1b[31m\nuser in" + ending)

    done = _itops("logs", "mine", log, "--json")

    assert done.returncode == 0, done.stderr
    mined = json.loads(done.stdout)
    assert mined["groups"] == [0, 1, 0, 2, 3]
    assert mined["templates"]["0"] == "order <*> paid"


def test_mine_prints_a_table_without_escapes(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b"order 1 paid\norder 2 paid\n\x1b]0;title\x07 [bold]x[/bold]\n")

    done = _itops("logs", "mine", log)

    assert "order <*> paid" in done.stdout
    assert "\x1b" not in done.stdout


def test_mine_of_an_empty_file_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.log").touch()

    done = _itops("logs", "mine", tmp_path / "app.log", "--json")

    assert json.loads(done.stdout) == {"groups": [], "templates": {}}


def test_mine_survives_a_line_longer_than_memory_should_hold(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b"a" * 5_000_000 + b"\norder 1 paid\n")

    assert json.loads(_itops("logs", "mine", log, "--json").stdout)["groups"] == [0, 1]


def test_mine_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert _itops("logs", "mine", tmp_path / "nowhere.log").returncode == 2
