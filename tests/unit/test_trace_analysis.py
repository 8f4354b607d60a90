"""Spans, the map they draw and the way down a trace, from X-Ray's documents."""

import json
from typing import Any

from monitoring_server.analysis.segments import Trace, trace_of
from monitoring_server.analysis.service_map import CLIENT, callees_of, service_map
from monitoring_server.analysis.span_paths import telling_path

TRACE_ID = "1-67000000-000000000000000000000001"


def span(name: str, start: float, end: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": f"{name}@{start}", "name": name, "start_time": start, "end_time": end, **more}


def call(name: str, start: float, end: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return span(name, start, end, namespace="remote", **more) | {"id": f"call-{name}@{start}"}


def trace(*documents: dict[str, Any]) -> Trace:
    return trace_of(TRACE_ID, [json.dumps({"trace_id": TRACE_ID, **one}) for one in documents])


def test_a_call_is_drawn_once_with_what_the_caller_waited_and_the_callees_own_name() -> None:
    shop = span("shop", 0, 1, subsegments=[call("pay.internal:8080", 0.1, 0.9)])
    pay = span("payment", 0.2, 0.8, parent_id="call-pay.internal:8080@0.1")

    calls = service_map([trace(pay, shop)])

    assert {(one.caller, one.callee, one.calls) for one in calls} == {
        (CLIENT, "shop", 1),
        ("shop", "payment", 1),
    }
    assert next(one for one in calls if one.callee == "payment").mean_ms == 800
    assert callees_of(calls) == {"shop": ("payment",)}


def test_what_writes_no_segments_itself_is_known_from_those_who_call_it() -> None:
    shop = span("shop", 0, 1, subsegments=[call("database", 0.1, 0.4, fault=True)])

    (first, _) = service_map([trace(shop)])

    assert (first.caller, first.callee, first.faults) == ("shop", "database", 1)


def test_faults_errors_and_throttles_are_told_apart() -> None:
    traces = [
        trace(span("web", 0, 1, fault=True)),
        trace(span("web", 0, 1, error=True)),
        trace(span("web", 0, 1, error=True, throttle=True)),
        trace(span("web", 0, 1)),
    ]

    (edge,) = service_map(traces)

    assert (edge.calls, edge.faults, edge.errors, edge.throttles) == (4, 1, 1, 1)


def test_the_way_down_a_failing_trace_ends_where_it_failed_of_itself() -> None:
    slow = call("stock", 0.1, 0.8)
    failing = call("payment", 0.8, 0.9, fault=True)
    shop = span("shop", 0, 1, fault=True, subsegments=[slow, failing])
    told = {"exceptions": [{"type": "PoolError", "message": "no connection left"}]}
    payment = span(
        "payment",
        0.81,
        0.89,
        parent_id="call-payment@0.8",
        fault=True,
        cause=told,
        subsegments=[call("database", 0.82, 0.83)],
    )

    path = telling_path(trace(shop, payment))

    assert [stage.service for stage in path] == ["shop", "payment"]
    assert path[-1].cause == "PoolError: no connection left"


def test_the_way_down_a_slow_trace_follows_the_time() -> None:
    quick, slow = call("cache", 0, 0.1), call("search", 0.1, 2.9)
    shop = span("shop", 0, 3, subsegments=[quick, slow])

    path = telling_path(trace(shop))

    assert [stage.name for stage in path] == ["shop", "search"]
    assert path[0].own_ms == 100
    assert path[1].own_ms == 2800


def test_parts_that_run_side_by_side_are_not_counted_twice() -> None:
    both = [call("a", 0, 0.6), call("b", 0.2, 0.8)]

    (first, *_) = telling_path(trace(span("shop", 0, 1, subsegments=both)))

    assert first.own_ms == 200


def test_clocks_that_disagree_make_no_negative_times() -> None:
    shop = span("shop", 10, 11, subsegments=[call("payment", 10.1, 10.9)])
    ahead = span("payment", 12.5, 12.4, parent_id="call-payment@10.1")

    found = trace(shop, ahead)

    assert all(stage.took_ms >= 0 and stage.own_ms >= 0 for stage in telling_path(found))
    assert all(one.mean_ms >= 0 for one in service_map([found]))
