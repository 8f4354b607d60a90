"""The workflow contract as data, and every way through it as a scripted case.

`OUTCOMES` says, for each state that answers with an outcome, which state follows it. It is written
down here a second time on purpose: the state machine is checked against it, not it against itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.asl_interpreter import Answer, TaskFailure

Script = dict[str, list[dict[str, Any]]]
"""By state: what its function answers to the first attempt, the second …; the last one stays."""

OUTCOMES: dict[str, dict[str, str]] = {
    "Triage": {
        "continue": "Triage",
        "investigate": "InvestigateStep",
        "duplicate": "Duplicate",
        "stopped": "Stopped",
    },
    "InvestigateStep": {
        "continue": "InvestigateStep",
        "found": "ProposeRemediation",
        "healthy": "CloseIncident",
        "unresolved": "Escalate",
        "stopped": "Stopped",
    },
    "ProposeRemediation": {
        "continue": "ProposeRemediation",
        "auto": "ExecuteAction",
        "approval": "AwaitApproval",
        "another_round": "InvestigateStep",
        "forbid": "Escalate",
        "none": "Escalate",
        "stopped": "Stopped",
    },
    "AwaitApproval": {
        "approved": "ExecuteAction",
        "denied": "Escalate",
        "expired": "Escalate",
        "stopped": "Stopped",
    },
    "ExpireApproval": {
        "approved": "ExecuteAction",
        "denied": "Escalate",
        "expired": "Escalate",
        "stopped": "Stopped",
    },
    "ExecuteAction": {
        "done": "VerifyRecovery",
        "void": "ProposeRemediation",
        "refused": "Escalate",
        "failed": "Escalate",
        "stopped": "Stopped",
    },
    "VerifyRecovery": {
        "recovered": "CloseIncident",
        "unchanged": "RollBack",
        "worse": "RollBack",
        "unknown": "Escalate",
        "watching": "WaitForRecovery",
        "stopped": "Stopped",
    },
    "RollBack": {
        "another_round": "InvestigateStep",
        "exhausted": "Escalate",
        "failed": "Escalate",
        "stopped": "Stopped",
    },
}

FUNCTION_OF: dict[str, tuple[str, str | None]] = {
    "Triage": ("Triage", None),
    "PageHuman": ("Notifier", None),
    "InvestigateStep": ("RootCause", None),
    "ProposeRemediation": ("Remediation", None),
    "AwaitApproval": ("ApprovalGate", "ask"),
    "ExpireApproval": ("ApprovalGate", "expire"),
    "ExecuteAction": ("ActionRunner", "execute"),
    "RollBack": ("ActionRunner", "roll_back"),
    "VerifyRecovery": ("RecoveryVerifier", None),
    "CloseIncident": ("IncidentCloser", "close"),
    "Escalate": ("IncidentCloser", "escalate"),
    "RecordAgentFailure": ("IncidentCloser", "record_failure"),
}
"""Which function a task calls, and with which operation."""

RESUMABLE = (
    "Triage",
    "InvestigateStep",
    "ProposeRemediation",
    "AwaitApproval",
    "ExecuteAction",
    "VerifyRecovery",
    "RollBack",
)

CONCLUSIONS: dict[str, dict[str, Any]] = {
    "Triage": {"outcome": "investigate", "severity": "high"},
    "PageHuman": {"outcome": "notified"},
    "InvestigateStep": {"outcome": "found"},
    "ProposeRemediation": {"outcome": "auto"},
    "AwaitApproval": {"outcome": "approved"},
    "ExpireApproval": {"outcome": "expired"},
    "ExecuteAction": {"outcome": "done"},
    "VerifyRecovery": {"outcome": "recovered"},
    "RollBack": {"outcome": "exhausted"},
    "CloseIncident": {"outcome": "closed"},
    "Escalate": {"outcome": "escalated"},
    "RecordAgentFailure": {"outcome": "failed"},
}
"""What each function answers where a case does not say otherwise: each leads to the end."""

_LEADS_TO: dict[str, Script] = {
    "PageHuman": {"Triage": [{"outcome": "investigate", "severity": "critical"}]},
    "AwaitApproval": {"ProposeRemediation": [{"outcome": "approval"}]},
    "ExpireApproval": {
        "ProposeRemediation": [{"outcome": "approval"}],
        "AwaitApproval": [{"raises": "States.Timeout"}],
    },
    "RollBack": {"VerifyRecovery": [{"outcome": "worse"}]},
    "Escalate": {"InvestigateStep": [{"outcome": "unresolved"}]},
    "RecordAgentFailure": {"Triage": [{"raises": "ProgrammingMistake"}]},
}


@dataclass(frozen=True)
class Case:
    """One scripted execution: at `state`, what is answered leads to `next_state`."""

    name: str
    state: str
    next_state: str
    script: Script
    resume: str | None = None
    expected_payload: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the next task has to be given, at least."""

    def execution_input(self, incident_id: str) -> dict[str, Any]:
        """Return the input that the intake, or the reconciler, would start this with."""
        resume = {"resume": {"state": self.resume}} if self.resume else {}
        return {"incident_id": incident_id} | resume


def cases() -> list[Case]:
    """Return every Choice branch, Default, Catch, time-out and entry of the workflow."""
    return [*_outcomes(), *_defaults(), *_failures(), *_entries()]


def answers(script: Script) -> Answer:
    """Return the answers of `script`, attempt by attempt, and conclusions elsewhere."""
    asked: dict[str, int] = {}

    def answer(state: str, _payload: object) -> object:
        lines = script.get(state, [CONCLUSIONS[state]])
        asked[state] = asked.get(state, 0) + 1
        return scripted(lines[min(asked[state], len(lines)) - 1])

    return answer


def scripted(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a script says, or fail where it says so."""
    if "raises" in said:
        raise TaskFailure(said["raises"], "as scripted")
    return said


def _outcomes() -> Iterator[Case]:
    for state, outcomes in OUTCOMES.items():
        for outcome, next_state in outcomes.items():
            answer = {"outcome": outcome, "severity": "high", "wait_seconds": 1}
            yield Case(
                name=f"{state} answers {outcome}",
                state=state,
                next_state=next_state,
                script=_script(state, [answer]),
                expected_payload=_told(next_state, outcome),
            )
    yield Case(
        name="Triage finds it critical",
        state="Triage",
        next_state="PageHuman",
        script=_script("Triage", [{"outcome": "investigate", "severity": "critical"}]),
        expected_payload={"kind": "critical"},
    )
    yield Case(
        name="PageHuman has told them",
        state="PageHuman",
        next_state="InvestigateStep",
        script=_script("PageHuman", []),
    )


def _defaults() -> Iterator[Case]:
    for state in OUTCOMES:
        for name, answer in (("nonsense", {"outcome": "nonsense"}), ("no outcome", {})):
            yield Case(
                name=f"{state} answers {name}",
                state=state,
                next_state="Escalate",
                script=_script(state, [answer]),
                expected_payload={"reason": "unknown"},
            )


def _failures() -> Iterator[Case]:
    for state in FUNCTION_OF:
        if state == "RecordAgentFailure":
            continue
        yield Case(
            name=f"{state} fails for good",
            state=state,
            next_state="RecordAgentFailure",
            script=_script(state, []) | {state: [{"raises": "ProgrammingMistake"}]},
            expected_payload={"operation": "record_failure", "state": state},
        )
    yield Case(
        name="a failure passes",
        state="InvestigateStep",
        next_state="ProposeRemediation",
        script={"InvestigateStep": [{"raises": "Hiccup"}, {"outcome": "found"}]},
    )
    yield Case(
        name="not even the failure can be recorded",
        state="RecordAgentFailure",
        next_state="FailureNotRecorded",
        script=_script("RecordAgentFailure", [])
        | {"RecordAgentFailure": [{"raises": "ProgrammingMistake"}]},
    )


def _entries() -> Iterator[Case]:
    for state in RESUMABLE:
        yield Case(
            name=f"resumes at {state}", state="Begin", next_state=state, script={}, resume=state
        )
    yield Case(
        name="resumes at a state there is not",
        state="Begin",
        next_state="Escalate",
        script={},
        resume="Nowhere",
        expected_payload={"reason": "unknown"},
    )


def _script(state: str, answers: list[dict[str, Any]]) -> Script:
    return _LEADS_TO.get(state, {}) | {state: [*answers, CONCLUSIONS[state]]}


def _told(next_state: str, outcome: str) -> dict[str, Any]:
    if next_state == "Escalate":
        return {"operation": "escalate", "reason": outcome}
    if next_state == "CloseIncident":
        return {"operation": "close", "reason": outcome}
    function, operation = FUNCTION_OF.get(next_state, ("", None))
    return {"operation": operation} if function and operation else {}
