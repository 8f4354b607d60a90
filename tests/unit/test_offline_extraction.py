"""What single tool answers show, on components of every kind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.alarm import Alarm
from itops_core.domain.incident import open_incident
from itops_core.domain.investigation import (
    Agent,
    Case,
    Observation,
    ObservationStatus,
    Step,
    ToolCall,
    Turn,
)
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.conclusion import Conclusion
from itops_core.reasoning.offline.diagnosis import Diagnosis
from itops_core.reasoning.offline.extraction import sightings
from itops_core.reasoning.offline.questions import all_questions
from itops_core.reasoning.offline.reading import moment, shortened
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.words import sentence

NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
ONSET = NOW - timedelta(minutes=10)
Content = dict[str, Any]


def seen(tool: str, content: Content, server: str = "monitoring", **arguments: Any) -> Observation:  # noqa: ANN401
    return Observation(
        call=ToolCall(server=server, tool=tool, arguments=arguments),
        status=ObservationStatus.OK,
        evidence_id="EV-0000000A",
        sha256="0" * 64,
        content=content,
    )


def metric(
    name: str, before: float, after: float, namespace: str = "Any", **dimensions: str
) -> Observation:
    values = [before] * 50 + [after] * 11
    start = NOW - timedelta(minutes=60)
    points = [
        [(start + timedelta(minutes=at)).isoformat(), value * (1 + at % 3 / 100)]
        for at, value in enumerate(values)
    ]
    return seen(
        "get_metrics", {"points": points}, namespace=namespace, metric=name, dimensions=dimensions
    )


def logs(*messages: str, group: str = "/aws/lambda/resize") -> Observation:
    lines = [
        {"at": (ONSET + timedelta(seconds=30 * at)).isoformat(), "stream": "s", "message": message}
        for at, message in enumerate(messages * 3)
    ]
    return seen("query_cloudwatch_logs", {"lines": lines, "scanned": 400}, log_group=group)


def described(**fields: Any) -> Observation:  # noqa: ANN401
    content = {"desired_count": 3, "running_count": 3, **fields}
    return seen("describe_ecs_service", content, cluster="shop", service="cart")


def catalog(kind: str, name: str, **fields: Any) -> Observation:  # noqa: ANN401
    entry = {"entry_id": name, "kind": kind, "tier": 2, **fields}
    return seen(
        "get_catalog_entry", {"entry": entry, "dependants": ["shop"]}, "incident", name=name
    )


def a_case(*observations: Observation, service: str = "cart", **alarm: Any) -> Case:  # noqa: ANN401
    told = {"name": "the-alarm", "changed_at": ONSET, **alarm}
    incident = open_incident(
        "Trouble", service, NOW, fingerprint="f", alarm=Alarm.model_validate(told)
    )
    step = Step(
        incident_id=incident.incident_id,
        number=1,
        agent=Agent.ROOT_CAUSE,
        round=1,
        turn=Turn(thought="", reasoner="offline"),
        observations=observations,
        started_at=NOW,
        duration_ms=1,
    )
    return Case(incident=incident, agent=Agent.ROOT_CAUSE, transcript=(step,))


def symptoms(case: Case) -> dict[str, bool]:
    found = sightings(Scene(case))
    return {name: one.present for name, one in found.items() if one.strength >= 0.5}


def concluded(case: Case) -> Verdict:
    return Conclusion(Diagnosis(case, Bar(0.7, 0.25))).verdict()


@pytest.mark.parametrize(
    ("name", "before", "after", "symptom"),
    [
        ("CPUUtilization", 30, 95, "cpu_high"),
        ("MemoryUtilization", 50, 96, "memory_high"),
        ("RequestCount", 500, 1500, "traffic_up"),
        ("RequestCount", 500, 50, "traffic_down"),
        ("Errors", 0, 12, "errors_up"),
        ("SuccessPercent", 99.9, 91, "errors_up"),
        ("Duration", 120, 900, "latency_up"),
        ("UnHealthyHostCount", 0, 2, "unhealthy_hosts"),
        ("HealthyHostCount", 4, 2, "unhealthy_hosts"),
        ("Throttles", 0, 40, "throttles_up"),
        ("ApproximateAgeOfOldestMessage", 5, 900, "queue_age_up"),
        ("ApproximateNumberOfMessagesVisible", 20, 4000, "queue_depth_up"),
        ("NumberOfMessagesDeleted", 300, 0, "consumption_stopped"),
        ("DatabaseConnections", 40, 98, "connections_high"),
        ("disk_used_percent", 60, 97, "disk_high"),
    ],
)
def test_a_metric_shows_its_symptom_when_it_moves_and_not_when_it_stays(
    name: str, before: float, after: float, symptom: str
) -> None:
    assert symptoms(a_case(metric(name, before, after)))[symptom] is True
    assert symptoms(a_case(metric(name, before, before)))[symptom] is False


def test_what_is_beyond_the_alarms_threshold_is_a_symptom_even_without_a_past() -> None:
    dimensions = {"Service": "cart"}
    points = [[(NOW - timedelta(minutes=at)).isoformat(), 9.0] for at in (3, 2, 1, 0)]
    short = seen(
        "get_metrics",
        {"points": points},
        namespace="Shop",
        metric="ErrorRate",
        dimensions=dimensions,
    )
    alarm: Content = {
        "namespace": "Shop",
        "metric": "ErrorRate",
        "dimensions": dimensions,
        "threshold": 5.0,
    }

    told = symptoms(a_case(short, **alarm))

    assert told["symptom_persists"] is True
    assert told["errors_up"] is True


@pytest.mark.parametrize(("value", "lasts"), [(1.0, True), (3.0, False)])
def test_an_alarm_may_watch_for_too_little(*, value: float, lasts: bool) -> None:
    dimensions = {"TargetGroup": "t"}
    alarm: Content = {
        "namespace": "AWS/ApplicationELB",
        "metric": "HealthyHostCount",
        "dimensions": dimensions,
        "threshold": 2.0,
        "comparison": "LessThanThreshold",
    }
    observed = metric("HealthyHostCount", 3, value, "AWS/ApplicationELB", **dimensions)

    assert symptoms(a_case(observed, **alarm))["symptom_persists"] is lasts


@pytest.mark.parametrize(("minutes_after", "lasts"), [(15, True), (1, False)])
def test_silence_is_what_an_alarm_on_too_little_tells(*, minutes_after: int, lasts: bool) -> None:
    heard = [[(ONSET - timedelta(minutes=at)).isoformat(), 3.0] for at in range(40, 0, -1)]
    observed = seen("get_metrics", {"points": heard}, namespace="Fleet", metric="Reports")
    alarm: Content = {
        "namespace": "Fleet",
        "metric": "Reports",
        "threshold": 1.0,
        "comparison": "LessThanThreshold",
        "changed_at": ONSET + timedelta(minutes=minutes_after - 1),
    }

    assert symptoms(a_case(observed, **alarm))["symptom_persists"] is lasts


def test_a_leak_climbs_and_a_step_does_not() -> None:
    start = NOW - timedelta(minutes=60)
    leak = [[(start + timedelta(minutes=at)).isoformat(), 40 + at * 0.8] for at in range(61)]
    observed = seen(
        "get_metrics", {"points": leak}, namespace="AWS/ECS", metric="MemoryUtilization"
    )

    assert symptoms(a_case(observed))["memory_climbing"] is True
    assert symptoms(a_case(metric("MemoryUtilization", 50, 90)))["memory_climbing"] is False


def stopped(
    reason: str, code: int | None = None, container: str = "", stop_code: str = ""
) -> Content:
    return {
        "stopped_at": NOW.isoformat(),
        "stopped_reason": reason,
        "stop_code": stop_code,
        "containers": [{"name": "cart", "exit_code": code, "reason": container}],
    }


@pytest.mark.parametrize(
    ("task", "symptom"),
    [
        (stopped("Essential container in task exited", 137, "OutOfMemoryError: killed"),
         "tasks_oom_killed"),
        (stopped("Essential container in task exited", 137, "", "EssentialContainerExited"),
         "tasks_oom_killed"),
        (stopped("Essential container in task exited", 1), "tasks_crashed"),
        (stopped("CannotPullContainerError: manifest unknown"), "image_pull_failed"),
        (stopped("ResourceInitializationError: unable to pull secrets"), "start_failed"),
        (stopped("Task failed container health checks"), "tasks_failed_health"),
    ],
)  # fmt: skip
def test_an_ended_task_tells_why(task: Content, symptom: str) -> None:
    assert symptoms(a_case(described(stopped_tasks=[task])))[symptom] is True


@pytest.mark.parametrize(
    "task",
    [
        stopped("Scaling activity initiated by (deployment ecs-svc/1)", 137),
        stopped("Task stopped by user", 0),
        stopped("Essential container in task exited", 143),
    ],
)
def test_an_orderly_end_is_no_symptom(task: Content) -> None:
    told = symptoms(a_case(described(stopped_tasks=[task])))

    assert not any(
        told[name] for name in ("tasks_oom_killed", "tasks_crashed", "image_pull_failed")
    )


def test_counts_events_and_rollouts_tell_what_ecs_cannot_do() -> None:
    event = {"at": NOW.isoformat(), "message": "(service cart) was unable to place a task"}
    rollout = {"id": "ecs-svc/9", "status": "PRIMARY", "rollout_state": "FAILED"}

    told = symptoms(a_case(described(running_count=1, events=[event], deployments=[rollout])))

    assert told["below_desired"]
    assert told["placement_failed"]
    assert told["rollout_failing"]
    assert symptoms(a_case(described(desired_count=0, running_count=0)))["desired_zero"]


def test_a_change_that_took_memory_away_is_seen_as_that() -> None:
    change = {
        "at": (ONSET - timedelta(minutes=4)).isoformat(),
        "kind": "deployment",
        "what": "cart rolled out cart:8: memory: 2048 → 512",
        "detail": {"task_definition": "cart:8", "changed": {"memory": {}}},
        "change_id": "ecs-svc/8",
    }
    changes = seen("list_recent_changes", {"changes": [change]}, service="cart")

    told = symptoms(a_case(changes))

    assert told["change_near"]
    assert told["resources_lowered"]


def test_tasks_that_were_only_replaced_are_no_change() -> None:
    change = {
        "at": (ONSET - timedelta(minutes=4)).isoformat(),
        "kind": "deployment",
        "what": "cart rolled out cart:8: no new revision",
        "detail": {"task_definition": "cart:8"},
        "change_id": "ecs-svc/8",
    }
    changes = seen("list_recent_changes", {"changes": [change]}, service="cart")

    assert symptoms(a_case(changes))["change_near"] is False


def test_a_setting_of_this_component_counts_and_anothers_does_not() -> None:
    def told(name: str) -> bool:
        change = {
            "at": (ONSET - timedelta(minutes=4)).isoformat(),
            "kind": "parameter",
            "what": f"parameter {name}: 5 → 50",
            "change_id": f"{name}:2",
        }
        changes = seen("list_recent_changes", {"changes": [change]}, service="cart")
        return symptoms(a_case(changes))["settings_changed"]

    assert told("/shop/cart/pool")
    assert not told("/shop/frontend/banner")


def test_a_function_that_runs_into_its_time_out_is_told_as_that() -> None:
    case = a_case(
        catalog("lambda", "resize", log_groups=["/aws/lambda/resize"]),
        logs("2026-11-20T03:20:00Z 7c1 Task timed out after 30.03 seconds"),
        metric("Errors", 0, 30, "AWS/Lambda", FunctionName="resize"),
        metric("Duration", 4000, 29_900, "AWS/Lambda", FunctionName="resize"),
        metric("Throttles", 0, 0, "AWS/Lambda", FunctionName="resize"),
        seen("list_recent_changes", {"changes": []}, service="resize"),
        service="resize",
    )

    verdict = concluded(case)

    assert verdict.root_cause is not None
    assert verdict.root_cause.fault == "function_timeout"


def test_a_function_without_concurrency_is_told_as_that() -> None:
    case = a_case(
        metric("Throttles", 0, 300, "AWS/Lambda", FunctionName="resize"),
        metric("Invocations", 100, 900, "AWS/Lambda", FunctionName="resize"),
        metric("Duration", 100, 101, "AWS/Lambda", FunctionName="resize"),
        logs("START RequestId"),
        seen("list_recent_changes", {"changes": []}, service="resize"),
        service="resize",
        namespace="AWS/Lambda",
        metric="Throttles",
        dimensions={"FunctionName": "resize"},
        threshold=10,
    )

    verdict = concluded(case)

    assert verdict.root_cause is not None
    assert verdict.root_cause.fault == "function_throttled"


def test_a_queue_that_nobody_reads_is_told_as_that() -> None:
    queue = {"QueueName": "orders"}
    case = a_case(
        metric("ApproximateAgeOfOldestMessage", 5, 900, "AWS/SQS", **queue),
        metric("ApproximateNumberOfMessagesVisible", 20, 4000, "AWS/SQS", **queue),
        metric("NumberOfMessagesDeleted", 300, 0, "AWS/SQS", **queue),
        metric("NumberOfMessagesSent", 300, 310, "AWS/SQS", **queue),
        service="orders",
        namespace="AWS/SQS",
        metric="ApproximateAgeOfOldestMessage",
        dimensions=queue,
        threshold=300,
    )

    verdict = concluded(case)

    assert verdict.root_cause is not None
    assert verdict.root_cause.fault == "queue_consumer_stopped"


@pytest.mark.parametrize(
    ("message", "fault", "component"),
    [
        ("ERROR payment-provider: connect ECONNREFUSED; call timed out; answered 503",
         "dependency_failure", "payment-provider"),
        ("ERROR x509: certificate has expired", "certificate_expired", "cart"),
        ("ERROR getaddrinfo ENOTFOUND orders.internal", "name_resolution_failure", "cart"),
        ("ERROR AccessDeniedException: not authorized to perform: s3:GetObject",
         "permission_lost", "cart"),
        ("ERROR No space left on device", "disk_full", "cart"),
        ("ERROR HikariPool-1 - Connection is not available, request timed out",
         "database_connections_exhausted", "cart"),
    ],
)  # fmt: skip
def test_what_a_service_leans_on_is_told_by_its_log(
    message: str, fault: str, component: str
) -> None:
    case = a_case(
        catalog(
            "ecs_service",
            "cart",
            cluster="shop",
            ecs_service="cart",
            log_groups=["/ecs/cart"],
            depends_on=["payment-provider", "session-cache"],
        ),
        described(),
        logs(message, group="/ecs/cart"),
        metric("ErrorRate", 0.2, 30, "Shop"),
        metric("CPUUtilization", 20, 21, "AWS/ECS", ClusterName="shop", ServiceName="cart"),
        metric("MemoryUtilization", 40, 41, "AWS/ECS", ClusterName="shop", ServiceName="cart"),
        seen("list_recent_changes", {"changes": []}, service="cart", cluster="shop"),
    )

    verdict = concluded(case)

    assert verdict.root_cause is not None, verdict.summary
    assert (verdict.root_cause.fault, verdict.root_cause.component) == (fault, component)
    assert "shop" in verdict.blast_radius


def test_a_table_or_a_queue_is_asked_for_its_own_metrics() -> None:
    case = a_case(
        service="orders",
        namespace="AWS/DynamoDB",
        metric="WriteThrottleEvents",
        dimensions={"TableName": "orders"},
    )

    asked = {question.call.arguments.get("metric") for question in all_questions(Scene(case))}

    assert {"WriteThrottleEvents", "ReadThrottleEvents", "ConsumedWriteCapacityUnits"} <= asked


def test_answers_of_an_unknown_shape_show_nothing() -> None:
    odd: Content = {"points": "none", "lines": 3, "changes": None, "desired_count": "three"}
    case = a_case(
        *(
            seen(tool, odd, **arguments)
            for tool, arguments in (
                ("get_metrics", {"metric": "CPUUtilization"}),
                ("query_cloudwatch_logs", {"log_group": "/ecs/cart"}),
                ("list_recent_changes", {}),
                ("describe_ecs_service", {"service": "cart"}),
                ("get_cloudwatch_alarm_state", {}),
                ("get_catalog_entry", {}),
            )
        )
    )

    assert concluded(case).root_cause is None


def test_a_text_that_is_too_long_is_cut_between_words_and_marked() -> None:
    said = "User: arn:aws:sts::123456789012:assumed-role/nightly is not authorized to perform: a:B"

    assert shortened(said, 66) == "User: arn:aws:sts::123456789012:assumed-role/nightly is not…"
    assert shortened(said, 400) == said
    assert shortened("a" * 50, 20) == "a" * 19 + "…"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-20T03:30:00Z", NOW),
        ("2026-11-20T04:30:00+01:00", NOW),
        ("2026-11-20T03:30:00", NOW),
        (NOW.timestamp(), NOW),
        (NOW.timestamp() * 1000, NOW),
        ("soon", None),
        (None, None),
        (True, None),
    ],
)
def test_times_are_read_as_tools_write_them(told: object, expected: datetime | None) -> None:
    assert moment(told) == expected


def over_time(
    *last: float, metric: str, namespace: str = "AWS/ECS", before: float = 58.0
) -> Observation:
    """One metric as the real server answers: flat, and `last` at the end."""
    values = [before] * 40 + list(last)
    start = NOW - timedelta(minutes=len(values) - 1)
    points = [
        [(start + timedelta(minutes=at)).isoformat(), value] for at, value in enumerate(values)
    ]
    content: Content = {"points": points, "summary": {"latest": values[-1]}}
    return seen("get_metrics", content, namespace=namespace, metric=metric, dimensions={})


def told(case: Case, symptom: str) -> tuple[str, str]:
    """What is said of a symptom, and the words it is cited with."""
    scene = Scene(case)
    one = sightings(scene)[symptom]
    quotes = " ".join(citation.quote for citation in one.citations)
    return sentence(scene.library, one, "cart"), quotes


def test_now_is_the_newest_value_and_the_one_that_is_cited() -> None:
    case = a_case(over_time(59.0, 60.0, 58.7, 58.7, 57.449, metric="MemoryUtilization"))

    words, quotes = told(case, "memory_high")

    assert "now 57.45" in words
    assert quotes == '"latest":57.449'


def test_a_peak_of_memory_that_has_passed_is_reached_and_is_not_now() -> None:
    peak = over_time(96.94, 97.0, 92.0, 70.0, 64.0, 62.16, metric="MemoryUtilization")

    words, quotes = told(a_case(peak), "memory_high")

    assert "reached 97 " in words
    assert "now 62.16" in words
    assert "is near its limit" not in words
    assert ",97" in quotes
    assert '"latest":62.16' in quotes


@pytest.mark.parametrize(
    ("last", "lasts", "says"),
    [
        ((9.0, 9.0, 9.0, 0.2, 0.173), False, "back within its threshold"),
        ((9.0, 9.0, 0.1, 9.0, 0.173), True, "though not in the newest"),
        ((9.0, 9.0, 9.0, 9.0, 9.0), True, "beyond its threshold now"),
    ],
)
def test_beyond_its_threshold_now_is_said_of_the_newest_points_only(
    *, last: tuple[float, ...], lasts: bool, says: str
) -> None:
    observed = over_time(*last, before=0.2, metric="ErrorRate", namespace="Shop")
    case = a_case(observed, namespace="Shop", metric="ErrorRate", threshold=5.0)

    words, _ = told(case, "symptom_persists")

    assert symptoms(case)["symptom_persists"] is lasts
    assert says in words


def test_a_rise_that_the_newest_point_does_not_show_is_told_as_lately() -> None:
    words, _ = told(
        a_case(over_time(9.0, 9.0, 9.0, 9.0, 0.3, before=0.2, metric="Errors")), "errors_up"
    )

    assert words.startswith("Lately, though not at the newest point")
    assert "now 0.3, lately 9, before 0.2" in words


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def after_a_fault(*, deployed: float | None) -> tuple[Observation, ...]:
    """What is on record of a service that ran out of memory until some three minutes ago."""
    killed = {**stopped("OutOfMemoryError: Container killed due to memory usage", 137)}
    tasks = [{**killed, "stopped_at": ago(at)} for at in (9, 6, 4)]
    deployment = {"id": "d", "status": "PRIMARY", "rollout_state": "COMPLETED", "desired": 3}
    made: Content = {} if deployed is None else {"created_at": ago(deployed)}
    lines = [
        {"at": ago(at), "stream": "s", "message": "ERROR java.lang.OutOfMemoryError: heap space"}
        for at in (9, 8, 6, 5, 4)
    ] + [{"at": ago(at), "stream": "s", "message": "INFO request served"} for at in (2, 1, 0)]
    return (
        catalog(
            "ecs_service", "cart", cluster="shop", ecs_service="cart", log_groups=["/ecs/cart"]
        ),
        described(stopped_tasks=tasks, deployments=[{**deployment, "running": 3, **made}]),
        seen("query_cloudwatch_logs", {"lines": lines, "scanned": 400}, log_group="/ecs/cart"),
        over_time(96.0, 97.0, 96.0, 60.0, 55.0, 52.0, metric="MemoryUtilization"),
        over_time(12.0, 12.0, 12.0, 12.0, 0.2, 0.2, before=0.2, metric="ErrorRate", namespace="S"),
    )


_TRACES = ("tasks_oom_killed", "log_out_of_memory", "memory_high", "errors_up", "errors_logged")


def reported_by_a_person(case: Case) -> Case:
    return case.model_copy(
        update={
            "incident": case.incident.model_copy(
                update={"alarm": None, "title": "Footer typo on the receipt page"}
            )
        }
    )


def test_what_a_newer_deployment_ended_is_no_symptom_of_now() -> None:
    present = symptoms(reported_by_a_person(a_case(*after_a_fault(deployed=2.5))))

    assert {name: present[name] for name in _TRACES} == dict.fromkeys(_TRACES, False)
    assert symptoms(a_case(*after_a_fault(deployed=300)))["tasks_oom_killed"] is True


def test_a_report_of_something_else_after_a_restart_blames_no_fault_that_is_over() -> None:
    verdict = concluded(reported_by_a_person(a_case(*after_a_fault(deployed=2.5))))

    assert verdict.root_cause is None, verdict.summary


@pytest.mark.parametrize("newest", [0.2, 12.0])
def test_an_alarm_back_in_ok_is_healthy_only_with_its_metric(newest: float) -> None:
    state = {"name": "the-alarm", "state": "OK", "changed_at": ago(2.5)}
    observed = after_a_fault(deployed=None)[:-1]
    errors = (12.0, 12.0, 12.0, 12.0, newest, newest)
    case = a_case(
        *observed,
        seen("get_cloudwatch_alarm_state", state, alarm_name="the-alarm"),
        over_time(*errors, before=0.2, metric="ErrorRate", namespace="Shop"),
        namespace="Shop",
        metric="ErrorRate",
        threshold=5.0,
    )

    verdict = concluded(case)

    is_healthy = verdict.outcome is VerdictOutcome.HEALTHY
    assert is_healthy is (newest < 5), verdict.summary


def test_a_report_after_a_fault_that_went_by_itself_blames_nothing() -> None:
    killed = stopped("OutOfMemoryError: Container killed due to memory usage", 137)
    tasks = [{**killed, "stopped_at": ago(at)} for at in (24, 20, 17)]
    quiet = [{"at": ago(at), "stream": "s", "message": "INFO served"} for at in (9, 5, 1)]
    entry = {"cluster": "shop", "ecs_service": "cart", "log_groups": ["/ecs/cart"]}
    calm = (
        seen("list_recent_changes", {"changes": [], "gaps": []}, service="cart", cluster="shop"),
        catalog("ecs_service", "cart", **entry),
        described(stopped_tasks=tasks),
        seen("query_cloudwatch_logs", {"lines": quiet, "scanned": 400}, log_group="/ecs/cart"),
    )
    then = over_time(*[97.0] * 3, *[55.0] * 10, metric="MemoryUtilization")
    now = over_time(*[97.0] * 10, metric="MemoryUtilization")

    over = concluded(reported_by_a_person(a_case(*calm, then)))
    lasting = concluded(reported_by_a_person(a_case(*calm, now)))

    assert over.root_cause is None, over.summary
    assert lasting.root_cause is not None, lasting.summary
    assert lasting.root_cause.fault == "memory_exhaustion"


BOOM = "ERROR [cart] unhandled TypeError: cannot read property 'net' of undefined"


def shown(*messages: str, first: datetime, **fields: Any) -> Observation:  # noqa: ANN401
    """A log of one line every ten seconds from `first` on."""
    lines = [
        {"at": (first + timedelta(seconds=10 * at)).isoformat(), "message": message}
        for at, message in enumerate(messages)
    ]
    content = {"lines": lines, "scanned": 400, "truncated": False, **fields}
    return seen("query_cloudwatch_logs", content, log_group="/aws/lambda/resize", minutes_back=60)


def beside(message: str, **fields: Any) -> Observation:  # noqa: ANN401
    """What a comparison of that log with the hour before found to be new."""
    pattern = {
        "change": "new", "pattern": message, "level": "ERROR", "count": 77, "baseline_count": 0,
        "first_seen": ONSET.isoformat(), "last_seen": NOW.isoformat(),
        "example": {"at": ONSET.isoformat(), "message": message},
    }  # fmt: skip
    content = {"patterns": [pattern], "truncated": False, "baseline_lines": 207, **fields}
    compares = seen(
        "find_log_patterns", content, log_group="/aws/lambda/resize", baseline_minutes=60
    )
    return compares.model_copy(update={"evidence_id": "EV-0000000B"})


def claimed(symptom: str, *observations: Observation) -> tuple[str, list[tuple[str, str]]]:
    """What is claimed of a symptom, and the evidence that is quoted for it."""
    scene = Scene(a_case(*observations))
    one = sightings(scene)[symptom]
    assert one.present
    cited = [(citation.evidence_id, citation.quote) for citation in one.citations]
    return sentence(scene.library, one, "cart"), cited


def test_a_failure_is_called_new_by_the_comparison_that_shows_it_and_that_is_cited() -> None:
    newest = shown(*[BOOM] * 9, first=NOW - timedelta(minutes=2), truncated=True)

    claim, cited = claimed("errors_logged", newest, beside(BOOM))

    assert claim.startswith("cart logs failures that it did not log before.")
    assert "77 lines of 1 kind since 03:20:00 UTC, 0 in the 60 minutes before" in claim
    assert cited == [("EV-0000000B", BOOM), ("EV-0000000B", '"baseline_count":0')]


def test_no_failure_is_called_new_where_the_lines_shown_begin_after_it_began() -> None:
    newest = shown(*[BOOM] * 9, first=NOW - timedelta(minutes=2), truncated=True)

    claim, _ = claimed("errors_logged", newest)

    assert claim == (
        "cart logs failures. (at least 9 lines since it began; how it was before was not looked at)"
    )


def test_an_empty_past_does_not_make_a_failure_new() -> None:
    newest = shown(*[BOOM] * 9, first=NOW - timedelta(minutes=2), truncated=True)

    claim, _ = claimed("errors_logged", newest, beside(BOOM, baseline_lines=0))

    assert claim.startswith("cart logs failures. (at least 9 lines")
    assert "the log holds nothing from before to compare with" in claim


def test_a_failure_is_new_where_the_whole_of_a_log_reaches_back_before_it() -> None:
    whole = shown(*["INFO fine"] * 60, *[BOOM] * 9, first=ONSET - timedelta(minutes=10))

    claim, _ = claimed("errors_logged", whole)

    assert claim.startswith("cart logs failures that it did not log before. (9 lines since")
    assert "at least" not in claim
    assert ", 0 in the " in claim


def test_failures_after_a_change_are_of_new_kinds_only_where_it_was_looked_before() -> None:
    change = {
        "at": (ONSET - timedelta(minutes=1)).isoformat(), "id": "d-1", "kind": "deployment",
        "what": "cart rolled out cart:2", "resource": "cart",
    }  # fmt: skip
    changes = seen("list_recent_changes", {"changes": [change]})
    newest = shown(*[BOOM] * 9, first=NOW - timedelta(minutes=2), truncated=True)

    unsure, _ = claimed("errors_follow_change", changes, newest)
    sure, cited = claimed("errors_follow_change", changes, newest, beside(BOOM))

    assert unsure.startswith("Failures are logged after the change. (at least 9 lines after it;")
    assert sure.startswith("New kinds of failures began right after the change. (77 lines")
    assert ("EV-0000000B", '"baseline_count":0') in cited


def test_the_line_that_is_quoted_says_most_plainly_what_is_claimed() -> None:
    plain = "ERROR [cart] java.lang.OutOfMemoryError: Java heap space"
    hint = "WARN [cart] GC pause 2087ms, old generation 98% full"

    claim, cited = claimed("log_out_of_memory", shown(plain, hint, hint, first=ONSET))

    assert claim == f"cart logs that it ran out of memory. (3 such lines, for example: {plain})"
    assert cited == [("EV-0000000A", plain)]


def test_a_line_counts_once_though_a_comparison_shows_it_as_well() -> None:
    plain = "ERROR [cart] java.lang.OutOfMemoryError: Java heap space"

    claim, _ = claimed("log_out_of_memory", shown(plain, plain, first=ONSET), beside(plain))

    assert "(2 such lines, for example" in claim


def test_what_is_suspected_is_not_refuted_whatever_speaks_against_it() -> None:
    verdict = concluded(a_case(described(), shown("INFO fine", first=ONSET)))

    assert verdict.outcome is VerdictOutcome.UNRESOLVED
    assert verdict.rivals
    assert any("not seen: " in one.ruled_out_by for one in verdict.rivals)
    assert not any(one.refuted for one in verdict.rivals)


def test_what_is_refuted_was_looked_for_and_what_was_seen_makes_it_only_less_likely() -> None:
    verdict = concluded(
        a_case(
            described(),
            metric("MemoryUtilization", 50, 97),
            shown(*["ERROR java.lang.OutOfMemoryError"] * 9, first=ONSET),
        )
    )

    assert all(one.refuted == one.ruled_out_by.startswith("not seen: ") for one in verdict.rivals)
    assert any(one.ruled_out_by.startswith("less likely, as this") for one in verdict.rivals)
