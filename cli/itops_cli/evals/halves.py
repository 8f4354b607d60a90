"""The tuned and the untouched half of the library, split by fault and by nobody's choice.

The reasoner may be mended by what the tuned half shows; the other half is only measured. All
scenarios of a fault fall into one half, so that none is learnt from its sister.
"""

import hashlib
from enum import StrEnum

from local_cloud.sandbox.truth import Truth


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
