"""MiniStack hands a function ten messages of a queue at a time, whatever its BatchSize says."""

import inspect
from typing import Any

from local_cloud.emulator import sqs
from local_cloud.patches.upstream import expect

_AT_A_TIME = 10


def hand_out_whole_batches() -> None:
    """Let an event source mapping have as many messages as it asks for."""
    upstream = sqs._receive_messages_for_esm
    expect(
        f"min(int(max_number or 1), {_AT_A_TIME})" in inspect.getsource(upstream),
        "an event source mapping may have more than ten messages by now",
    )

    def receive(queue_url: str, max_number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < max_number:
            more = upstream(queue_url, min(_AT_A_TIME, max_number - len(found)))
            if not more:
                break
            found += more
        return found

    sqs._receive_messages_for_esm = receive
