"""Three patches of MiniStack that give a rehearsed fault a past; AWS needs none of them.

AWS stamps a deployment, a stopped task or a parameter with its own clock, so a story that began
minutes ago cannot be told through the API alone. Requests of the sandbox may carry headers:

- `x-sandbox-at`: the moment (epoch seconds) at which ECS and SSM take this request to happen;
- `x-sandbox-rewrite`: PutMetricData first drops what is stored of the same metrics between the
  first and the last timestamp sent, so that a second rehearsal does not mix with the first.

And ECS honours `SubmitTaskStateChange`, which MiniStack accepts and ignores: it is how an ECS
agent reports a container killed for memory, with exit code and reason.
"""

import contextvars
import functools
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_cloud.patches.upstream import expect
from local_cloud.sandbox.world import AT_HEADER, REWRITE_HEADER

_REPLACED = {
    "ecs": ("_iso", "_ACTION_MAP", "_mark_task_stopped", "_resolve_task", "handle_request"),
    "ssm": ("_now_epoch", "handle_request"),
    "cloudwatch": ("_put_metric_data", "_metrics", "_parse_ts", "_dims_key", "handle_request"),
}

_moment: contextvars.ContextVar[float | None] = contextvars.ContextVar("sandbox_at", default=None)
_rewrite: contextvars.ContextVar[bool] = contextvars.ContextVar("sandbox_rewrite", default=False)

_Handle = Callable[..., Awaitable[Any]]


def install() -> None:
    """Patch the MiniStack of this process; a second call changes nothing."""
    from ministack.services import cloudwatch, ecs, ssm  # noqa: PLC0415 - only in the launcher

    if getattr(ecs, "_sandbox_patched", False):
        return
    for service, names in _REPLACED.items():
        module = {"ecs": ecs, "ssm": ssm, "cloudwatch": cloudwatch}[service]
        for name in names:
            expect(hasattr(module, name), f"{service}.{name}")
    for service in (ecs, ssm, cloudwatch):
        service.__dict__["handle_request"] = _reading_headers(service.handle_request)
    _backdate_ecs(ecs.__dict__)
    _backdate_ssm(ssm.__dict__)
    _honour_task_state_changes(ecs.__dict__)
    _rewrite_metrics(cloudwatch.__dict__)
    ecs.__dict__["_sandbox_patched"] = True


def _reading_headers(handle: _Handle) -> _Handle:
    @functools.wraps(handle)
    async def reading(
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        at = headers.get(AT_HEADER)
        moment, rewrite = (
            _moment.set(float(at) if at else None),
            _rewrite.set(REWRITE_HEADER in headers),
        )
        try:
            return await handle(method, path, headers, body, query)
        finally:
            _moment.reset(moment)
            _rewrite.reset(rewrite)

    return reading


def _backdate_ecs(ecs: dict[str, Any]) -> None:
    now = ecs["_iso"]

    def iso() -> str:
        at = _moment.get()
        if at is None:
            return now()
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    ecs["_iso"] = iso


def _backdate_ssm(ssm: dict[str, Any]) -> None:
    now = ssm["_now_epoch"]
    ssm["_now_epoch"] = lambda: _moment.get() or now()


def _honour_task_state_changes(ecs: dict[str, Any]) -> None:
    def submit(data: dict[str, Any]) -> Any:  # noqa: ANN401
        cluster = ecs["_resolve_cluster_name"](data.get("cluster", "default"))
        task = ecs["_resolve_task"](data.get("task", ""), cluster)
        if task and data.get("status") == "STOPPED":
            reported = {one.get("containerName"): one for one in data.get("containers", [])}
            for container in task.get("containers", []):
                change = reported.get(container.get("name"), {})
                if "exitCode" in change:
                    container["exitCode"] = change["exitCode"]
                if change.get("reason"):
                    container["reason"] = change["reason"]
            reason = str(data.get("reason", ""))
            ecs["_mark_task_stopped"](task["taskArn"], task, reason, stop_code_of(reason))
        return ecs["json_response"]({"acknowledgment": "ACCEPT"})

    ecs["_ACTION_MAP"]["SubmitTaskStateChange"] = submit


def stop_code_of(reason: str) -> str:
    """Return the stop code that ECS gives with a stopped reason."""
    codes = {
        "ServiceSchedulerInitiated": ("Task failed ELB", "Task failed container", "Scaling"),
        "TaskFailedToStart": ("CannotPull", "CannotStart", "CannotCreate", "ResourceInit"),
        "SpotInterruption": ("Your Spot Task",),
        "UserInitiated": ("Task stopped by",),
    }
    for code, beginnings in codes.items():
        if reason.startswith(beginnings):
            return code
    return "EssentialContainerExited"


def _rewrite_metrics(cloudwatch: dict[str, Any]) -> None:
    put = cloudwatch["_put_metric_data"]

    def rewriting(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:  # noqa: ANN401, FBT
        if _rewrite.get() and (is_cbor or is_json):
            _drop_covered(cloudwatch, data)
        return put(params, data, is_cbor, is_json)

    cloudwatch["_put_metric_data"] = rewriting


def _drop_covered(cloudwatch: dict[str, Any], data: Mapping[str, Any]) -> None:
    spans: dict[Any, tuple[float, float]] = {}
    for datum in data.get("MetricData", []):
        dimensions = {one["Name"]: one["Value"] for one in datum.get("Dimensions", [])}
        at = cloudwatch["_parse_ts"](datum.get("Timestamp"))
        key = (data.get("Namespace", ""), datum["MetricName"], cloudwatch["_dims_key"](dimensions))
        low, high = spans.get(key, (at, at))
        spans[key] = (min(low, at), max(high, at))
    for key, (low, high) in spans.items():
        points = cloudwatch["_metrics"].get(key)
        if points:
            points[:] = [point for point in points if not low <= point["Timestamp"] <= high]
