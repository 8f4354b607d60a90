"""Scores investigations of recorded cases whose cause is known; the only place that reads it.

A folder holds one folder a case. Beside the telemetry lies the truth: `ground_truth.json` (the
commit to blame, or none; those that only look like it) or `answer.yml` (category, facts that the
explanation has to hold, claims that it must not make).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from itops_cli.investigation import Setting, investigate
from itops_cli.investigation.answer import answer_of
from itops_cli.investigation.layouts import recorded_case
from itops_core.errors import InvalidInputError

_CHANGES, _FACTS = "ground_truth.json", "answer.yml"
_DECIMALS = 4

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """How one investigation did."""

    case: str
    is_right: bool
    blames_decoy: bool
    told: dict[str, Any]


def score_cases(folder: Path, setting: Setting | None = None) -> dict[str, Any]:
    """Return how many of the cases under `folder` were got right, and every case."""
    scores = list(_scores(folder, setting))
    if not scores:
        raise InvalidInputError(f"{folder} holds no case with {_CHANGES} or {_FACTS}")
    return {
        "cases": len(scores),
        "right": sum(one.is_right for one in scores),
        "share": round(sum(one.is_right for one in scores) / len(scores), _DECIMALS),
        "decoys_blamed": sum(one.blames_decoy for one in scores),
        "healthy_called_sick": sum(bool(one.told.get("healthy_called_sick")) for one in scores),
        "per_case": [
            {"case": one.case, "right": one.is_right, "decoy": one.blames_decoy, **one.told}
            for one in scores
        ],
    }


def _scores(folder: Path, setting: Setting | None) -> Iterator[Score]:
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        scored = (
            _by_change
            if (place / _CHANGES).is_file()
            else _by_facts
            if (place / _FACTS).is_file()
            else None
        )
        if scored is not None:
            case = recorded_case(place)
            answer = answer_of(investigate(case.recording, case.incident, setting))
            yield scored(place, answer)


def _by_change(place: Path, answer: Answer) -> Score:
    truth = json.loads((place / _CHANGES).read_text(encoding="utf-8"))
    named = str(answer["change_id"])
    felt, told = set(truth.get("blast_radius", [])), set(answer["blast_radius"])
    return Score(
        case=place.name,
        is_right=named == truth["root_cause_commit"],
        blames_decoy=named in truth.get("decoy_deploy_commits", []),
        told={
            "change": named[:12],
            "fault": (answer["root_cause"] or {}).get("fault", ""),
            "first": answer["first_failing_component"],
            "first_is_right": answer["first_failing_component"] == truth["first_failing_service"],
            "blast_overlap": round(len(felt & told) / len(felt | told), 2) if felt | told else 1.0,
            "confidence": answer["confidence"],
            "seconds": answer.get("seconds"),
        },
    )


def _by_facts(place: Path, answer: Answer) -> Score:
    truth = yaml.safe_load((place / _FACTS).read_text(encoding="utf-8"))
    words = str(answer["explanation"]).lower()
    category = truth["root_cause_category"]
    required = [str(one) for one in truth.get("required_keywords", [])]
    missing = [one for one in required if one.lower() not in words]
    forbidden = [
        str(one)
        for one in (*truth.get("forbidden_categories", []), *truth.get("forbidden_keywords", []))
        if str(one).replace("_", " ").lower() in words or str(one).lower() == answer["category"]
    ]
    is_right = answer["category"] == category and not missing and not forbidden
    return Score(
        case=place.name,
        is_right=is_right,
        blames_decoy=False,
        told={
            "category": answer["category"],
            "fault": (answer["root_cause"] or {}).get("fault", ""),
            "missing": missing,
            "forbidden": forbidden,
            "healthy_called_sick": category == "healthy" and answer["outcome"] == "found",
            "confidence": answer["confidence"],
            "seconds": answer.get("seconds"),
        },
    )
