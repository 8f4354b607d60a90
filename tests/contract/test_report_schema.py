"""The schema of a report in docs/ is that of the code."""

import runpy
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_the_schema_of_a_report_is_up_to_date() -> None:
    made = runpy.run_path(str(CHECKOUT / "scripts" / "report_schema.py"))

    assert made["PAGE"].read_text(encoding="utf-8") == made["schema"](), (
        "run .venv/bin/python scripts/report_schema.py"
    )
