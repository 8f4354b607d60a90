"""Scores the root-cause ranking on a folder of recorded faults whose cause is known.

The folder holds `graph.csv`, `noissue/metrics.csv` and, for each fault, a folder `issue_N` in
`train` or `test` with `metrics.csv` and `target.json` (the symptom, and the true cause).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itops_cli.files import parsed
from itops_core.errors import InvalidInputError
from monitoring_server.analysis.losses import Series
from monitoring_server.analysis.metric_tables import parse_graph, parse_metrics
from monitoring_server.analysis.root_causes import Suspect, Symptom, Telemetry, rank_root_causes

_WINDOWS = 40
"""So many stretches of the normal period are ranked for each symptom."""
_DECIMALS = 4


@dataclass(frozen=True)
class Case:
    """One recorded fault."""

    name: str
    symptom: Symptom
    cause: str
    metrics: Series


def score_folder(folder: Path) -> dict[str, Any]:
    """Return recall at 1 and 3, the share of normal stretches kept silent, and every case."""
    graph = parsed(folder / "graph.csv", parse_graph)
    normal = parsed(folder / "noissue" / "metrics.csv", parse_metrics)
    cases = list(_cases(folder))
    if not cases:
        raise InvalidInputError(f"{folder} holds no folder train/issue_N or test/issue_N")
    told = [_score(case, graph, normal) for case in cases]
    silent = _silent(cases, graph, normal)
    return {
        "cases": len(cases),
        "recall_at_1": round(sum(case["credit_at_1"] for case in told) / len(told), _DECIMALS),
        "recall_at_3": round(sum(case["credit_at_3"] for case in told) / len(told), _DECIMALS),
        "specificity": round(sum(silent) / len(silent), _DECIMALS) if silent else None,
        "normal_windows": len(silent),
        "per_case": told,
    }


def credit(suspects: Sequence[Suspect], cause: str, first: int) -> float:
    """Return what a ranking earns that should name `cause` among the `first`; ties share."""
    scores = {suspect.component: round(suspect.score, _DECIMALS) for suspect in suspects}
    if cause not in scores:
        return 0.0
    above = sum(score > scores[cause] for score in scores.values())
    tied = sum(score == scores[cause] for score in scores.values())
    return max(0.0, min(1.0, (first - above) / tied))


def _cases(folder: Path) -> Iterator[Case]:
    targets = [path for part in ("train", "test") for path in folder.glob(f"{part}/*/target.json")]
    for path in sorted(targets, key=lambda path: (path.parts[-3], len(path.parts[-2]), path)):
        told = parsed(path, _target)
        target, cause = told["target"], told["root_cause"]
        yield Case(
            f"{path.parts[-3]}/{path.parts[-2]}",
            Symptom(target["node"], target["metric"], target.get("agg", "Average")),
            cause["node"],
            parsed(path.with_name("metrics.csv"), parse_metrics),
        )


def _target(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
        named = told["target"]["node"], told["target"]["metric"], told["root_cause"]["node"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError("it does not tell the target and the root cause") from error
    if not all(isinstance(name, str) for name in named):
        raise InvalidInputError("the names of target and root cause are not text")
    return told


def _score(case: Case, graph: Mapping[str, Sequence[str]], normal: Series) -> dict[str, Any]:
    suspects = rank_root_causes(graph, Telemetry(normal, case.metrics), case.symptom)
    return {
        "case": case.name,
        "metric": case.symptom.metric,
        "cause": case.cause,
        "credit_at_1": credit(suspects, case.cause, 1),
        "credit_at_3": credit(suspects, case.cause, 3),
        "first": suspects[0].component if suspects else None,
        "why": suspects[0].why if suspects else "nothing is out of the ordinary",
    }


def _silent(
    cases: Sequence[Case], graph: Mapping[str, Sequence[str]], normal: Series
) -> list[bool]:
    """Say for stretches of the normal period, each held out of it, whether none was suspected."""
    rows = max(len(values) for case in cases for values in case.metrics.values())
    length = max(len(values) for values in normal.values())
    starts = range(0, length - rows + 1, max(rows, length // _WINDOWS))
    return [
        not rank_root_causes(graph, _held_out(normal, start, rows), symptom)
        for symptom in sorted({case.symptom for case in cases}, key=str)
        for start in starts
    ]


def _held_out(normal: Series, start: int, rows: int) -> Telemetry:
    end = start + rows
    rest = {
        key: (*values[:start], *([None] * rows), *values[end:]) for key, values in normal.items()
    }
    return Telemetry(rest, {key: values[start:end] for key, values in normal.items()})
