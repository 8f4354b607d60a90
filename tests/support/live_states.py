"""Things as they stand live, for tests of what is made of their state."""

from itops_core.remediation.tables import TableState

TABLE = TableState(
    arn="arn:t",
    table_name="t",
    status="ACTIVE",
    billing_mode="PROVISIONED",
    read_units=5,
    write_units=5,
)
