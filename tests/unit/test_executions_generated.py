"""Of random state machines, run by an interpreter of its own, the truth is found."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring_server.analysis.executions.comparing import compare
from monitoring_server.analysis.executions.definitions import Definition, parse_definition
from monitoring_server.analysis.executions.explaining import explain
from monitoring_server.analysis.executions.picture import picture_of
from monitoring_server.analysis.executions.walking import read_record
from tests.support.random_machines import RandomMachine

machines = st.integers(0, 2**32).map(lambda seed: RandomMachine(Random(seed)))  # noqa: S311
MANY = settings(max_examples=300, deadline=None)


def parsed(machine: RandomMachine) -> Definition:
    return parse_definition(machine.definition())


@MANY
@given(machines)
def test_the_failing_state_its_retries_and_its_item_are_named(machine: RandomMachine) -> None:
    told = explain(machine.history(), parsed(machine))

    fault = machine.fault
    assert told.failed_state is not None
    assert told.retries is not None
    assert told.failed_state.name == fault.node.name
    assert told.error is not None
    assert told.error.error == "Broken"
    if fault.retries or fault.node.hiccups:
        assert told.retries.retries == fault.retries + fault.node.hiccups
    assert told.retries.exhausted
    assert {one.owner: one.index for one in told.failed_state.where} == fault.places
    assert told.gaps == ()


@MANY
@given(machines)
def test_the_failing_state_is_named_without_a_definition_too(machine: RandomMachine) -> None:
    told = explain(machine.history(), None)

    assert told.failed_state is not None
    assert told.failed_state.name == machine.fault.node.name
    indices = {one.owner: one.index for one in told.failed_state.where if one.kind == "iteration"}
    assert indices.items() <= machine.fault.places.items()


@MANY
@given(machines)
def test_the_state_and_item_are_named_without_links_where_nothing_ran_at_once(
    machine: RandomMachine,
) -> None:
    told = explain(machine.history(linked=False, at_once=False), parsed(machine))

    assert told.failed_state is not None
    assert told.failed_state.name == machine.fault.node.name
    assert {one.owner: one.index for one in told.failed_state.where} == machine.fault.places


@MANY
@given(machines)
def test_what_ran_at_once_without_links_is_told_less_surely(machine: RandomMachine) -> None:
    told = explain(machine.history(linked=False), parsed(machine))

    assert told.failed_state is not None
    assert told.error is not None
    assert told.error.error == "Broken"
    assert told.confidence <= 0.92


@MANY
@given(machines)
def test_a_run_that_succeeded_has_no_failed_state(machine: RandomMachine) -> None:
    told = explain(machine.history(broken=False), parsed(machine))

    assert told.status == "SUCCEEDED"
    assert told.failed_state is None


@MANY
@given(machines)
def test_a_bad_run_parts_from_a_good_one_at_the_state_that_failed(machine: RandomMachine) -> None:
    definition = parsed(machine)

    told = compare(
        machine.history(), machine.history(broken=False), (definition, definition)
    )  # fmt: skip

    assert told.diverges_at is not None
    assert told.diverges_at.state == machine.fault.top
    assert told.diverges_at.bad == "failed"
    assert told.input_differences == ()


@MANY
@given(machines)
def test_the_picture_marks_the_way_down_to_the_failure(machine: RandomMachine) -> None:
    definition = parsed(machine)

    picture = picture_of(read_record(machine.history(), definition), definition)

    outcomes = {node.name: node.outcome for node in picture.nodes}
    assert outcomes[machine.fault.node.name] == "failed"
    assert outcomes[machine.fault.top] == "failed"
    assert [node.name for node in picture.nodes if node.root] == [machine.fault.node.name]
    names = set(outcomes)
    assert all({edge.source, edge.target} <= names for edge in picture.edges)
