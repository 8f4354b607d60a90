"""Runbooks as context: what they raise, how far, and that they allow nothing."""

import pytest
from pydantic import ValidationError

from itops_cli.running.runbook_checks import flaws_in
from itops_core.domain.investigation import Agent, Case, Turn
from itops_core.domain.runbook import (
    MOST_ADDED,
    MOST_TAKEN,
    Adjusted,
    ConfidenceAdjustment,
    Runbook,
)
from itops_core.domain.values import utc_now
from itops_core.reasoning.guidance import ByTheBook, GuidedReasoner
from itops_core.reasoning.offline.leads import cheaper, priors
from itops_core.reasoning.rounds import round_of
from itops_core.settings import bundled
from itops_core.stores.runbooks import known_runbook, known_runbooks, runbook_files, runbook_named

AUTO = 0.75


class Listening:
    """A reasoner that remembers what it was told."""

    name = "listening"
    is_paid = False

    def __init__(self) -> None:
        self.told: list[Runbook | None] = []

    def next_turn(self, case: Case) -> Turn:
        self.told.append(case.runbook)
        return Turn(thought="", reasoner=self.name)


def adjusted(*changes: float) -> tuple[Adjusted, ...]:
    return tuple(Adjusted(by=by, condition="", because="") for by in changes)


def guided() -> GuidedReasoner:
    return GuidedReasoner(Listening(), runbook_named("ecs_memory"), AUTO)


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (0.60, (0.03,), 0.63),
        (0.60, (0.05, 0.05, 0.05), 0.60 + MOST_ADDED),
        (0.74, (0.05,), AUTO),
        (0.90, (0.05, 0.05), 0.95),
        (0.96, (0.05,), 0.97),
        (0.90, (-0.3, -0.3), 0.90 - MOST_TAKEN),
        (0.10, (-0.4,), 0.0),
        (0.80, (), 0.80),
    ],
)
def test_confidence_is_moved_within_bounds_and_never_over_the_bar(
    before: float, changes: tuple[float, ...], after: float
) -> None:
    assert guided().confidence(before, adjusted(*changes)) == pytest.approx(after)


@pytest.mark.parametrize("by", [0.2, -0.6])
def test_no_runbook_can_ask_for_more_than_the_bounds(by: float) -> None:
    with pytest.raises(ValidationError):
        ConfidenceAdjustment(seen="door_open", by=by, because="It would be far too much.")


def test_what_a_runbook_names_first_is_cheaper_to_ask() -> None:
    book = runbook_named("ecs_memory")

    assert cheaper(book, book.hinted_tools[0]) < cheaper(book, book.hinted_tools[-1]) < 1.0
    assert cheaper(book, "get_traces") == 1.0
    assert cheaper(None, "get_metrics") == 1.0
    assert priors(None) == {}


def test_only_who_looks_for_the_cause_of_an_incident_that_names_one_is_told_of_it() -> None:
    inner = Listening()
    reasoner = ByTheBook(inner, known_runbook, AUTO)
    plain = round_of("x", utc_now())
    named = plain.model_copy(update={"runbook": "device_silence"})
    gone = plain.model_copy(update={"runbook": "burnt"})

    for incident, agent in (
        (plain, Agent.ROOT_CAUSE),
        (named, Agent.TRIAGE),
        (gone, Agent.ROOT_CAUSE),
        (named, Agent.ROOT_CAUSE),
    ):
        reasoner.next_turn(Case(incident=incident, agent=agent))

    assert [one.id if one else None for one in inner.told] == [None, None, None, "device_silence"]


def test_the_runbooks_of_the_project_have_no_flaw_and_cover_its_estates() -> None:
    flaws = [str(flaw) for path in runbook_files(bundled("runbooks")) for flaw in flaws_in(path)]

    assert flaws == []
    books = known_runbooks()
    assert len(books["temperature_excursion"].steps) == 5
    assert len(books["device_silence"].steps) == 4
    assert len(books) >= 10
    kinds = {kind for book in books.values() for kind in book.applies_to.kinds}
    estates = {"device", "ecs_service", "lambda", "queue", "table", "database", "api", "pipeline"}
    assert kinds >= estates
