"""MiniStack drops stream records after a restart; here a stream is read from its own beginning.

Upstream restores how far a table's stream was read, but not the stream: the new one starts empty,
and its first records count as read already.
"""

from typing import Any

from local_cloud.emulator import lambda_svc
from local_cloud.patches.upstream import expect


def start_streams_from_their_own_beginning() -> None:
    """Forget the read position of table streams at a restart."""
    expect(hasattr(lambda_svc, "_restore_esm_positions"), "_restore_esm_positions is gone")
    restore = lambda_svc._restore_esm_positions

    def restore_others(store: Any, positions: Any) -> None:  # noqa: ANN401
        if store is not lambda_svc._dynamodb_stream_positions:
            restore(store, positions)

    lambda_svc._restore_esm_positions = restore_others
