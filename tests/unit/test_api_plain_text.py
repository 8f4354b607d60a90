"""What people write into incidents is kept as words: no secrets, no marks that move text."""

import pytest
from pydantic import BaseModel, ValidationError

from incident_api.bodies import NewIncident
from incident_api.chat import NewQuestion
from incident_api.intake import Discard
from incident_api.runs import NewRun


def sent(**fields: object) -> NewIncident:
    return NewIncident.model_validate({"affected_services": ["cart"], **fields})


def test_a_secret_in_a_title_or_description_is_not_kept() -> None:
    told = sent(title="cart broken password=hunter2", description="key AKIAIOSFODNN7EXAMPLE here")

    assert told.title == "cart broken password=[redacted]"
    assert "AKIA" not in told.description


def test_marks_that_turn_text_around_or_move_a_cursor_are_dropped() -> None:
    told = sent(title="line\u202e one\x1b[2J\x00", description="two\nlines")

    assert told.title == "line one[2J"
    assert told.description == "two\nlines"


@pytest.mark.parametrize("title", ["", "   ", "\u202e\x00"])
def test_a_title_that_says_nothing_is_refused(title: str) -> None:
    with pytest.raises(ValidationError, match="title"):
        sent(title=title)


@pytest.mark.parametrize(
    ("model", "name", "rest"),
    [
        (NewQuestion, "message", {}),
        (NewRun, "goal", {}),
        (Discard, "reason", {"letter_ids": ["a"]}),
    ],
)
def test_other_words_of_people_are_cleaned_before_they_are_measured(
    model: type[BaseModel], name: str, rest: dict[str, object]
) -> None:
    told = model.model_validate({name: "why\u202e with pwd=a ", **rest})

    assert told.model_dump()[name] == "why with pwd=[redacted]"
    for unusable in ("\ue000\x00", "pwd=a " * 600):
        with pytest.raises(ValidationError, match=name):
            model.model_validate({name: unusable, **rest})
