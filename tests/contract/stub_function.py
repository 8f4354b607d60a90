"""The code of every stub function of the state machine's walks; a Lambda worker runs it.

What it answers stands in a script, a file named after the incident; what it was asked goes to a
journal beside it. The journal also tells how often it was asked before.
"""

import json
import os
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer as the script says, or fail as it says."""
    folder, incident = Path(os.environ["STUB_FOLDER"]), event["incident_id"]
    state = json.loads(os.environ["STUB_STATES"])[event.get("operation", "")]
    journal = folder / f"{incident}.journal"
    asked = journal.read_text().splitlines() if journal.exists() else []
    with journal.open("a") as lines:
        lines.write(json.dumps([state, event]) + "\n")
    answers = json.loads((folder / f"{incident}.json").read_text())[state]
    before = sum(1 for line in asked if json.loads(line)[0] == state)
    answer = answers[min(before, len(answers) - 1)]
    if "task_token" in event:
        return _call_back(event["task_token"], answer)
    if "raises" in answer:
        raise type(answer["raises"], (Exception,), {})("as scripted")
    return answer


def _call_back(token: str, answer: dict[str, Any]) -> dict[str, Any]:
    import boto3  # noqa: PLC0415 - only the stub that waits for people needs it

    client = boto3.client("stepfunctions")
    if "raises" in answer:
        client.send_task_failure(taskToken=token, error=answer["raises"], cause="as scripted")
    else:
        client.send_task_success(taskToken=token, output=json.dumps(answer))
    return {}
