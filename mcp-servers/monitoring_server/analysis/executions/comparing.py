"""Sets a failed execution beside a good one: where they part, and what differs there."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from itops_core.domain.values import Value
from monitoring_server.analysis.executions.blame import blame
from monitoring_server.analysis.executions.definitions import Definition
from monitoring_server.analysis.executions.differences import Difference, differences
from monitoring_server.analysis.executions.payloads import parsed
from monitoring_server.analysis.executions.picture import (
    Picture,
    failing_visits,
    outcome_of,
    picture_of,
)
from monitoring_server.analysis.executions.record import Record, Visit
from monitoring_server.analysis.executions.walking import read_record

_DIFFERENCES = 12
_DURATIONS = 20
_NOTICEABLE_SECONDS = 0.5


class Divergence(Value):
    """The first state at which two executions went different ways."""

    state: str
    what: str = Field(description="In words: what the good one did there and the bad one not.")
    kind: str = Field(description="outcome, next_state, output or input")
    good: str = ""
    bad: str = ""


class Duration(Value):
    """How long a state took in both, over all visits."""

    state: str
    good_seconds: float | None
    bad_seconds: float | None
    change_seconds: float
    good_visits: int = 0
    bad_visits: int = 0


class Comparison(Value):
    """A failed execution against a good one."""

    summary: str
    diverges_at: Divergence | None
    input_differences: tuple[Difference, ...]
    state_input_differences: tuple[Difference, ...] = Field(
        description="What the first diverging state was given."
    )
    output_differences: tuple[Difference, ...]
    definition_differences: tuple[Difference, ...]
    versions: tuple[str, str] = Field(description="State machine version of the good and the bad.")
    durations: tuple[Duration, ...] = Field(description="The largest change first.")
    slowest_change: Duration | None
    seconds: tuple[float, float]
    more_differences: int = 0
    picture: Picture
    gaps: tuple[str, ...] = ()


def compare(
    bad: Iterable[Mapping[str, Any]],
    good: Iterable[Mapping[str, Any]],
    definitions: tuple[Definition | None, Definition | None] = (None, None),
) -> Comparison:
    """Return how the bad history differs from the good one; definitions are (bad, good)."""
    of_bad, of_good = definitions
    records = read_record(bad, of_bad), read_record(good, of_good or of_bad)
    return compare_records(records[0], records[1], definitions)


def compare_records(
    bad: Record, good: Record, definitions: tuple[Definition | None, Definition | None]
) -> Comparison:
    """Return the same of histories that were read already."""
    of_bad, of_good = definitions
    parting = _parting(bad, good)
    inputs, more_inputs = differences(parsed(good.input), parsed(bad.input), _DIFFERENCES)
    at = parting[1] if parting else None
    given, more_given = _pair_difference(at, "input")
    returned, more_returned = _pair_difference(at, "output")
    changed, more_changed = _definition_difference(of_bad, of_good)
    durations = _durations(bad, good)
    slower = [one for one in durations if one.change_seconds >= _NOTICEABLE_SECONDS]
    told = Comparison(
        summary="",
        diverges_at=parting[0] if parting else None,
        input_differences=tuple(inputs),
        state_input_differences=tuple(given),
        output_differences=tuple(returned),
        definition_differences=tuple(changed),
        versions=(_version(good), _version(bad)),
        durations=tuple(durations[:_DURATIONS]),
        slowest_change=slower[0] if slower else None,
        seconds=(round(good.seconds, 3), round(bad.seconds, 3)),
        more_differences=more_inputs + more_given + more_returned + more_changed,
        picture=picture_of(bad, of_bad),
        gaps=tuple(_gaps(bad, good, definitions)),
    )
    return told.model_copy(update={"summary": _summary(told)})


_Pair = tuple[Visit, Visit]


def _parting(bad: Record, good: Record) -> tuple[Divergence, _Pair | None] | None:
    """Return the first state, in the order of the bad one's outer way, that went differently."""
    ways = _way(bad), _way(good)
    failing = failing_visits(bad), failing_visits(good)
    for place, (left, right) in enumerate(zip(*ways, strict=False)):
        if left.name != right.name:
            return _other_way(ways, place)
        outcomes = outcome_of(left, failing[0]), outcome_of(right, failing[1])
        if outcomes[0] != outcomes[1]:
            return _other_outcome(bad, (left, right), outcomes)
    if len(ways[0]) == len(ways[1]):
        return None
    place = min(len(ways[0]), len(ways[1]))
    if place == 0:
        return None
    return _other_way(ways, place)


def _way(record: Record) -> list[Visit]:
    return [visit for visit in record.visits if visit.scope is record.root]


def _other_way(
    ways: tuple[list[Visit], list[Visit]], place: int
) -> tuple[Divergence, _Pair | None]:
    bad_way, good_way = ways
    names = tuple(way[place].name if place < len(way) else "the end" for way in (good_way, bad_way))
    if place == 0:
        words = f"the good one began with {names[0]}, the bad one with {names[1]}"
        return Divergence(
            state=names[1], what=words, kind="next_state", good=names[0], bad=names[1]
        ), None
    before = bad_way[place - 1], good_way[place - 1]
    words = f"after {before[0].name} the good one went to {names[0]}, the bad one to {names[1]}"
    parting = Divergence(
        state=before[0].name, what=words, kind="next_state", good=names[0], bad=names[1]
    )
    return parting, before


def _other_outcome(
    bad: Record, pair: _Pair, outcomes: tuple[str, str]
) -> tuple[Divergence, _Pair | None]:
    left, _right = pair
    found = blame(bad, None)
    inner = f", in {found.origin.name}" if found and found.origin.name != left.name else ""
    failure = found.failure if found else left.failure
    error = f" with {failure.error}" if failure and failure.error else ""
    words = f"{left.name} {outcomes[1]} in the good one and {outcomes[0]} in the bad one"
    return Divergence(
        state=left.name,
        what=f"{words}{error}{inner}",
        kind="outcome",
        good=outcomes[1],
        bad=outcomes[0],
    ), pair


def _pair_difference(pair: _Pair | None, side: str) -> tuple[list[Difference], int]:
    if pair is None:
        return [], 0
    bad, good = (getattr(visit, side) for visit in pair)
    if bad is None or good is None:
        return [], 0  # a state that failed has no output: that is no difference of content
    return differences(parsed(good), parsed(bad), _DIFFERENCES)


def _definition_difference(
    bad: Definition | None, good: Definition | None
) -> tuple[list[Difference], int]:
    if bad is None or good is None or bad is good:
        return [], 0
    plain = [
        {name: _plain(state.body) for name, state in one.states.items()} for one in (good, bad)
    ]
    return differences(plain[0], plain[1], _DIFFERENCES)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state without those inside it, which are compared by their own names."""
    inner = {"Branches", "ItemProcessor", "Iterator"}
    return {name: value for name, value in body.items() if name not in inner}


def _durations(bad: Record, good: Record) -> list[Duration]:
    spans = _spans(bad), _spans(good)
    told = [
        Duration(
            state=name,
            good_seconds=round(spans[1][name][0], 3) if name in spans[1] else None,
            bad_seconds=round(spans[0][name][0], 3) if name in spans[0] else None,
            change_seconds=round(
                spans[0].get(name, (0.0, 0))[0] - spans[1].get(name, (0.0, 0))[0], 3
            ),
            good_visits=spans[1].get(name, (0.0, 0))[1],
            bad_visits=spans[0].get(name, (0.0, 0))[1],
        )
        for name in dict.fromkeys([*spans[0], *spans[1]])
    ]
    return sorted(told, key=lambda one: (-one.change_seconds, one.state))


def _spans(record: Record) -> dict[str, tuple[float, int]]:
    """Return, by state, the seconds of all visits; one that never ended counts to the end."""
    spans: dict[str, tuple[float, int]] = {}
    for visit in record.visits:
        attempt = visit.attempts[-1] if visit.attempts else None
        end = visit.exited_at or (attempt.ended_at if attempt else None)
        seconds = (end or record.ended_at or record.last_at) - visit.entered_at
        before, count = spans.get(visit.name, (0.0, 0))
        spans[visit.name] = before + max(0.0, seconds), count + 1
    return spans


def _version(record: Record) -> str:
    return record.version_arn.rsplit(":", 1)[-1] if record.version_arn else ""


def _gaps(
    bad: Record, good: Record, definitions: tuple[Definition | None, Definition | None]
) -> list[str]:
    gaps: list[str] = []
    for name, record in (("bad", bad), ("good", good)):
        if not record.has_data:
            gaps.append(f"the {name} history has no inputs and outputs: they are not compared")
        if record.dropped_payloads:
            gaps.append(f"{record.dropped_payloads} payloads of the {name} one were let go")
        if record.links_missing:
            gaps.append(f"events of the {name} history are not linked: places are inferred")
    if good.status != "SUCCEEDED":
        gaps.append(f"the execution compared with is itself {good.status}")
    if definitions[1] is None:
        gaps.append("the good one's own definition is not known: definitions are not compared")
    return gaps


def _first_name(path: str) -> str:
    """Return the state that a place in a definition belongs to."""
    found = re.match(r"\$(?:\.(\w+)|\['(.*?)'\])", path)
    return (found.group(1) or found.group(2)) if found else path


def _summary(told: Comparison) -> str:
    parting = told.diverges_at
    sentences = [
        f"They part at {parting.state}: {parting.what}."
        if parting
        else "Both took the same way with the same outcomes."
    ]
    places = [one.path for one in told.input_differences[:4]]
    if places:
        sentences.append(f"Their inputs differ at {', '.join(places)}.")
    if told.definition_differences:
        changed = dict.fromkeys(_first_name(one.path) for one in told.definition_differences)
        sentences.append(f"The definition differs in {', '.join(list(changed)[:4])}.")
    if told.slowest_change:
        one = told.slowest_change
        sentences.append(f"{one.state} took {one.change_seconds:g} s longer.")
    return " ".join(sentences)
