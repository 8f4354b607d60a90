"""What an incident takes the second time: each scenario twice, three days apart, by the same code.

In between the first one is ended and leaves its article, as in a deployment. Steps and tool calls
are counted over all agents, as they are recorded. Where a model thinks, it is played: the first
time it asks what the reasoner without a model asked, step by step; it concludes once it has seen
those answers, or as soon as it is shown that what decided it then was asked again. Its tokens are
counted by the local Messages API, so what is measured are our prompts and how often they are sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from itops_cli.attacks.obedient import played
from itops_cli.benchmark.recurrence_player import Player
from itops_cli.evals.cases import MOMENT
from itops_cli.investigation import Investigation, Setting, Thinkers, incident_in, investigate
from itops_cli.investigation.silence import logs_silenced
from itops_cli.investigation.stores import known_articles
from itops_cli.investigation.thinkers import offline
from itops_core.domain.catalog import Article
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import DecisionOutcome
from itops_core.domain.verdict import VerdictOutcome
from itops_core.workflow.learning import draft_of
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import Scenario, load
from local_cloud.sandbox.scenario import slugs as known_slugs

APART = timedelta(days=3)
LEAST_STEPS = 4
"""Of the first time: less than that cannot be made a fraction of."""


@dataclass(frozen=True)
class Twice:
    """One scenario, investigated and investigated again."""

    slug: str
    first: Investigation
    again: Investigation

    @property
    def share(self) -> float:
        """How many steps it took of those of the first time."""
        return len(self.again.steps) / len(self.first.steps)

    @property
    def token_share(self) -> float:
        """How many tokens it took of those of the first time."""
        before = tokens_of(self.first)
        return tokens_of(self.again) / before if before else 0.0

    @property
    def is_same(self) -> bool:
        """Whether outcome, cause, severity and the gate's word are those of the first time."""
        return _came_to(self.first) == _came_to(self.again)


def recurring(slugs: Sequence[str] = (), *, with_model: bool = True) -> dict[str, Any]:
    """Return what each scenario takes the second time, without a model and with a played one."""
    with logs_silenced():
        by_code = [twice(slug) for slug in slugs or known_slugs(library())]
        figures: dict[str, Any] = {"offline": told(by_code)}
        if with_model:
            by_model = [with_model_played(one) for one in by_code]
            figures["model_played"] = told(by_model)
    return figures


def twice(slug: str, thinkers: Thinkers = offline) -> Twice:
    """Return what a scenario comes to, and what it comes to when it is there again."""
    scenario = load(library() / slug, library())
    first = _investigated(scenario, MOMENT - APART.total_seconds(), Setting(thinkers=thinkers))
    return Twice(slug, first, seen_again(scenario, first, thinkers))


def seen_again(scenario: Scenario, first: Investigation, thinkers: Thinkers) -> Investigation:
    """Return what a scenario comes to where `first` is on record."""
    past = ended(first)
    return _investigated(
        scenario,
        MOMENT,
        Setting(
            thinkers=thinkers,
            before=(past,),
            remembered=first.steps,
            knowledge=(*known_articles(), *article_of(past)),
        ),
    )


def ended(first: Investigation) -> Incident:
    """Return the incident as it is on record once it is over."""
    verdict, incident = first.verdict, first.incident
    if incident.is_over or verdict is None:
        return incident
    is_done = first.outcome in (DecisionOutcome.AUTO, DecisionOutcome.APPROVAL)
    status = Status.RESOLVED if is_done else Status.ESCALATED
    if verdict.outcome is VerdictOutcome.HEALTHY:
        status = Status.CLOSED
    return incident.moved_to(status, incident.opened_at + timedelta(minutes=10))


def article_of(past: Incident) -> tuple[Article, ...]:
    """Return what is learned from an incident that was resolved."""
    draft = draft_of(past, past.closed_at or past.opened_at)
    return (draft,) if draft and past.status is Status.RESOLVED else ()


def tokens_of(found: Investigation) -> int:
    """Return all tokens that an investigation took, cached ones too."""
    usage = found.usage
    return usage.input_tokens + usage.cached_input_tokens + usage.output_tokens


def told(measured: Sequence[Twice]) -> dict[str, Any]:
    """Return the figures of some scenarios."""
    counted = [one for one in measured if len(one.first.steps) >= LEAST_STEPS]
    firsts, agains = [one.first for one in counted], [one.again for one in counted]
    figures: dict[str, Any] = {
        "scenarios": len(counted),
        "steps": _fraction(map(_steps, firsts), map(_steps, agains)),
        "worst_share_of_steps": round(max(one.share for one in counted), 3),
        "tool_calls": _fraction(map(_calls, firsts), map(_calls, agains)),
        "otherwise_than_the_first_time": [one.slug for one in counted if not one.is_same],
    }
    if any(map(tokens_of, firsts)):
        figures["tokens"] = _fraction(map(tokens_of, firsts), map(tokens_of, agains))
        figures["worst_share_of_tokens"] = round(max(one.token_share for one in counted), 3)
        figures["dollars"] = _fraction(
            (one.usage.dollars for one in firsts), (one.usage.dollars for one in agains)
        )
    return figures


def _fraction(first: Iterable[float], again: Iterable[float]) -> dict[str, float]:
    before, after = sum(first), sum(again)
    return {
        "first": round(before, 4),
        "again": round(after, 4),
        "share": round(after / before, 3) if before else 0.0,
    }


def _steps(found: Investigation) -> int:
    return len(found.steps)


def _calls(found: Investigation) -> int:
    return len(found.observations)


def _came_to(found: Investigation) -> tuple[object, ...]:
    verdict = found.verdict
    cause = verdict.root_cause if verdict else None
    return (
        verdict and verdict.outcome,
        cause and (cause.component, cause.fault),
        found.incident.severity,
        found.outcome,
    )


def _investigated(scenario: Scenario, moment: float, setting: Setting) -> Investigation:
    recording = recorded(scenario, moment)
    how = replace(
        setting,
        before=(*recording.incidents, *setting.before),
        down=frozenset(recording.unreachable),
    )
    return investigate(recording, incident_in(recording, scenario.alarm.name), how)


def with_model_played(by_code: Twice) -> Twice:
    """Return what the same scenario takes a model that asks what code asked."""
    scenario = load(library() / by_code.slug, library())
    with played(Player(by_code.first, by_code.first.steps)) as (thinkers, refused):
        first = _investigated(scenario, MOMENT - APART.total_seconds(), Setting(thinkers=thinkers))
        _check(refused)
    with played(Player(by_code.again, by_code.first.steps)) as (thinkers, refused):
        again = seen_again(scenario, first, thinkers)
        _check(refused)
    return Twice(by_code.slug, first, again)


def _check(refused: Sequence[str]) -> None:
    if refused:
        raise AssertionError(f"the Messages API refused {refused[0]}")
