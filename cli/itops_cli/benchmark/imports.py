"""What a cold start costs before any work: CPU seconds to import each kind of function."""

import json
import subprocess
import sys
from typing import Any

HANDLERS = {
    "api": "incident_api.handler",
    "tool_server": "monitoring_server.handler",
    "agent": "root_cause_agent.handler",
}
_PROGRAM = """
import json, sys, time
began = time.process_time()
__import__(sys.argv[1])
took = time.process_time() - began
print(json.dumps({"seconds": took, "anthropic": "anthropic" in sys.modules}))
"""


def import_costs(repeats: int = 5) -> dict[str, Any]:
    """Return, for each kind of function, the best of `repeats` cold imports."""
    costs: dict[str, Any] = {}
    for kind, module in HANDLERS.items():
        runs = [_import(module) for _ in range(repeats)]
        costs[kind] = {
            "module": module,
            "cpu_seconds": round(min(run["seconds"] for run in runs), 3),
            "loads_anthropic": runs[0]["anthropic"],
        }
    return costs


def cpu_seconds_to_import(module: str, repeats: int = 3) -> float:
    """Return the best of `repeats` cold imports of any module."""
    return round(min(_import(module)["seconds"] for _ in range(repeats)), 3)


def _import(module: str) -> dict[str, Any]:
    command = [sys.executable, "-P", "-c", _PROGRAM, module]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return json.loads(done.stdout)
