"""Why a task of ECS ended: by request, as in every rollout, or because something was wrong."""

import re
from collections.abc import Mapping
from typing import Any

from itops_core.reasoning.offline.reading import count_of, records, text_of

KILLED = 137
ENDED_BY_REQUEST = frozenset({0, KILLED, 143})
ORDERLY = re.compile(r"scaling activity|deployment|stopped by user|UserInitiated", re.IGNORECASE)


def reason_of(task: Mapping[str, Any]) -> str:
    """Return the words that tell most: a container's, else the task's own."""
    told = (text_of(one, "reason") for one in records(task, "containers"))
    return next((one for one in told if one), text_of(task, "stopped_reason"))


def is_orderly(task: Mapping[str, Any]) -> bool:
    """Whether somebody asked for the end, and no container tells of anything else.

    A rollout, a smaller service, a person: none of them is why a service fails.
    """
    containers = records(task, "containers")
    if any(text_of(one, "reason") for one in containers):
        return False
    codes = [code for one in containers if (code := count_of(one, "exit_code")) is not None]
    if any(code not in ENDED_BY_REQUEST for code in codes):
        return False
    return bool(ORDERLY.search(text_of(task, "stopped_reason")))
