"""What a run was asked to do, checked before anything is looked at."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from itops_core.domain.runbook import Runbook
from itops_core.errors import InvalidInputError
from itops_core.settings import Config

REASONERS = ("offline", "claude")
_DEVICE = re.compile(r"[a-zA-Z0-9:_-]{1,128}")


class Mode(StrEnum):
    """On whose behalf a run looks and writes."""

    WATCHDOG = "watchdog"
    INCIDENT = "incident"
    BRIEFING = "briefing"


@dataclass(frozen=True)
class Plan:
    """One run."""

    mode: Mode
    config: Config
    log_dir: Path
    mock: bool = True
    allow_write: bool = False
    runbook: Runbook | None = None
    device: str = ""
    reasoner: str = "offline"
    folder: Path | None = None
    overrides: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if self.reasoner not in REASONERS:
            known = " or ".join(REASONERS)
            raise InvalidInputError(f"there is no reasoner {self.reasoner!r}: {known}")
        if self.device and not _DEVICE.fullmatch(self.device):
            raise InvalidInputError(f"{self.device!r} is no device id, such as truck-002")
        if self.runbook and self.mode is not Mode.INCIDENT:
            raise InvalidInputError(f"--runbook is for --mode incident, not {self.mode}")
        if self.device and self.mode is Mode.BRIEFING:
            raise InvalidInputError("--device is for --mode watchdog and incident")
        if self.allow_write and self.mode is Mode.BRIEFING:
            raise InvalidInputError("a briefing writes nothing: leave --allow-write out")
