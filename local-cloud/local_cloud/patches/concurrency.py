"""MiniStack starts one process per concurrent invocation, without end; here callers queue.

A hundred executions at once cost upstream more than 150 processes and 7 GB. Throttling instead
of queueing is no way out: Step Functions sees a throttled function as a failed one.
"""

import threading
from collections import defaultdict
from typing import Any

from local_cloud.emulator import lambda_svc
from local_cloud.patches.upstream import expect


def queue_invocations(workers_per_function: int) -> None:
    """Let at most that many invocations of one function run; the others wait their turn.

    Safe as long as no function invokes itself, directly or through others.
    """
    expect(hasattr(lambda_svc, "_execute_function_warm"), "_execute_function_warm is gone")
    upstream = lambda_svc._execute_function_warm
    turns: defaultdict[str, threading.BoundedSemaphore] = defaultdict(
        lambda: threading.BoundedSemaphore(workers_per_function)
    )
    guard = threading.Lock()

    def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401
        config = func.get("config") or func
        with guard:
            turn = turns[str(config.get("FunctionArn") or config.get("FunctionName"))]
        with turn:
            return upstream(func, event, request_id)

    lambda_svc._execute_function_warm = execute
    _take_no_more_than_can_be_worked_on(workers_per_function)


def _take_no_more_than_can_be_worked_on(workers: int) -> None:
    """Leave messages in their queue until a worker is free, where they form larger batches.

    Upstream takes them at once, a few at a time, and the newest waits behind all those batches.
    """
    expect(hasattr(lambda_svc, "_sqs_esm_concurrency"), "queues are polled otherwise")
    upstream = lambda_svc._sqs_esm_concurrency

    def allowed(*told: Any) -> int:  # noqa: ANN401
        return min(workers, int(upstream(*told)))

    lambda_svc._sqs_esm_concurrency = allowed
