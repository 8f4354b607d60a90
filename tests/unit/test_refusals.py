"""What a checker refuses is told in words, field by field, and never in the checker's own texts."""

import pytest
from pydantic import BaseModel, ValidationError

from incident_api.bodies import IncidentAmendment, NewIncident, PageQuery
from itops_core.domain.maintenance import NewWindow
from itops_core.domain.refusals import in_words


def told(model: type[BaseModel], sent: str) -> tuple[str, ...]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(sent, strict=True)
    return in_words(caught.value, "the body")


@pytest.mark.parametrize(
    ("model", "sent", "words"),
    [
        (NewIncident, '{"affected_services": ["a"]}', "title is needed"),
        (NewIncident, '{"title": 5, "affected_services": ["a"]}', "title has to be text"),
        (NewIncident, '{"title": "", "affected_services": ["a"]}', "title must not be empty"),
        (NewIncident, "[]", "the body has to be an object"),
        (NewIncident, '{"title": "a", "affected_services": "a"}', "has to be a list"),
        (NewIncident, '{"title": "a", "affected_services": ["a"], "x": 1}', "x is not known here"),
        (NewIncident, '{"title": "a", "affected_services": ["a"], "severity": "bad"}',
         "severity has to be one of critical, high, medium or low"),
        (IncidentAmendment, "{}", "nothing is to be changed; name at least one of title"),
        (IncidentAmendment, '{"status": "open"}', "status has to be one of resolved or closed"),
        (PageQuery, '{"limit": 0}', "limit has to be at least 1"),
        (NewWindow, '{"services": ["a"], "starts_at": "soon", "reason": "why"}',
         "starts_at has to be a time, such as 2026-11-20T03:00:00Z"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_and_says_what_it_has_to_be(
    model: type[BaseModel], sent: str, words: str
) -> None:
    assert any(words in one for one in told(model, sent))


def test_a_list_of_one_faulty_thing_is_not_called_empty() -> None:
    (only,) = told(NewIncident, '{"title": "a", "affected_services": ["!"]}')

    assert only.startswith("affected_services.0 does not match the pattern")
