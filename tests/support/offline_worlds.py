"""Worlds in which the alarm sounds in one place and the fault lies in another; by a seed each."""

from random import Random
from typing import Any

from local_cloud.sandbox.scenario import Scenario, parse

Fields = dict[str, Any]

_NAMES = (
    "storefront", "basket", "offers", "voucher-api", "delivery-quotes", "stock-feed", "member-hub",
    "invoice-desk", "seat-map", "tracking", "returns-desk", "price-engine", "address-book",
)  # fmt: skip
_FAILS_AT_CALLER = (
    "call to {callee} failed: 503 Service Unavailable after {int:20-90}ms",
    "ERROR upstream {callee} responded 502 for GET /v1/{id}",
    "io.grpc.StatusRuntimeException: UNAVAILABLE: {callee}: connection closed",
    "requests.exceptions.ReadTimeout: HTTPConnectionPool(host='{callee}'): Read timed out",
    "",
)
"""The last caller says nothing at all: only its figures tell."""
_SICK: dict[str, tuple[tuple[str, ...], str]] = {
    "database_connections_exhausted": (
        (
            "psycopg2.OperationalError: FATAL: sorry, too many clients already",
            "HikariPool-2 - Connection is not available, request timed out after 30001ms",
            "sqlalchemy.exc.TimeoutError: QueuePool limit of size 20 overflow 10 reached",
            "Error: ER_CON_COUNT_ERROR: Too many connections",
        ),
        "latency",
    ),
    "permission_lost": (
        (
            "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the "
            "GetObject operation: Access Denied",
            "AccessDeniedException: User: arn:aws:sts::1:assumed-role/task is not authorized to "
            "perform: kms:Decrypt because no identity-based policy allows the kms:Decrypt action",
            "rpc error: code = PermissionDenied desc = PERMISSION_DENIED: missing permission",
        ),
        "",
    ),
    "disk_full": (
        (
            "java.io.IOException: No space left on device",
            "OSError: [Errno 28] No space left on device: '/tmp/render-{id}'",
            "Error: ENOSPC: no space left on device, write",
        ),
        "",
    ),
    "memory_exhaustion": (
        (
            "java.lang.OutOfMemoryError: Java heap space",
            "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - "
            "JavaScript heap out of memory",
            "MemoryError: Unable to allocate 512 MiB for an array",
        ),
        "memory",
    ),
    "credentials_rejected": (
        (
            'FATAL: password authentication failed for user "app"',
            "com.amazonaws.services.s3.model.AmazonS3Exception: The provided token has expired. "
            "(Service: Amazon S3; Error Code: ExpiredToken)",
            "redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair",
        ),
        "",
    ),
    "name_resolution_failure": (
        (
            "dial tcp: lookup prices.internal on 10.0.0.2:53: no such host",
            "java.net.UnknownHostException: prices.internal: Name or service not known",
            "Error: getaddrinfo EAI_AGAIN prices.internal",
            'psycopg2.OperationalError: could not translate host name "prices.internal" to address',
        ),
        "",
    ),
}
FAULTS = tuple(sorted(_SICK))


def sick_dependency(fault: str, seed: int) -> Scenario:
    """Return a world whose alarm is a caller's, and whose fault is in a service that it calls."""
    chance = Random(f"{fault}:{seed}")  # noqa: S311 - variety, nothing secret
    first, sick, sound = chance.sample(_NAMES, 3)
    wordings, more = _SICK[fault]
    said = chance.choice(_FAILS_AT_CALLER)
    effects: list[Fields] = [
        {"service": first, "metric": "error_rate", "to": chance.uniform(12, 40)},
        {"service": sick, "metric": "error_rate", "to": chance.uniform(35, 80)},
    ]
    if more:
        to = 96 if more == "memory" else chance.uniform(2500, 6000)
        effects.append({"service": sick, "metric": more, "to": to})
    logs = [_log(sick, chance.choice(wordings), chance)]
    if said:
        logs.append(_log(first, said.replace("{callee}", sick), chance))
    stops: list[Fields] = (
        [{"service": sick, "stopped_reason": "OutOfMemoryError: Container killed due to memory "
          "usage", "exit_code": 137, "after_minutes": 2, "every_minutes": 3}]
        if more == "memory"
        else []
    )  # fmt: skip
    return parse(
        {
            "title": f"Trouble with {first}",
            "seed": seed + 1,
            "onset_minutes_ago": chance.uniform(8, 20),
            "estate": [
                _service(first, chance, (sick, sound)),
                _service(sick, chance, ()),
                _service(sound, chance, ()),
            ],
            "effects": effects,
            "logs": logs,
            "stopped_tasks": stops,
            "changes": [
                {"change_id": "near", "kind": "deployment", "service": first,
                 "minutes_before_onset": chance.uniform(15, 50), "environment": {"BANNER": "on"}}
            ],
            "alarm": {
                "name": f"{first}-errors", "service": first, "metric": "error_rate",
                "threshold": 5, "evaluation_periods": 2, "datapoints_to_alarm": 2,
            },
            "truth": {
                "outcome": "found", "component": sick, "fault": fault, "severity": ["high"],
                "needs_human": True, "final_status": "escalated",
            },
        }
    )  # fmt: skip


def _log(service: str, message: str, chance: Random) -> Fields:
    return {
        "service": service,
        "level": "ERROR",
        "message": message,
        "per_minute": chance.uniform(3, 9),
        "after_minutes": 0.3,
    }


def _service(name: str, chance: Random, depends_on: tuple[str, ...]) -> Fields:
    return {
        "name": name,
        "tier": 2,
        "cluster": "main",
        "image": f"registry/{name}:1.{chance.randint(0, 30)}.0",
        "desired_count": 3,
        "metric_namespace": chance.choice(["Acme/App", "Platform", "svc"]),
        "depends_on": depends_on,
        "levels": {"cpu": 30, "memory": 45, "requests": chance.uniform(300, 3000),
                   "error_rate": 0.3, "latency": chance.uniform(80, 400)},
        "routine_logs": [
            {"level": "INFO", "per_minute": 3, "message": "GET /v1/{id} 200 {int:5-90}ms"},
            {"level": "WARN", "per_minute": 0.4, "message": "retry of upload {id} succeeded"},
        ],
    }  # fmt: skip
