"""MiniStack knows a queue by an address with its port, and polls the address of today's port.

A cloud that comes back on another port still has its queues, but no function is told what comes in.
"""

import inspect

from local_cloud.emulator import sqs
from local_cloud.patches.upstream import expect

_USUAL_PORT = "4566"


def know_queues_by_one_address() -> None:
    """Keep queues under the same address whatever the port; callers are told the one they asked."""
    told = inspect.getsource(sqs._queue_url_for_account) + inspect.getsource(sqs._externalize_url)
    expect(
        "{DEFAULT_PORT}" in told and "_CANONICAL_NETLOC" in told,
        "a queue's address is made otherwise by now",
    )
    sqs.DEFAULT_PORT = _USUAL_PORT
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:{_USUAL_PORT}"
