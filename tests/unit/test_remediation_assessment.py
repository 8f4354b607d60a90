"""Risk, blast radius and possibility, computed from live state and the catalog."""

from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, BlastSize, Risk
from itops_core.domain.traffic import Traffic
from itops_core.remediation.assessment import Blast, Outlook, preview_of, reach_of
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.services import (
    Revision,
    ServiceState,
    restart_outlook,
    rollback_outlook,
    scale_outlook,
)

RESTART = Action(name="restart_ecs_service", parameters={"cluster": "shop", "service": "cart"})


def a_state(**changes: Any) -> ServiceState:  # noqa: ANN401
    known: dict[str, Any] = {
        "arn": "arn:cart",
        "cluster": "shop",
        "service": "cart",
        "status": "ACTIVE",
        "task_definition": "arn:cart:3",
        "desired_count": 2,
        "running_count": 2,
        "deployment_id": "ecs-svc/1",
        "rollout_state": "COMPLETED",
    }
    return ServiceState.model_validate({**known, **changes})


def a_revision(number: int, family: str = "cart", status: str = "ACTIVE") -> Revision:
    return Revision(arn=f"arn:{family}:{number}", family=family, revision=number, status=status)


def a_catalog(dependants: int) -> list[CatalogEntry]:
    cart = CatalogEntry(
        entry_id="cart-entry", kind="ecs_service", cluster="shop", ecs_service="cart"
    )
    callers = [
        CatalogEntry(entry_id=f"caller-{number}", kind="other", depends_on=("cart-entry",))
        for number in range(dependants)
    ]
    return [cart, *callers]


def a_preview(
    state: ServiceState,
    entries: list[CatalogEntry],
    action: Action = RESTART,
    per_minute: float | None = 40.0,
) -> ActionPreview:
    reach, known = reach_of(state, entries), catalogue()
    traffic = Traffic()
    if per_minute is not None:
        level = known.traffic.level_of(per_minute)
        traffic = Traffic(level=level, per_minute=per_minute)
    blast = Blast(name="cart", reach=reach, thresholds=known.blast_radius, traffic=traffic)
    outlook: Outlook = restart_outlook(state)
    return preview_of(action, catalogue().spec(action.name), state, outlook, blast)


@pytest.mark.parametrize(
    ("dependants", "size"),
    [
        (0, BlastSize.SMALL),
        (4, BlastSize.SMALL),
        (5, BlastSize.MEDIUM),
        (9, BlastSize.MEDIUM),
        (10, BlastSize.LARGE),
    ],
)
def test_the_more_leans_on_a_service_the_larger_the_blast(dependants: int, size: BlastSize) -> None:
    preview = a_preview(a_state(), a_catalog(dependants))

    assert preview.blast_size is size
    assert len(preview.blast_radius) == dependants + 1


def test_what_leans_on_it_by_way_of_others_counts_and_circles_end() -> None:
    entries = [
        *a_catalog(1),
        CatalogEntry(entry_id="page", kind="other", depends_on=("caller-0",)),
        CatalogEntry(entry_id="loop", kind="other", depends_on=("page", "loop")),
    ]

    assert reach_of(a_state(), entries).dependants == ("caller-0", "loop", "page")


def test_a_service_of_the_same_name_in_another_cluster_is_another_service() -> None:
    assert reach_of(a_state(cluster="staging"), a_catalog(3)).entry is None


def test_of_a_service_that_the_catalog_does_not_know_the_blast_is_not_small() -> None:
    assert a_preview(a_state(), []).blast_size is BlastSize.MEDIUM


@pytest.mark.parametrize(
    ("desired", "healthy_percent", "size"),
    [(1, 100, BlastSize.SMALL), (1, 50, BlastSize.MEDIUM), (2, 50, BlastSize.SMALL)],
)
def test_replacing_tasks_that_may_leave_none_running_is_not_small(
    desired: int, healthy_percent: int, size: BlastSize
) -> None:
    state = a_state(desired_count=desired, minimum_healthy_percent=healthy_percent)

    assert a_preview(state, a_catalog(0)).blast_size is size


def test_a_deployment_under_way_raises_the_risk() -> None:
    calm, busy = a_state(), a_state(rollout_state="IN_PROGRESS")

    assert a_preview(calm, a_catalog(0)).risk is Risk.LOW
    assert a_preview(busy, a_catalog(0)).risk is Risk.MEDIUM


@pytest.mark.parametrize(
    ("per_minute", "risk", "size"),
    [
        (None, Risk.MEDIUM, BlastSize.SMALL),
        (0.0, Risk.LOW, BlastSize.SMALL),
        (599.0, Risk.LOW, BlastSize.SMALL),
        (600.0, Risk.MEDIUM, BlastSize.SMALL),
        (6_000.0, Risk.MEDIUM, BlastSize.MEDIUM),
        (60_000.0, Risk.MEDIUM, BlastSize.LARGE),
    ],
)
def test_the_more_reaches_it_the_more_care_it_takes_and_the_unknown_is_never_low(
    per_minute: float | None, risk: Risk, size: BlastSize
) -> None:
    preview = a_preview(a_state(), a_catalog(0), per_minute=per_minute)

    assert (preview.risk, preview.blast_size) == (risk, size)


def test_what_no_request_can_feel_is_no_riskier_for_the_traffic() -> None:
    more = Action(
        name="scale_ecs_service",
        parameters={"cluster": "shop", "service": "cart", "desired_count": 3},
    )

    preview = a_preview(a_state(), a_catalog(0), more, per_minute=60_000.0)

    assert (preview.risk, preview.blast_size) == (Risk.LOW, BlastSize.SMALL)
    assert preview.traffic is not None
    assert preview.traffic.told == "about 60,000 requests a minute reach it now"


def test_a_deployment_under_way_where_much_arrives_is_two_steps_riskier() -> None:
    preview = a_preview(a_state(rollout_state="IN_PROGRESS"), a_catalog(0), per_minute=900.0)

    assert preview.risk is Risk.HIGH
    assert "a deployment is under way; about 900 requests a minute" in preview.reason


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"task_definition": "arn:cart:4"}, False),
        ({"desired_count": 3}, False),
        ({"deployment_id": "ecs-svc/2"}, False),
        ({"rollout_state": "FAILED"}, False),
        ({"arn": "arn:other"}, False),
        ({"rollout_state": "IN_PROGRESS"}, True),
        ({"running_count": 1}, True),
        ({"pending_count": 1}, True),
    ],
)
def test_the_state_hash_changes_with_what_people_would_look_at_again(
    change: dict[str, Any], same: bool
) -> None:
    assert (a_state(**change).state_hash == a_state().state_hash) is same


@pytest.mark.parametrize(
    ("outlook", "fault"),
    [
        (restart_outlook(a_state(status="DRAINING")), "draining"),
        (restart_outlook(a_state(desired_count=0)), "scaled to 0"),
        (scale_outlook(a_state(), 2, 4, undo=False), "wants 2 tasks already"),
        (scale_outlook(a_state(), 7, 4, undo=False), "at most 6"),
        (scale_outlook(a_state(), 1, 4, undo=False), "above 2"),
        (scale_outlook(a_state(status="INACTIVE"), 3, 4, undo=False), "inactive"),
        (rollback_outlook(a_state(), None, a_revision(3), undo=False), "no such"),
        (rollback_outlook(a_state(), a_revision(2), None, undo=False), "no such"),
        (
            rollback_outlook(
                a_state(), a_revision(2, status="INACTIVE"), a_revision(3), undo=False
            ),
            "inactive",
        ),
        (
            rollback_outlook(a_state(), a_revision(2, "other"), a_revision(3), undo=False),
            "another family",
        ),
        (rollback_outlook(a_state(), a_revision(3), a_revision(3), undo=False), "already"),
        (rollback_outlook(a_state(), a_revision(4), a_revision(3), undo=False), "later"),
        (
            rollback_outlook(a_state(status="DRAINING"), a_revision(2), a_revision(3), undo=False),
            "draining",
        ),
    ],
)
def test_what_cannot_be_done_says_why(outlook: Outlook, fault: str) -> None:
    assert fault in (outlook.fault or "")


@pytest.mark.parametrize(
    "outlook",
    [
        restart_outlook(a_state()),
        scale_outlook(a_state(), 6, 4, undo=False),
        scale_outlook(a_state(desired_count=9), 2, 4, undo=True),
        rollback_outlook(a_state(), a_revision(1), a_revision(3), undo=False),
        rollback_outlook(a_state(), a_revision(4), a_revision(3), undo=True),
    ],
)
def test_what_can_be_done_has_no_fault_and_undoing_may_go_further(outlook: Outlook) -> None:
    assert outlook.fault is None
    assert outlook.note


def test_a_restart_says_that_there_is_nothing_to_undo_and_a_scaling_that_it_can_be_undone() -> None:
    scaling = Action(
        name="scale_ecs_service",
        parameters={"cluster": "shop", "service": "cart", "desired_count": 3},
    )

    restart = a_preview(a_state(), a_catalog(0))

    assert restart.reversible
    assert restart.undoing == "nothing to undo: configuration is unchanged"
    assert restart.undoing in restart.reason
    assert a_preview(a_state(), a_catalog(0), scaling).undoing == "can be undone"
    irrevocable = restart.model_copy(update={"reversible": False})
    assert irrevocable.undoing == "cannot be undone"
