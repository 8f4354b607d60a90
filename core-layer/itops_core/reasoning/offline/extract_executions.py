"""What failed executions of a pipeline show, symptom by symptom."""

from collections.abc import Iterator, Mapping

from itops_core.domain.evidence import Citation
from itops_core.reasoning.offline.failed_runs import (
    FailedRun,
    RunComparison,
    comparison,
    failed_run,
    failure_families,
)
from itops_core.reasoning.offline.reading import count_of, records, shortened, text_of
from itops_core.reasoning.offline.run_changes import (
    access_change,
    first_failure,
    function_change,
    weight_of,
)
from itops_core.reasoning.offline.run_errors import ERRORS, errors_shown, waiting_line
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field, quoted_text

_SHAPE = {"added", "removed", "type_changed"}
_LONG = 0.4
_FEW = 0.1
_SAID = 320
"""Characters of what a system said; messages of refused permissions are the long ones."""


def execution_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield what the executions that failed show."""
    yield from _failing(scene)
    run = failed_run(scene)
    if run is None:
        return
    yield from _errors(scene, run)
    yield _one_item(run)
    yield _retries(run)
    beside = comparison(scene)
    if beside is not None:
        yield from _beside(run, beside)
    yield from _changed(scene, run, beside)


def _failing(scene: Scene) -> Iterator[Sighting]:
    for seen in list(scene.answers("list_failed_executions"))[-1:]:
        failed, families = count_of(seen.content, "failed"), failure_families(scene)
        if failed is None:
            return
        newest = families[0] if families else None
        yield Sighting(
            symptom="runs_failing",
            present=newest is not None,
            detail=f"{failed} executions failed; {newest.count} of them in the same way"
            if newest
            else "none in the time looked at",
            citations=cite(
                seen.evidence_id,
                quoted_field("failed", failed),
                *((quoted_field("latest_execution", newest.latest),) if newest else ()),
            ),
        )


def _errors(scene: Scene, run: FailedRun) -> Iterator[Sighting]:
    shown = errors_shown(scene, run)
    quotes = _proof(run)
    for symptom in ERRORS:
        strength = shown.get(symptom)
        waited = waiting_line(scene, run) if strength and symptom == "run_call_timed_out" else ""
        yield Sighting(
            symptom=symptom,
            present=strength is not None,
            strength=strength if strength is not None else 1.0,
            wording=_sentence(scene, run, symptom) if strength is not None else "",
            detail=f"its log: {shortened(waited, _SAID)}" if waited else "",
            citations=(*quotes, *cite(run.seen.evidence_id, quoted_text(waited) if waited else "")),
        )


def _proof(run: FailedRun) -> tuple[Citation, ...]:
    """Cite the state and its error as the answer has them."""
    quotes = [
        quoted_field(name, value)
        for name, value in (
            ("name", text_of(run.state, "name")),
            ("error", text_of(run.error, "error")),
        )
        if value
    ]
    message = text_of(run.error, "message")
    return cite(run.seen.evidence_id, *quotes, quoted_text(message) if len(message) > 3 else "")


def _sentence(scene: Scene, run: FailedRun, symptom: str) -> str:
    """Return what a symptom says of this very execution, with its state and item."""
    says = scene.library.symptoms[symptom].says.rstrip(".")
    error = text_of(run.error, "error")
    message = shortened(text_of(run.error, "message"), _SAID).rstrip(". ")
    told = f"{error}: {message}" if message else error
    return f"{run.place} failed first: {says} ({told}).".replace("{", "(").replace("}", ")")


def _one_item(run: FailedRun) -> Sighting:
    if run.map_run:
        return _few_items(run)
    items = run.items
    succeeded, failed = count_of(items, "succeeded") or 0, count_of(items, "failed") or 0
    odd = [one for one in items.get("unlike_the_others") or () if isinstance(one, str)]
    present = bool(items) and failed == 1 and (succeeded > 0 or bool(odd))
    detail = f"item {items.get('index')} of {items.get('map')}; {succeeded} went through"
    return Sighting(
        symptom="run_one_item",
        present=present,
        detail=(f"{detail}; {'; '.join(odd)}" if odd else detail) if items else "",
        citations=cite(
            run.seen.evidence_id,
            *((quoted_field("index", items.get("index")),) if items else ()),
            *(quoted_text(one) for one in odd[:1]),
        )
        or _proof(run),
    )


def _few_items(run: FailedRun) -> Sighting:
    """Return whether few of the many items of a distributed Map failed, all in the same way."""
    told = run.map_run.get("items")
    counts = told if isinstance(told, dict) else {}
    succeeded, failed = count_of(counts, "succeeded") or 0, count_of(counts, "failed") or 0
    few = 0 < failed <= max(1, _FEW * (succeeded + failed))
    return Sighting(
        symptom="run_one_item",
        present=few and succeeded > 0 and len(records(run.map_run, "families")) <= 1,
        detail=f"{failed} items of a distributed Map failed, {succeeded} went through",
        citations=cite(run.seen.evidence_id, quoted_field("failed", failed)),
    )


def _retries(run: FailedRun) -> Sighting:
    retries = run.sections.get("retries")
    told = retries if isinstance(retries, dict) else {}
    used_up = told.get("exhausted") is True and bool(count_of(told, "retries"))
    return Sighting(
        symptom="run_retries_used_up",
        present=used_up,
        # A state that is never tried again tells little by that.
        strength=1.0 if used_up else 0.3,
        detail=f"{(count_of(told, 'retries') or 0) + 1} tries" if used_up else "",
        citations=cite(run.seen.evidence_id, '"exhausted":true') if used_up else _proof(run),
    )


def _beside(run: FailedRun, beside: RunComparison) -> Iterator[Sighting]:
    """Yield what is different from the last good execution."""
    evidence = beside.seen.evidence_id
    parting = quoted_field("state", beside.diverges_at) if beside.diverges_at else ""
    shape = [
        one
        for one in beside.differences("input_differences", "state_input_differences")
        if text_of(one, "kind") in _SHAPE
    ]
    at = f"They part at {beside.diverges_at}. " if beside.diverges_at else ""
    places = ", ".join(dict.fromkeys(_told(one) for one in shape[:4]))
    yield Sighting(
        symptom="run_input_drifted",
        present=bool(shape),
        wording=f"{at}The input has another shape than in the last good execution: {places}."
        if shape
        else "",
        citations=cite(
            evidence, *(quoted_field("path", text_of(one, "path")) for one in shape[:2]), parting
        )
        or cite(evidence, '"input_differences":'),
    )
    changed = beside.differences("definition_differences")
    yield Sighting(
        symptom="run_definition_changed",
        present=bool(changed),
        wording=f"{at}The definition was changed since the last good execution: "
        f"{', '.join(_told(one) for one in changed[:3])}."
        if changed
        else "",
        citations=cite(
            evidence, *(quoted_field("path", text_of(one, "path")) for one in changed[:2]), parting
        )
        or cite(evidence, '"definition_differences":'),
    )
    yield _slower(run, beside)


def _told(difference: Mapping[str, object]) -> str:
    """Return one difference in words; braces would be filled in later."""
    path, kind = str(difference.get("path")), str(difference.get("kind"))
    good, bad = (shortened(str(difference.get(name, "")), 60) for name in ("good", "bad"))
    words = {"added": f"{path} is new", "removed": f"{path} is missing"}
    told = words.get(kind, f"{path} was {good}, is {bad}")
    return told.replace("{", "(").replace("}", ")")


def _slower(run: FailedRun, beside: RunComparison) -> Sighting:
    name = text_of(run.state, "name")
    spans = {text_of(one, "state"): one for one in records(beside.told, "durations")}
    told = spans.get(name, {})
    good, bad = told.get("good_seconds"), told.get("bad_seconds")
    numbers = isinstance(good, int | float) and isinstance(bad, int | float)
    slower = bool(numbers and bad - good > max(1.0, _LONG * good))  # type: ignore[operator]
    return Sighting(
        symptom="run_slower",
        present=slower,
        strength=1.0 if slower else 0.5,
        detail=f"{name}: {good} s before, {bad} s now" if numbers else "",
        citations=cite(beside.seen.evidence_id, quoted_field("bad_seconds", bad))
        if numbers
        else cite(beside.seen.evidence_id, '"durations":'),
    )


def _changed(scene: Scene, run: FailedRun, beside: RunComparison | None) -> Iterator[Sighting]:
    """Yield whether the function that failed, or permissions, changed after what ran well."""
    if not any("changes" in seen.content for seen in scene.answers("list_recent_changes")):
        return
    for symptom, change in (
        ("run_function_changed", function_change(scene, run)),
        ("run_access_changed", access_change(scene, run)),
    ):
        good = beside.good_started_at if beside else None
        first = first_failure(scene)
        minutes = (first - change.at).total_seconds() / 60 if change else 0
        yield Sighting(
            symptom=symptom,
            present=change is not None,
            strength=weight_of(change, good, minutes) if change else 1.0,
            detail=f"{minutes:.0f} minutes before the first failure: "
            f"{shortened(change.text, _SAID)}"
            if change
            else "",
            citations=change.citations if change else _no_change(scene),
        )


def _no_change(scene: Scene) -> tuple[Citation, ...]:
    seen = list(scene.answers("list_recent_changes"))[-1]
    return cite(seen.evidence_id, '"changes":')
