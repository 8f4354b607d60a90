"""What holds for the ranking on any system."""

import math
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring_server.analysis.root_causes import Symptom, Telemetry, rank_root_causes
from tests.unit.root_cause_worlds import Calls, incident, names_of

_SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_VALUES = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


@st.composite
def _systems(draw: st.DrawFn) -> Calls:
    """Draw a tree of calls from `c0`, with a few more calls that do not lead back up."""
    size = draw(st.integers(3, 12))
    calls: dict[str, list[str]] = {f"c{number}": [] for number in range(size)}
    for number in range(1, size):
        calls[f"c{draw(st.integers(0, number - 1))}"].append(f"c{number}")
    return calls


@_SETTINGS
@given(_systems(), st.data())
def test_a_planted_fault_is_first(calls: Calls, data: st.DataObject) -> None:
    cause = data.draw(st.sampled_from(names_of(calls)))
    metric = data.draw(st.sampled_from(["latency", "availability"]))
    faults = {"slow": {cause: 0.3}} if metric == "latency" else {"failing": {cause: 0.2}}

    suspects = rank_root_causes(
        calls, incident(calls, seed=data.draw(st.integers(0, 99)), **faults), Symptom("c0", metric)
    )

    assert suspects[0].component == cause


@_SETTINGS
@given(_systems(), st.randoms(use_true_random=False))
def test_the_order_of_columns_and_components_changes_nothing(calls: Calls, chance: object) -> None:
    shuffle = getattr(chance, "shuffle")  # noqa: B009 - hypothesis gives a Random by another type
    telemetry = incident(calls, slow={"c1": 0.2, "c2": 0.1})
    columns = [list(part.items()) for part in (telemetry.normal, telemetry.abnormal)]
    rows = [(caller, list(row)) for caller, row in calls.items()]
    for part in (*columns, rows, *(row for _, row in rows)):
        shuffle(part)

    shuffled = rank_root_causes(
        dict(rows), Telemetry(dict(columns[0]), dict(columns[1])), Symptom("c0", "latency")
    )
    ordered = rank_root_causes(calls, telemetry, Symptom("c0", "latency"))

    assert [suspect.component for suspect in shuffled] == [s.component for s in ordered]


@_SETTINGS
@given(
    st.dictionaries(
        st.sampled_from("abcd"), st.lists(st.sampled_from("abcd"), max_size=4), max_size=4
    ),
    *(
        st.dictionaries(
            st.tuples(
                st.sampled_from("abcd"),
                st.sampled_from(["latency", "availability", "requests"]),
                st.sampled_from(["Average", "Sum", "p99"]),
            ),
            st.lists(_VALUES, max_size=9),
            max_size=12,
        ),
    )
    * 2,
    st.sampled_from(["latency", "availability"]),
)
def test_scores_are_shares_best_first_whatever_comes_in(
    calls: dict[str, list[str]],
    normal: dict[tuple[str, str, str], list[float | None]],
    abnormal: dict[tuple[str, str, str], list[float | None]],
    metric: str,
) -> None:
    suspects = rank_root_causes(calls, Telemetry(normal, abnormal), Symptom("a", metric))

    assert all(math.isfinite(suspect.score) and 0 < suspect.score <= 1 for suspect in suspects)
    assert all(better.score >= worse.score for better, worse in pairwise(suspects))
    assert len({suspect.component for suspect in suspects}) == len(suspects)
