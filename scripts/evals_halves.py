"""Writes scenarios/halves.yaml: which scenario is in which half of the evals.

python scripts/evals_halves.py
"""

from pathlib import Path

from itops_cli.evals.halves import published

PLACE = Path(__file__).parents[1] / "scenarios" / "halves.yaml"

if __name__ == "__main__":
    PLACE.write_text(published(), encoding="utf-8")
