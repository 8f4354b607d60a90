"""Makes what a scenario tells of pipelines happen: good executions, what changed, failed ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_cloud.sandbox.pipelines.building import PipelineWorld
from local_cloud.sandbox.pipelines.seeded import seeded_pipelines
from local_cloud.sandbox.pipelines.specs import PipelineChange, PipelineFault, PipelineSpec, changed

GOOD_BEFORE = 2
_APART_SECONDS = 50


@dataclass(frozen=True)
class Moment:
    """Where a rehearsal stands in time."""

    onset: float
    now: float

    def good(self, pipeline: PipelineSpec, number: int) -> float:
        """Return when the good execution before the last `number` ones began."""
        return self.onset - (number + 0.5) * pipeline.every_minutes * 60

    def since(self, number: int, of: int) -> float:
        """Return when an execution since the onset began: evenly, the last well before now."""
        since = max(0.0, self.now - self.onset - _APART_SECONDS)
        return self.onset + since * number / of

    def failures(self, fault: PipelineFault) -> list[float]:
        """Return when the executions that fail began."""
        count = fault.executions + fault.later
        return [self.since(number, count) for number in range(fault.executions)]

    def later(self, fault: PipelineFault) -> list[float]:
        """Return when the ordinary executions after them began."""
        count = fault.executions + fault.later
        return [self.since(number, count) for number in range(fault.executions, count)]


def build_seeded(world: PipelineWorld, now: float) -> None:
    """Build the seeded pipelines that are not there."""
    for pipeline in seeded_pipelines():
        if not world.stands(pipeline):
            world.build(pipeline, now)


def run_seeded(world: PipelineWorld, now: float) -> None:
    """Let each seeded pipeline run once that stands and never ran."""
    for pipeline in seeded_pipelines():
        if not pipeline.nested and world.stands(pipeline) and not world.has_run(pipeline):
            at = Moment(now, now).good(pipeline, 0)
            world.start(pipeline, pipeline.input, at, execution_name(at))


def rehearse(
    world: PipelineWorld,
    pipelines: Sequence[PipelineSpec],
    faults: Sequence[PipelineFault],
    moment: Moment,
) -> None:
    """Build the pipelines, let them run well, then break them and let them fail."""
    for pipeline in pipelines:
        world.build(pipeline, moment.now)
    _run_well(world, pipelines, moment)
    for fault in faults:
        for pipeline, change in changes_of(pipelines, fault):
            after = changed(pipeline, (change,))
            world.turn(pipeline, after, moment.onset - change.minutes_before_onset * 60)
    broken = {one.name: one for one in pipelines}
    for fault in faults:
        _run_badly(world, broken[fault.pipeline], fault, moment)
    for fault in faults:
        for pipeline, change in changes_of(pipelines, fault) if fault.over else ():
            world.turn(changed(pipeline, (change,)), pipeline, moment.now)
    for fault in faults:
        pipeline = broken[fault.pipeline]
        _run_to_the_end(world, pipeline, pipeline.input, moment.later(fault))


def put_right(world: PipelineWorld, pipelines: Iterable[PipelineSpec], now: float) -> None:
    """Take the pipelines away; those that are seeded are built as they usually are."""
    usual = {one.name: one for one in seeded_pipelines()}
    for pipeline in pipelines:
        world.remove(pipeline)
        if pipeline.name in usual:
            world.build(usual[pipeline.name], now)


def execution_name(at: float) -> str:
    """Return the name of an execution that a schedule starts."""
    return f"scheduled-{int(at)}"


def changes_of(
    pipelines: Sequence[PipelineSpec], fault: PipelineFault
) -> list[tuple[PipelineSpec, PipelineChange]]:
    """Return each change of a fault with the pipeline whose function or table it changes."""
    return [
        (pipeline, change)
        for change in fault.changes
        for pipeline in pipelines
        if (change.function or change.table) in pipeline.names()
    ]


def _run_well(world: PipelineWorld, pipelines: Sequence[PipelineSpec], moment: Moment) -> None:
    started: list[tuple[PipelineSpec, str]] = []
    for pipeline in pipelines:
        for number in reversed(range(0 if pipeline.nested else GOOD_BEFORE)):
            at = moment.good(pipeline, number)
            arn = world.start(pipeline, pipeline.input, at, execution_name(at))
            started.append((pipeline, arn))
    world.finished([arn for _, arn in started])
    for pipeline, arn in started:
        if pipeline.kind == "EXPRESS":
            world.log_express(pipeline, [arn])


def _run_badly(
    world: PipelineWorld, pipeline: PipelineSpec, fault: PipelineFault, moment: Moment
) -> None:
    _run_to_the_end(world, pipeline, fault.given(pipeline), moment.failures(fault))


def _run_to_the_end(
    world: PipelineWorld,
    pipeline: PipelineSpec,
    given: Mapping[str, Any],
    moments: Sequence[float],
) -> None:
    arns = [world.start(pipeline, given, at, execution_name(at)) for at in moments]
    world.finished(arns)
    if pipeline.kind == "EXPRESS":
        world.log_express(pipeline, arns)
