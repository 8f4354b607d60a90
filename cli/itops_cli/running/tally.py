"""Counts what a run costs while it is written down, and keeps the path that it took."""

import threading
from dataclasses import dataclass, field
from typing import Any

from itops_core.tools.journal import Journal


@dataclass
class Tally:
    """A journal that counts; what it counted stands in the event that ends the run."""

    inner: Journal
    tool_calls: int = 0
    tokens: int = 0
    dollars: float = 0.0
    path: list[str] = field(default_factory=list[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401
        """Count one event, and hand it on."""
        with self._lock:
            self.tool_calls += event == "tool_call"
            if event == "llm_response":
                self.tokens += int(fields.get("tokens", 0))
                self.dollars += float(fields.get("dollars", 0.0))
        self.inner.write(event, **fields)

    def went(self, where: str) -> None:
        """Note where the run came to."""
        self.path.append(where)

    def total(self) -> dict[str, Any]:
        """Return what it came to."""
        return {
            "tokens": self.tokens,
            "dollars": round(self.dollars, 6),
            "tool_calls": self.tool_calls,
            "path": list(self.path),
        }
