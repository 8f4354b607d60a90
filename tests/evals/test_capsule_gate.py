"""The stored capsules: replayed to the byte, and thought through anew by the present code."""

from pathlib import Path

import pytest

from itops_cli.capsules.capsule import Capsule, read_capsule
from itops_cli.capsules.replaying import replayed, thought_anew
from itops_core.domain.verdict import VerdictOutcome

FOLDER = Path(__file__).parents[1] / "data" / "capsules"
PATHS = sorted(FOLDER.glob("*.json.gz"))


def name_of(path: Path) -> str:
    return path.name.removesuffix(".json.gz")


def thinkers_in(capsule: Capsule) -> set[str]:
    return {step.turn.reasoner for step in capsule.steps}


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_a_stored_capsule_replays_to_the_byte(path: Path) -> None:
    capsule = read_capsule(path)

    replay = replayed(capsule)

    assert replay.is_exact, replay.diff
    assert replay.outcome == capsule.outcome


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_the_present_code_finds_the_same_cause_and_remedy_in_a_stored_capsule(path: Path) -> None:
    replay = thought_anew(read_capsule(path))

    told = "\n".join(f"{one.what}: {one.stored} → {one.now}" for one in replay.differences)
    assert not replay.changed, f"intended? then: itops capsule accept {path.name}\n{told}"


def test_the_stored_capsules_are_of_every_kind() -> None:
    capsules = [read_capsule(path) for path in PATHS]
    outcomes = {one.incident.verdict.outcome for one in capsules if one.incident.verdict}

    assert len(capsules) >= 6
    assert outcomes == set(VerdictOutcome)
    assert any("claude" in thinkers_in(one) for one in capsules)
    assert any(entry.kind == "pipeline" for one in capsules for entry in one.catalog)
    assert {one.outcome for one in capsules} >= {"auto", "approval"}
