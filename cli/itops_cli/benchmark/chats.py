"""How long a question takes that is answered without a model, over 24 hours of recordings."""

import time
from statistics import median
from typing import Any

from itops_cli.api import Api
from itops_cli.chat.recorded import recorded_chat
from itops_cli.investigation.silence import logs_silenced
from itops_core.settings import bundled
from itops_core.workflow.chatting import Question
from local_cloud import sandbox
from local_cloud.address import Address
from local_cloud.sandbox.recording import recorded_scenario
from local_cloud.sandbox.scenario import slugs

_SHOP = ("payment-oom", "bad-deploy-5xx", "pool-never-given-back")
_DEPLOYED, _PIPELINE = "pipeline-throttled-table", "customer-etl"
_REPEATS = 15
_FREE = ("errors of the last 24 hours", "what changed?", "are failures increasing?")
_HOURS = 24
_BAR_SECONDS = 1.0


def answering() -> dict[str, Any]:
    """Return the time of questions about named pipelines, and of free ones, over 24 hours."""
    named: list[float] = []
    free: list[float] = []
    calls: list[int] = []
    with logs_silenced():
        for scenario in (*_platforms(), *_SHOP):
            recording = recorded_scenario(scenario)
            chat = recorded_chat(recording)
            pipelines = [one.entry_id for one in recording.catalog if one.kind == "pipeline"]
            for name in pipelines:
                asked = Question(message="why did it fail?", pipeline_name=name, hours_back=_HOURS)
                took, looked = _timed(chat.ask, asked)
                named.append(took)
                calls.append(looked)
            free += [_timed(chat.ask, Question(message=text))[0] for text in _FREE]
            chat.close()
    return {
        "questions": len(named) + len(free),
        "tokens": 0,
        "tool_calls_most": max(calls),
        "named_pipeline_seconds": _spread(named),
        "free_question_seconds": _spread(free),
        "bar_seconds": _BAR_SECONDS,
        "over_the_bar": sum(one > _BAR_SECONDS for one in named),
    }


def asking(address: Address, api: Api, timeout: float) -> dict[str, Any]:
    """Return how long a deployed chat takes over 24 hours, from the request until the answer.

    A bare call of the same API, and of a function that only looks, are measured in between: on
    a machine with other work, what those take is what the machine takes.
    """
    sandbox.inject(address, _DEPLOYED)
    deadline = time.monotonic() + timeout
    while not _asked(api)[1]["evidence"] and time.monotonic() < deadline:
        pass
    taken, bare = list[float](), list[float]()
    calls = 0
    for _ in range(_REPEATS):
        began = time.perf_counter()
        api.get("/incidents", limit=1)
        bare.append(time.perf_counter() - began)
        took, turn = _asked(api)
        taken.append(took)
        calls = max(calls, int(turn["calls"]))
    return {
        "questions": _REPEATS,
        "tool_calls_most": calls,
        "seconds": _spread(taken),
        "bare_request_seconds": _spread(bare),
        "beside_a_bare_request": round(median(taken) / median(bare), 1),
        "bar_seconds": _BAR_SECONDS,
    }


def _asked(api: Api) -> tuple[float, dict[str, Any]]:
    """Ask why the pipeline failed; return how long it took, and what came of it."""
    question = {
        "message": "why did it fail?",
        "pipeline_name": _PIPELINE,
        "hours_back": _HOURS,
        "wait_seconds": 20,
    }
    began = time.perf_counter()
    turn = api.post("/chat", question)
    while turn["status"] == "thinking":
        told = api.get(f"/conversations/{turn['conversation_id']}")
        turn = told["turns"][turn["turn"] - 1]
    answer = turn["answer"] or {}
    return time.perf_counter() - began, {
        "evidence": answer.get("evidence"),
        "calls": turn["tool_calls"],
    }


def _platforms() -> list[str]:
    known = slugs(bundled("scenarios"))
    return [one for one in known if one.startswith("pipeline-")]


def _timed(ask: Any, question: Question) -> tuple[float, int]:  # noqa: ANN401
    began = time.perf_counter()
    turn = ask(question)
    return time.perf_counter() - began, turn.tool_calls


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median": round(median(ordered), 3),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 3),
        "worst": round(ordered[-1], 3),
    }
