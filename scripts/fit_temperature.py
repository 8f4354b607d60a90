"""Tells which temperature of the offline reasoner's beliefs fits the tuned half best.

python scripts/fit_temperature.py          # then write it into faults/calibration.yaml
"""

import sys

from itops_cli.evals.cases import Selection, cases_of
from itops_cli.evals.halves import Half
from itops_cli.evals.running import results_of
from itops_cli.evals.temperature import fitted
from itops_core.reasoning.offline.library import library

VARIANTS = 3

if __name__ == "__main__":
    standing = library().calibration.temperature
    cases = cases_of(Selection(variants=VARIANTS, half=Half.TUNED))
    best, there, now = fitted(results_of(cases), standing)
    sys.stdout.write(f"best {best:g} (surprise {there:.4f}); standing {standing:g} ({now:.4f})\n")
