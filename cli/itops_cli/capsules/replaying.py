"""Replays: the same engine, agents and gate over a capsule, with no AWS, key or network."""

import difflib
import json
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from itops_cli.capsules.answers import CapsuleGateway, capsule_gateways
from itops_cli.capsules.capsule import Capsule, conclusions_of
from itops_cli.capsules.thinking import present_thinkers, recorded_thinkers
from itops_cli.investigation import Investigation, Setting, Thinkers, investigate
from itops_cli.investigation.runner import Reached
from itops_cli.investigation.servers import Surroundings
from itops_cli.investigation.silence import logs_silenced
from itops_core.domain.incident import Incident
from itops_core.domain.values import Value
from itops_core.settings import Config
from itops_core.settings import config as standing_config
from monitoring_server.recorded.recording import Recording


class Difference(Value):
    """What a replay came to otherwise than what is stored."""

    what: str
    stored: str
    now: str
    matters: bool
    """Whether the outcome, the cause or an action is another one."""


class Replay(Value):
    """A replay and how it differs from what the capsule has."""

    incident: Incident
    outcome: str
    differences: tuple[Difference, ...]
    diff: str
    """Triage, verdict and plan, line by line; empty where they are the same to the byte."""
    unknown_calls: tuple[str, ...] = ()
    """What was asked for that the capsule has no answer to."""

    @property
    def conclusions(self) -> dict[str, str]:
        """What was concluded, each as the one JSON text it has."""
        return conclusions_of(self.incident)

    @property
    def is_exact(self) -> bool:
        """Whether every conclusion is the same to the byte."""
        return not self.diff

    @property
    def changed(self) -> bool:
        """Whether the outcome, the cause or an action is another one."""
        return any(one.matters for one in self.differences)


def replayed(capsule: Capsule) -> Replay:
    """Return what the recorded turns come to: the same as then, or the capsule is not sound."""
    return _replay(capsule, recorded_thinkers(capsule.last_round), _config_of(capsule))


def thought_anew(capsule: Capsule) -> Replay:
    """Return what the present code makes of the same answers, and of a model's same replies."""
    return _replay(capsule, present_thinkers(capsule.last_round), standing_config())


def investigated(
    capsule: Capsule, thinkers: Thinkers, config: Config
) -> tuple[Investigation, tuple[str, ...]]:
    """Return an investigation of a capsule's incident, and calls that it had no answer to."""
    gateways: Mapping[str, CapsuleGateway] = capsule_gateways(capsule)

    def answering(around: Surroundings) -> Mapping[str, Reached]:
        del around
        return gateways

    setting = Setting(
        thinkers=thinkers,
        config=config,
        knowledge=(),
        answering=answering,
        history=capsule.before,
    )
    recording = Recording(recorded_at=capsule.incident.updated_at, catalog=capsule.catalog)
    with logs_silenced():
        found = investigate(recording, capsule.at_first, setting)
    return found, tuple(name for one in gateways.values() for name in one.unknown)


def _replay(capsule: Capsule, thinkers: Thinkers, config: Config) -> Replay:
    found, unknown = investigated(capsule, thinkers, config)
    return Replay(
        incident=found.incident,
        outcome=found.outcome,
        differences=tuple(_differences(capsule, found)),
        diff="\n".join(_lines(capsule.conclusions, conclusions_of(found.incident))),
        unknown_calls=unknown,
    )


def _config_of(capsule: Capsule) -> Config:
    """Return the configuration that was gone by; where it cannot be read any more, the present."""
    try:
        return Config.model_validate(capsule.config)
    except ValidationError:
        return standing_config()


def _differences(capsule: Capsule, found: Investigation) -> Iterator[Difference]:
    stored, now = capsule.incident, found.incident
    for what, of, matters in _COMPARED:
        before, after = of(stored), of(now)
        if before != after:
            yield Difference(what=what, stored=before, now=after, matters=matters)
    if capsule.outcome != found.outcome:
        yield Difference(what="gate", stored=capsule.outcome, now=found.outcome, matters=False)


def _outcome(incident: Incident) -> str:
    return incident.verdict.outcome.value if incident.verdict else "none"


def _cause(incident: Incident) -> str:
    cause = incident.verdict.root_cause if incident.verdict else None
    return f"{cause.component}: {cause.fault}" if cause else "none"


def _change(incident: Incident) -> str:
    return (incident.verdict.change_id if incident.verdict else None) or "none"


def _actions(incident: Incident) -> str:
    plan = incident.plan
    told = (
        [json.dumps(one.action.model_dump(), sort_keys=True) for one in plan.actions]
        if plan
        else []
    )
    return ", ".join(told) or "none"


def _confidence(incident: Incident) -> str:
    return f"{incident.verdict.confidence:.2f}" if incident.verdict else "none"


def _severity(incident: Incident) -> str:
    return incident.severity.value if incident.severity else "none"


def _gaps(incident: Incident) -> str:
    verdict = incident.verdict
    return ", ".join(sorted({gap.source for gap in verdict.gaps})) if verdict else "none"


_COMPARED = (
    ("outcome", _outcome, True),
    ("cause", _cause, True),
    ("actions", _actions, True),
    ("change", _change, False),
    ("severity", _severity, False),
    ("confidence", _confidence, False),
    ("gaps", _gaps, False),
)


def _lines(stored: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*stored, *now}):
        if stored.get(name) != now.get(name):
            before, after = (_pretty(one.get(name)) for one in (stored, now))
            yield from difflib.unified_diff(
                before, after, f"{name} in the capsule", f"{name} now", lineterm="", n=1
            )


def _pretty(text: str | None) -> list[str]:
    if text is None:
        return []
    return json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False).splitlines()
