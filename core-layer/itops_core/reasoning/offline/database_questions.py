"""What can be asked about a database: its metrics at once, its load, what RDS did to it."""

from collections.abc import Iterator

from itops_core.domain.investigation import ToolCall
from itops_core.reasoning.offline.database_readings import EVENTS, LOAD, METRICS, instance_of
from itops_core.reasoning.offline.extract_databases import LIMITS
from itops_core.reasoning.offline.questions import Question, minutes_back
from itops_core.reasoning.offline.scene import Scene

KIND = "database"
_HOURS = 24
_WAITS = (
    "db_waits_cpu", "db_waits_wal", "db_waits_read", "db_waits_write", "db_waits_lock",
    "db_waits_client", "db_load_high", "db_statement_dominates", "db_statement_writes",
    "db_sessions_in_transaction",
)  # fmt: skip
_HAPPENED = (
    "db_failed_over", "db_restarted", "db_out_of_reach", "db_storage_reported",
    "db_lag_reported", "db_checkpoints",
)  # fmt: skip


def database_questions(scene: Scene) -> Iterator[Question]:
    """Yield the three questions about an RDS instance."""
    if KIND not in scene.kinds:
        return
    instance = instance_of(scene)
    back = {"instance": instance, "minutes_back": minutes_back(scene)}
    measured = (*LIMITS, "db_normal", "db_two_limits", "db_writes_up", "db_recovered")
    yield Question(_call(METRICS, **back), measured, 1.0)
    yield Question(_call(EVENTS, instance=instance, hours_back=_HOURS), _HAPPENED, 1.0, core=False)
    yield Question(_call(LOAD, **back), _WAITS, 1.2, core=False)


def _call(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(server="monitoring", tool=tool, arguments=arguments)
