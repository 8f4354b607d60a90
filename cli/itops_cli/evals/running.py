"""Runs cases in worker processes; what a worker has imported once serves all of its cases."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from itops_cli.capsules.cases import case_in
from itops_cli.capsules.replaying import investigated
from itops_cli.evals.cases import MOMENT, EvalCase, blamed_in, scenario_of
from itops_cli.evals.judging import Blamed, Judgement, believed, judged
from itops_cli.investigation import (
    Investigation,
    Setting,
    Thinkers,
    incident_in,
    investigate,
    thinkers_named,
)
from itops_cli.investigation.report import report_on
from itops_cli.investigation.silence import logs_silenced
from itops_core.domain.report_check import ReportFile, faults_in
from itops_core.domain.values import Value
from itops_core.errors import ITOpsError, UncitedClaimError
from itops_core.settings import config
from itops_core.workflow.rendering import outline
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.truth import Truth

_Ran = tuple[Investigation, Truth, Blamed]


class CaseResult(Value):
    """One case, how it was judged, and what it took."""

    case: EvalCase
    judgement: Judgement
    steps: int = 0
    tool_calls: int = 0
    tokens: int = 0
    dollars: float = 0.0
    seconds: float = 0.0
    beliefs: tuple[tuple[float, bool], ...] = ()
    """Every hypothesis as likely as it stood in the end, and whether it is the truth."""
    report_faults: tuple[str, ...] | None = None
    """What does not hold in the report on it, checked as `itops report verify` does."""
    degraded: int = 0
    """Turns that somebody else had to think, because the one asked for could not."""


def results_of(
    cases: Sequence[EvalCase], reasoner: str = "offline", workers: int | None = None
) -> Iterator[CaseResult]:
    """Yield the result of every case as it is there; one worker, or one case, needs no process."""
    count = min(workers or os.cpu_count() or 1, len(cases))
    if count <= 1:
        yield from (result_of(case, reasoner) for case in cases)
        return
    # A fork would copy locks that the event loops of tool servers hold: workers start afresh.
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        for done in as_completed([pool.submit(result_of, case, reasoner) for case in cases]):
            yield done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def result_of(case: EvalCase, reasoner: str = "offline") -> CaseResult:
    """Return how one case went; one that fails to run is wrong, and says why."""
    try:
        with logs_silenced():
            found, truth, blamed = (_of_capsule if case.is_capsule else _of_scenario)(
                case, thinkers_named(reasoner)
            )
    except ITOpsError as error:
        return CaseResult(case=case, judgement=_failed(error))
    measured = _measured(case, found, judged(found, truth, blamed))
    return measured.model_copy(update={"beliefs": tuple(believed(found, truth))})


def _of_scenario(case: EvalCase, thinkers: Thinkers) -> _Ran:
    scenario = scenario_of(case)
    recording = recorded(scenario, MOMENT)
    setting = Setting(
        thinkers=thinkers, before=recording.incidents, down=frozenset(recording.unreachable)
    )
    found = investigate(recording, incident_in(recording, scenario.alarm.name), setting)
    return found, scenario.truth, blamed_in(scenario)


def _of_capsule(case: EvalCase, thinkers: Thinkers) -> _Ran:
    capsule, truth = case_in(Path(case.folder))
    found, _ = investigated(capsule, thinkers, config())
    change = (truth.change,) if truth.change else ()
    return found, truth, Blamed(none_will_do=not change, named=change)


def _measured(case: EvalCase, found: Investigation, judgement: Judgement) -> CaseResult:
    usage = found.usage
    return CaseResult(
        case=case,
        judgement=judgement,
        steps=len(found.steps),
        tool_calls=len(found.observations),
        tokens=usage.input_tokens + usage.cached_input_tokens + usage.output_tokens,
        dollars=usage.dollars,
        seconds=found.seconds,
        report_faults=tuple(_report_faults(found)),
        degraded=sum(bool(step.turn.degraded) for step in found.steps),
    )


def _report_faults(found: Investigation) -> Iterator[str]:
    """Yield what does not hold in the report on an investigation, as it would be kept in a file."""
    kept = ReportFile.model_validate_json(report_on(found).model_dump_json())
    yield from (f"{one.where}: {one.reason}" for one in faults_in(kept))
    try:
        outline(kept.report)
    except UncitedClaimError as error:
        yield str(error)


def _failed(error: ITOpsError) -> Judgement:
    return Judgement(
        right=False,
        actions=False,
        gate=False,
        severity=False,
        invented=False,
        evidence_asked=False,
        claimed=False,
        confidence=0.0,
        expected="an answer",
        got="a failure",
        wrong=(f"it failed: {type(error).__name__}: {error}",),
    )
