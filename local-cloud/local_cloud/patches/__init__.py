"""What the launcher changes in MiniStack, one module per fault; all of it checked at start.

MiniStack is pinned. Every patch first asserts that the text or the name it replaces is still
there, and has a test which shows that the untouched emulator still has the fault: when that test
fails, the patch can go.
"""

from local_cloud.patches import (
    alarm_evaluation,
    batches,
    callbacks,
    concurrency,
    errors,
    gateway_responses,
    message_moves,
    queue_addresses,
    retention,
    streams,
)

METRIC_HOURS = 6


def apply_all(workers_per_function: int) -> None:
    """Apply every patch; call once, after MiniStack was imported and before it serves."""
    errors.report_real_error_types()
    errors.hide_the_emulators_environment()
    concurrency.queue_invocations(workers_per_function)
    callbacks.fail_tasks_whose_function_failed()
    streams.start_streams_from_their_own_beginning()
    alarm_evaluation.evaluate_alarms_as_aws_does()
    message_moves.add_message_moves()
    batches.hand_out_whole_batches()
    queue_addresses.know_queues_by_one_address()
    gateway_responses.take_gateway_responses()
    retention.keep_metrics_for(METRIC_HOURS)
