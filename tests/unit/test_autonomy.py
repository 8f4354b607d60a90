"""Autonomy is earned by what was measured, lost by it, and said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_cli.investigation.stores import memory_stores
from itops_core.domain.audit import AuditEvent, AuditKind
from itops_core.domain.autonomy import (
    Bar,
    Seed,
    Standing,
    Trial,
    TrialOutcome,
    TrialSource,
    lower_bound,
    standing_of,
    trials_of,
)
from itops_core.domain.grade import PERCENT, Grade, Mark
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    Verification,
    VerificationOutcome,
)
from itops_core.remediation.autonomy import Earner, TrackRecords, seeds
from itops_core.remediation.catalogue import catalogue
from itops_core.settings import config
from itops_core.stores.track_record import TrackRecordStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RESTART = Action(name="restart_ecs_service", parameters={"cluster": "shop", "service": "cart"})
BAR = Bar(precision=0.8, seed_weight=30)
SEED = Seed(right=60, of=60)


def a_trial(number: int, *, helped: bool = True) -> Trial:
    return Trial(
        incident_id=f"INC-{number:08X}",
        round=1,
        outcome=TrialOutcome.HELPED if helped else TrialOutcome.FAILED,
        source=TrialSource.VERIFIED,
        at=NOON,
    )


def measured(
    outcome: VerificationOutcome, mark: Mark | None = None, action: Action = RESTART, **more: Any  # noqa: ANN401
) -> Incident:  # fmt: skip
    """Return an incident whose action was carried out and measured."""
    opened = open_incident("Cart fails", "cart", NOON, fingerprint="f" * 32)
    incident_id = opened.incident_id
    record = ActionRecord(
        action_id=ActionRecord.id_for(incident_id, 1, action, undo=more.get("undo", False)),
        incident_id=incident_id,
        round=1,
        action=action,
        resource="cart",
        inverse=None,
        status=more.get("status", ActionStatus.DONE),
        asked=more.get("asked"),
        started_at=NOON,
    )
    seen = Verification(
        outcome=outcome, probes=(), observed_from=NOON, observed_to=NOON, samples=4, round=1
    )
    grade = None
    if mark is not None:
        percent = PERCENT[mark]
        grade = Grade(mark=mark, percent=percent, graded_by="ada", graded_at=NOON)
    return opened.changed(NOON, actions=(record,), verification=seen, grade=grade)


@pytest.mark.parametrize(
    ("hits", "count", "bound"), [(0, 0, 0.0), (0, 5, 0.0), (30, 30, 0.886), (28, 30, 0.787)]
)
def test_the_lower_bound_is_wilsons(hits: int, count: int, bound: float) -> None:
    assert lower_bound(hits, count) == pytest.approx(bound, abs=0.001)


@pytest.mark.parametrize(
    ("helped", "failed", "seed", "earned"),
    [
        (0, 0, SEED, True),
        (0, 0, None, False),
        (0, 0, Seed(right=3, of=3), False),
        (0, 1, SEED, True),
        (0, 2, SEED, False),
        (20, 0, None, True),
        (10, 0, None, False),
        (40, 2, SEED, True),
        (28, 4, SEED, False),
        (0, 0, Seed(right=48, of=60), False),
    ],
)
def test_a_record_holds_the_bar_or_not(
    helped: int, failed: int, seed: Seed | None, earned: bool
) -> None:
    trials = [a_trial(number, helped=number < helped) for number in range(helped + failed)]

    assert standing_of("restart_ecs_service", trials, seed, BAR).earned is earned


def test_seeds_give_way_one_by_one_to_what_was_measured() -> None:
    standings = [
        standing_of("restart_ecs_service", map(a_trial, range(count)), SEED, BAR)
        for count in (0, 12, 30, 50)
    ]

    assert [(one.of, one.seeded) for one in standings] == [(0, 30), (12, 18), (30, 0), (50, 0)]
    assert "and 18 seeded by the evals" in standings[1].told


@pytest.mark.parametrize(
    ("incident", "outcome"),
    [
        (measured(VerificationOutcome.RECOVERED), TrialOutcome.HELPED),
        (measured(VerificationOutcome.UNCHANGED), TrialOutcome.FAILED),
        (measured(VerificationOutcome.WORSE), TrialOutcome.FAILED),
        (measured(VerificationOutcome.RECOVERED, Mark.WRONG), TrialOutcome.FAILED),
        (measured(VerificationOutcome.RECOVERED, Mark.RIGHT), TrialOutcome.HELPED),
        (measured(VerificationOutcome.UNKNOWN, Mark.WRONG), TrialOutcome.FAILED),
        (measured(VerificationOutcome.RECOVERED, status=ActionStatus.UNDONE), TrialOutcome.HELPED),
    ],
)
def test_what_was_measured_and_graded_makes_the_trial(
    incident: Incident, outcome: TrialOutcome
) -> None:
    assert {name: one.outcome for name, one in trials_of(incident).items()} == {
        "restart_ecs_service": outcome
    }


@pytest.mark.parametrize(
    "incident",
    [
        measured(VerificationOutcome.UNKNOWN),
        measured(VerificationOutcome.UNKNOWN, Mark.RIGHT),
        measured(VerificationOutcome.RECOVERED, status=ActionStatus.REFUSED),
        measured(VerificationOutcome.RECOVERED, undo=True),
        measured(
            VerificationOutcome.RECOVERED,
            action=Action(name="notify_only", parameters={"message": "look"}),
        ),
        open_incident("Cart fails", "cart", NOON, fingerprint="f" * 32),
    ],
)
def test_what_shows_nothing_of_an_action_is_no_trial(incident: Incident) -> None:
    assert trials_of(incident) == {}


SCALE = Action(name="scale_ecs_service", parameters={"desired_count": 4})
MORE = Action(name="scale_ecs_service", parameters={"desired_count": 5})


@pytest.mark.parametrize("outcome", [VerificationOutcome.RECOVERED, VerificationOutcome.UNCHANGED])
def test_what_people_narrowed_is_kept_as_that_and_is_neither_hit_nor_miss(
    outcome: VerificationOutcome,
) -> None:
    trials = trials_of(measured(outcome, action=SCALE, asked=MORE))

    narrowed = trials["scale_ecs_service"]
    without, with_it = (
        standing_of("scale_ecs_service", one, SEED, BAR) for one in ((), (narrowed, narrowed))
    )
    assert narrowed.outcome is TrialOutcome.NARROWED
    assert with_it == without
    assert with_it.earned


class Book:
    """The records of one deployment, and what was said of them."""

    def __init__(self) -> None:
        stores = memory_stores((), ())
        self.incidents = stores.incidents
        self.store = TrackRecordStore(stores.runtime, 200)
        self.audited: list[AuditEvent] = []
        self.told: list[Standing] = []
        known = seeds().model_copy(update={"actions": {"restart_ecs_service": SEED}})
        self.records = TrackRecords(self.store.trials, known, config().autonomy)
        self.earner = Earner(
            self.store,
            self.records,
            self.incidents,
            self.audited.append,
            lambda _incident, standing: self.told.append(standing),
        )

    def weigh(self, outcome: VerificationOutcome, mark: Mark | None = None) -> Incident:
        incident = self.incidents.create(measured(outcome, mark))
        self.earner.weigh(incident)
        return incident


def test_two_that_did_not_help_cost_a_class_its_autonomy_and_everyone_hears_of_it() -> None:
    book = Book()

    book.weigh(VerificationOutcome.UNCHANGED)
    still = book.records.standing("restart_ecs_service")
    last = book.weigh(VerificationOutcome.WORSE)

    gone = book.records.standing("restart_ecs_service")
    (event,) = book.incidents.timeline(last.incident_id).items
    (entry,) = book.audited
    assert (still.earned, gone.earned) == (True, False)
    assert "no longer happens by itself: a person is asked" in event.message
    assert (event.kind, entry.kind, entry.message) == (
        "autonomy",
        AuditKind.AUTONOMY,
        event.message,
    )
    assert book.told == [gone]


def test_what_was_lost_is_earned_again_by_what_people_approve_and_helps() -> None:
    book = Book()
    for _ in range(2):
        book.weigh(VerificationOutcome.UNCHANGED)

    for _ in range(40):
        book.weigh(VerificationOutcome.RECOVERED)

    assert book.records.standing("restart_ecs_service").earned
    assert [one.earned for one in book.told] == [False, True]


def test_the_same_incident_weighed_again_counts_once_and_a_grade_turns_its_trial() -> None:
    book = Book()
    incident = book.weigh(VerificationOutcome.RECOVERED)
    book.earner.weigh(incident)
    wrong = Grade(mark=Mark.WRONG, percent=0, graded_by="ada", graded_at=NOON + timedelta(hours=1))

    book.earner.weigh(incident.changed(NOON, grade=wrong))

    (trial,) = book.store.trials("restart_ecs_service")
    assert (trial.outcome, trial.source) == (TrialOutcome.FAILED, TrialSource.GRADED)


def test_only_the_latest_trials_count() -> None:
    store = TrackRecordStore(memory_stores((), ()).runtime, 20)
    for number in range(30):
        store.record("restart_ecs_service", a_trial(number))

    assert store.trials("restart_ecs_service")[0].incident_id == "INC-0000000A"


def test_the_seeds_are_of_actions_that_there_are_and_say_how_they_were_measured() -> None:
    known = seeds()

    assert set(known.actions) <= set(catalogue().actions)
    assert known.label == "seeded"
    assert known.measured_by.startswith("itops eval --variants")
    assert all(one.right <= one.of for one in known.actions.values())
