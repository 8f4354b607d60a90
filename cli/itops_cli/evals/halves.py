"""The tuned and the untouched half of the library, split by fault and by nobody's choice.

The reasoner may be mended by what the tuned half shows; the other half is only measured. All
scenarios of a fault fall into one half, so that none is learnt from its sister.
"""

import hashlib
from enum import StrEnum

import yaml

from local_cloud.sandbox.injection import library, list_scenarios
from local_cloud.sandbox.scenario import load
from local_cloud.sandbox.truth import Truth

_HEAD = """\
# The halves of the scenarios by fault; a scenario without a fault stands for itself. The lowest bit
# of the sha256 of a fault's name decides, so nobody chose. The reasoner may be mended by what the
# tuned half shows; the untouched half is only measured. Made by scripts/evals_halves.py.
"""


class Half(StrEnum):
    """Which part of the library."""

    TUNED = "tuned"
    UNTOUCHED = "untouched"


def split_key(truth: Truth, slug: str) -> str:
    """Return what a scenario is split by: its fault, or its own name where it has none."""
    return truth.fault or f"{truth.outcome}:{slug}"


def half_of(key: str) -> Half:
    """Return the half of a fault: the lowest bit of the sha256 of its name."""
    odd = hashlib.sha256(key.encode()).digest()[-1] & 1
    return Half.UNTOUCHED if odd else Half.TUNED


def published() -> str:
    """Return scenarios/halves.yaml: both halves, by fault, with their scenarios."""
    halves: dict[Half, dict[str, list[str]]] = {half: {} for half in Half}
    for slug in list_scenarios():
        key = split_key(load(slug, library()).truth, slug)
        halves[half_of(key)].setdefault(key, []).append(slug)
    told = {half.value: dict(sorted(faults.items())) for half, faults in halves.items()}
    return _HEAD + yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
