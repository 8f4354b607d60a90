"""Write docs/report-schema.json: what a report holds, for whoever reads one by program."""

import json
from pathlib import Path

from itops_core.domain.report import Report

PAGE = Path(__file__).resolve().parents[1] / "docs" / "report-schema.json"


def schema() -> str:
    """Return the JSON schema of a report, as the page holds it."""
    described = Report.model_json_schema(mode="serialization")
    return json.dumps(described, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PAGE.write_text(schema(), encoding="utf-8")
