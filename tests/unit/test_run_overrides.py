"""Files over `config/itops.yaml` for one run: deep-merged, checked, blamed by name."""

from pathlib import Path

import pytest

from itops_cli.running.overrides import configured
from itops_core.errors import InvalidInputError
from itops_core.settings import config


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_override_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    first = put(tmp_path, "a.yaml", "budget: {steps: 7}\nintake: {cooldown_seconds: 5}\n")
    second = put(tmp_path, "b.yaml", "budget: {steps: 9}\n")

    merged = configured((first, second))

    assert (merged.budget.steps, merged.intake.cooldown_seconds) == (9, 5)
    assert merged.budget.tool_calls == config().budget.tool_calls
    assert merged.models == config().models


def test_an_empty_file_overrides_nothing(tmp_path: Path) -> None:
    assert configured((put(tmp_path, "empty.yaml", "# nothing\n"),)) == configured(())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("budget: {stepz: 7}\n", "bad.yaml: budget.stepz: there is no such setting"),
        ("budget: {steps: many}\n", "bad.yaml: budget.steps: has to be a whole number"),
        ("budget: {steps: 0}\n", "bad.yaml: budget.steps: has to be more than 0"),
        ("budget: 7\n", "bad.yaml: budget: "),
        ("reasoning: {lone_confidence: 0.9}\n", "bad.yaml: the settings together: "),
        ("- a list\n", "bad.yaml: an override is a mapping"),
        ("budget: {steps: [\n", "bad.yaml:2: "),
        ("\x00", "bad.yaml cannot be read"),
    ],
)
def test_a_bad_override_is_told_with_file_place_and_reason(
    text: str, why: str, tmp_path: Path
) -> None:
    good = put(tmp_path, "good.yaml", "budget: {steps: 7}\n")

    with pytest.raises(InvalidInputError) as refused:
        configured((good, put(tmp_path, "bad.yaml", text)))

    assert why in str(refused.value)
