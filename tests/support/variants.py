"""Scenarios nobody has rehearsed: six kinds of faults with other names, numbers and wordings.

Every choice follows from a seed, so that a failing one can be looked at again.
"""

from random import Random
from typing import Any

from local_cloud.sandbox.scenario import Scenario, parse

Fields = dict[str, Any]

_NAMES: tuple[str, ...] = (
    "ledger", "search-api", "fraud-scoring", "media-proxy", "quotes", "booking", "ticket-service",
    "geo-lookup", "invoice_worker", "auth-gateway", "tariffs", "playlist", "claims-intake",
)  # fmt: skip
_ROUTINE = (
    "GET /v1/items/{int:1-9999} 200 {int:5-90}ms",
    "job {id} finished in {int:100-900}ms",
    "cache hit ratio {float:0.7-0.99}",
    "accepted batch {id} with {int:10-400} rows",
    "session {id} refreshed",
)
_EVERYDAY_TROUBLE = (
    ("WARN", "deprecated header in request {id}"),
    ("WARN", "slow query took {int:700-1500}ms on replica"),
    ("WARN", "user {id} entered a wrong code"),
    ("ERROR", "mail to {id} bounced: mailbox does not exist"),
    ("INFO", "connection pool resized to {int:8-16}"),
    ("WARN", "retry of upload {id} succeeded on attempt 2"),
)
_OUT_OF_MEMORY = (
    ("ERROR", "java.lang.OutOfMemoryError: GC overhead limit exceeded at Worker.run"),
    ("FATAL", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
    ("ERROR", "MemoryError: cannot allocate {int:100-900} MiB for batch {id}"),
    ("ERROR", "runtime: out of memory: cannot allocate {int:1-9}194304-byte block"),
    ("WARN", "Memory cgroup out of memory: Killed process {int:100-900} (node)"),
    ("ERROR", "std::bad_alloc: Cannot allocate memory while resizing index"),
)
_STOPPED_FOR_MEMORY = (
    ("OutOfMemoryError: Container killed due to memory usage", 137),
    ("Essential container in task exited", 137),
)
_OVERLOADED = (
    ("WARN", "thread pool is full ({int:200-400} active), request queued {int:1000-9000}ms"),
    ("ERROR", "RejectedExecutionException: task {id} rejected from executor, queue is full"),
    ("ERROR", "too many concurrent requests ({int:500-900}), answered 503"),
    ("WARN", "load shedding active, dropped {int:10-90} requests"),
    ("WARN", "accept queue length {int:300-900} over backlog"),
    ("ERROR", "all workers busy for {int:5-20}s, connection refused to client {ip}"),
)
_BROKEN_CODE = (
    ("ERROR", "NullPointerException: Cannot invoke Price.net() because price is null at Render"),
    ("ERROR", "Traceback (most recent call last): KeyError: 'currency' in handler {id}"),
    ("ERROR", "panic: runtime error: invalid memory address or nil pointer dereference"),
    ("ERROR", "Unhandled exception in request {id}: ValueError: unknown schema version 7"),
    ("ERROR", "POST /v2/orders 500 Internal Server Error in {int:3-40}ms"),
    ("ERROR", "column quotes.valid_until does not exist"),
    ("ERROR", 'failed to deserialize message {id}: unrecognized field "discount"'),
)
_UNHEALTHY = (
    ("ERROR", "readiness probe failed: HTTP 503 after {int:1000-5000}ms"),
    ("ERROR", "GET /health -> 503 database pool not ready"),
    ("WARN", "health check handler timed out, event loop blocked for {int:4000-20000}ms"),
    ("ERROR", "watchdog: no heartbeat from worker {int:1-8} for {int:30-90}s"),
    ("ERROR", "liveness check failing: status 500"),
)
_STOPPED_AS_UNHEALTHY = (
    "Task failed ELB health checks in (target-group {target_group})",
    "Task failed container health checks",
)


def any_variant(kind: str, seed: int) -> Scenario:
    """Return a scenario of `kind` that nobody has seen before; the same seed, the same one."""
    chance = Random(f"{kind}:{seed}")  # noqa: S311 - variety, nothing secret
    names = chance.sample(_NAMES, 3)
    scenario = _KINDS[kind](names[0], chance)
    estate = [_service(name, chance) for name in names]
    fields: Fields = {
        "title": f"Trouble with {names[0]}",
        "seed": chance.randint(1, 10_000),
        "onset_minutes_ago": chance.uniform(6, 25),
        "estate": estate,
        "logs": [],
        "changes": [],
        **scenario,
    }
    fields["logs"] = [*fields["logs"], *_noise(names, chance)]
    fields["changes"] = [*fields["changes"], *_innocent_changes(names, chance)]
    return parse(fields)


KINDS = ("memory", "traffic", "deployment", "unhealthy", "healthy", "blind")


def _service(name: str, chance: Random) -> Fields:
    routine = chance.sample(_ROUTINE, 2)
    return {
        "name": name,
        "tier": chance.randint(1, 3),
        "cluster": "platform",
        "image": f"registry/{name}:{chance.randint(1, 9)}.{chance.randint(0, 20)}.0",
        "cpu": chance.choice([256, 512, 1024]),
        "memory": chance.choice([512, 1024, 2048]),
        "desired_count": chance.randint(2, 6),
        "log_format": chance.choice(["plain", "json"]),
        "metric_namespace": chance.choice(["Acme/App", "Platform", "prod-services"]),
        "depends_on": ["orders-db"],
        "levels": {
            "cpu": chance.uniform(15, 50),
            "memory": chance.uniform(30, 65),
            "requests": chance.uniform(200, 5000),
            "error_rate": chance.uniform(0.05, 0.6),
            "latency": chance.uniform(60, 600),
        },
        "routine_logs": [
            {"level": "INFO", "per_minute": chance.uniform(1, 5), "message": words}
            for words in routine
        ],
    }


def _noise(names: list[str], chance: Random) -> list[Fields]:
    return [
        {
            "service": chance.choice(names),
            "level": level,
            "message": words,
            "per_minute": chance.uniform(0.2, 1.2),
            "during": "always",
        }
        for level, words in chance.sample(_EVERYDAY_TROUBLE, 2)
    ]


def _innocent_changes(names: list[str], chance: Random) -> list[Fields]:
    """Return changes that have nothing to do with it: of others, or long before."""
    other = chance.choice(names[1:])
    changes: list[Fields] = [
        {
            "change_id": "other-release",
            "kind": "deployment",
            "service": other,
            "minutes_before_onset": chance.uniform(4, 300),
            "image": f"registry/{other}:99.0.1",
        }
    ]
    if chance.random() < 0.5:
        changes.append(
            {
                "change_id": "old-release",
                "kind": "deployment",
                "service": names[0],
                "minutes_before_onset": chance.uniform(140, 600),
                "environment": {"LOG_LEVEL": "warn"},
            }
        )
    return changes


def _log(service: str, line: tuple[str, str], chance: Random, after: float = 0.5) -> Fields:
    return {
        "service": service,
        "level": line[0],
        "message": line[1],
        "per_minute": chance.uniform(2, 8),
        "after_minutes": after,
    }


def _alarm(service: str, metric: str, threshold: float, **more: object) -> Fields:
    return {
        "name": f"{service}-{metric}",
        "service": service,
        "metric": metric,
        "threshold": threshold,
        "evaluation_periods": 2,
        "datapoints_to_alarm": 2,
        **more,
    }


def _truth(outcome: str, name: str, fault: str = "", **more: object) -> Fields:
    found = {"component": name, "fault": fault} if fault else {}
    return {
        "outcome": outcome,
        **found,
        "severity": ["low", "medium", "high", "critical"],
        "needs_human": False,
        "final_status": {"found": "resolved", "healthy": "closed"}.get(outcome, "escalated"),
        **more,
    }


def _memory(name: str, chance: Random) -> Fields:
    reason, code = chance.choice(_STOPPED_FOR_MEMORY)
    by_errors = chance.random() < 0.5
    return {
        "effects": [
            {"service": name, "metric": "memory", "to": chance.uniform(93, 99), "shape": "ramp",
             "over_minutes": 4},
            {"service": name, "metric": "error_rate", "to": chance.uniform(6, 30),
             "after_minutes": 2},
            {"service": name, "metric": "latency", "to": 2500, "after_minutes": 2},
        ],
        "logs": [_log(name, chance.choice(_OUT_OF_MEMORY), chance, 1.5)],
        "stopped_tasks": [
            {"service": name, "stopped_reason": reason, "exit_code": code,
             "container_reason": reason if code == 137 and "Out" in reason else "",
             "after_minutes": 2, "every_minutes": 2}
        ],
        "alarm": _alarm(name, "error_rate", 3) if by_errors else _alarm(name, "memory", 90),
        "truth": _truth("found", name, "memory_exhaustion",
                        acceptable_actions=["restart_ecs_service"]),
    }  # fmt: skip


def _traffic(name: str, chance: Random) -> Fields:
    metric, threshold = chance.choice([("latency", 1200), ("cpu", 85), ("error_rate", 4)])
    return {
        "effects": [
            {"service": name, "metric": "requests", "to": chance.uniform(11_000, 30_000)},
            {"service": name, "metric": "cpu", "to": chance.uniform(91, 99), "shape": "ramp",
             "over_minutes": 2},
            {"service": name, "metric": "latency", "to": chance.uniform(2000, 8000)},
            {"service": name, "metric": "error_rate", "to": chance.uniform(6, 15)},
        ],
        "logs": [_log(name, chance.choice(_OVERLOADED), chance)],
        "alarm": _alarm(name, metric, threshold),
        "truth": _truth("found", name, "traffic_saturation",
                        acceptable_actions=["scale_ecs_service"]),
    }  # fmt: skip


def _deployment(name: str, chance: Random) -> Fields:
    return {
        "effects": [
            {"service": name, "metric": "error_rate", "to": chance.uniform(8, 60)},
        ],
        "logs": [_log(name, line, chance, 0) for line in chance.sample(_BROKEN_CODE, 2)],
        "changes": [
            {"change_id": "the-release", "kind": "deployment", "service": name,
             "minutes_before_onset": chance.uniform(1, 12), "image": f"registry/{name}:9.9.9"}
        ],
        "alarm": _alarm(name, "error_rate", chance.uniform(2, 6)),
        "truth": _truth("found", name, "bad_deployment",
                        acceptable_actions=["rollback_ecs_deployment"]),
    }  # fmt: skip


def _unhealthy(name: str, chance: Random) -> Fields:
    return {
        "effects": [
            {"service": name, "metric": "unhealthy_hosts", "to": chance.randint(1, 2)},
            {"service": name, "metric": "latency", "to": chance.uniform(1500, 6000)},
            {"service": name, "metric": "error_rate", "to": chance.uniform(3, 20)},
        ],
        "logs": [_log(name, chance.choice(_UNHEALTHY), chance)],
        "stopped_tasks": [
            {"service": name, "stopped_reason": chance.choice(_STOPPED_AS_UNHEALTHY),
             "after_minutes": 2, "every_minutes": chance.uniform(2, 5),
             "replaced": chance.random() < 0.7}
        ],
        "alarm": _alarm(name, "unhealthy_hosts", 1, statistic="Maximum",
                        comparison="GreaterThanOrEqualToThreshold"),
        "truth": _truth("found", name, "failing_health_checks",
                        acceptable_actions=["restart_ecs_service"]),
    }  # fmt: skip


def _healthy(name: str, chance: Random) -> Fields:
    metric, threshold, peak = chance.choice(
        [("latency", 1500, 2600), ("error_rate", 3, 5), ("cpu", 80, 93)]
    )
    return {
        "effects": [
            {"service": name, "metric": metric, "to": peak, "shape": "spike",
             "over_minutes": chance.uniform(1, 2.5)}
        ],
        "alarm": _alarm(name, metric, threshold, evaluation_periods=5, datapoints_to_alarm=1),
        "truth": _truth("healthy", name),
    }  # fmt: skip


def _blind(name: str, chance: Random) -> Fields:
    return {
        "effects": [
            {"service": name, "metric": "error_rate", "to": chance.uniform(8, 30)},
            *(
                [{"service": name, "metric": "latency", "to": 3000}]
                if chance.random() < 0.5
                else []
            ),
        ],
        "missing": [{"kind": "log_group", "service": name}],
        "alarm": _alarm(name, "error_rate", 4),
        "truth": _truth("unresolved", name, expected_gaps=["monitoring.query_cloudwatch_logs"]),
    }


_KINDS = {
    "memory": _memory,
    "traffic": _traffic,
    "deployment": _deployment,
    "unhealthy": _unhealthy,
    "healthy": _healthy,
    "blind": _blind,
}
