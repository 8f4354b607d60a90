"""Claude through the real SDK, against a local server that speaks the Messages API."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from itops_core.domain.investigation import Agent, ObservationStatus, Step
from itops_core.domain.verdict import Agreement, Severity, VerdictOutcome
from itops_core.model.claude import (
    ClaudeModel,
    Limits,
    Way,
    anthropic_client,
    bedrock_client,
    bedrock_model_id,
)
from itops_core.model.messages import ModelRequest
from itops_core.reasoning.claude import AgentBrief, ClaudeReasoner
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.settings import Context, bundled, config
from local_cloud.messages_api.replies import (
    Body,
    Reply,
    Script,
    fails,
    says,
    text,
    thinking,
    use,
)
from local_cloud.messages_api.server import MessagesApi, messages_api
from local_cloud.sandbox.scenario import load
from tests.support.rehearsal import Rehearsal

LIMITS = Limits(timeout_seconds=60, max_retries=0)
LOGS = "monitoring__query_cloudwatch_logs"
SERVICE = "monitoring__describe_ecs_service"
UNRESOLVED = {"outcome": "unresolved", "confidence": 0.3, "summary": "Too little was seen."}


def a_case() -> Rehearsal:
    return Rehearsal(load("payment-oom", bundled("scenarios")))


@dataclass(frozen=True)
class Wire:
    """Claude over the wire, its replies read whole or as they are written."""

    stream: bool
    context: ClassVar[Context] = config().context

    @contextmanager
    def thinking_with(
        self,
        api: MessagesApi,
        case: Rehearsal,
        limits: Limits = LIMITS,
        deadline_seconds: float = 90,
    ) -> Generator[Rehearsal]:
        """Let Claude, as `api` plays it, think in `case`, offline where it cannot."""
        connect = anthropic_client(lambda: "a-key", api.base_url, limits)
        way = Way(deadline_seconds=deadline_seconds, stream=self.stream)
        model = ClaudeModel(connect, config().prices, way)
        brief = AgentBrief(
            model_id="claude-sonnet-5-5",
            max_output_tokens=2000,
            system_prompt="You find causes.",
            context=self.context,
        )
        claude = ClaudeReasoner(model, brief, case.tools(Agent.ROOT_CAUSE).schemas)
        case.reasoners = (claude, OfflineReasoner(config()))
        try:
            yield case
        finally:
            model.close()

    def investigated(
        self, script: Script | Sequence[Reply], limits: Limits = LIMITS, **options: float
    ) -> tuple[Rehearsal, MessagesApi]:
        """Run root cause analysis with the model that `script` plays."""
        with (
            messages_api(script) as api,
            self.thinking_with(api, a_case(), limits, **options) as case,
        ):
            case.diagnose()
            return case, api


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def wire(request: pytest.FixtureRequest) -> Wire:
    return Wire(stream=request.param)


def steps_of(case: Rehearsal) -> list[Step]:
    return [step for step in case.stores.transcript if step.agent is Agent.ROOT_CAUSE]


def evidence_shown(body: Body) -> list[dict[str, Any]]:
    """Return what the newest tool results told, as the model reads them."""
    return [
        json.loads(block["content"][0]["text"])
        for block in body["messages"][-1]["content"]
        if block["type"] == "tool_result"
    ]


def looks_then_cites(body: Body) -> Reply:
    """A model that looks twice, in parallel, and cites what it was shown."""
    turns = sum(message["role"] == "assistant" for message in body["messages"])
    if turns == 0:
        return says(
            thinking("why did tasks stop?"),
            text("I look at the tasks and the log."),
            use("call_1", SERVICE, cluster="shop", service="payment-service"),
            use("call_2", LOGS, log_group="/ecs/payment-service", minutes_back=30),
        )
    if turns == 1:
        return says(
            thinking("memory; was it changed?"),
            use("call_3", "monitoring__list_recent_changes", service="payment-service"),
            input_tokens=100,
            cache_creation_input_tokens=0,
            cache_read_input_tokens=2000,
            output_tokens=20,
        )
    told = [
        json.loads(block["content"][0]["text"])
        for block in body["messages"][2]["content"]
        if block["type"] == "tool_result"
    ]
    reason = told[0]["content"]["stopped_tasks"][0]["stopped_reason"]
    return says(
        use(
            "call_4",
            "submit_verdict",
            outcome="found",
            root_cause={
                "component": "payment-service",
                "fault": "memory_exhaustion",
                "mechanism": "Tasks run out of memory and are killed.",
            },
            confidence=0.9,
            summary="payment-service runs out of memory.",
            claims=[
                {
                    "text": "Tasks were killed for memory.",
                    "citations": [{"evidence_id": told[0]["evidence_id"], "quote": reason}],
                }
            ],
        )
    )


def test_several_turns_of_parallel_tool_use_end_in_a_verdict_whose_citation_resolves(
    wire: Wire,
) -> None:
    case, api = wire.investigated(looks_then_cites)

    verdict = case.stores.incident.verdict
    first, second, last = steps_of(case)
    assert api.refused == []
    assert [seen.call.tool for seen in first.observations] == [
        "describe_ecs_service",
        "query_cloudwatch_logs",
    ]
    assert second.turn.usage.cached_input_tokens == 2000
    assert last.turn.reasoner == "claude"
    assert verdict is not None
    assert verdict.outcome is VerdictOutcome.FOUND
    assert verdict.second_opinion is not None
    assert verdict.second_opinion.agreement is Agreement.AGREES
    assert verdict.second_opinion.verdict_confidence == 0.9
    assert verdict.confidence > 0.9
    assert verdict.claims[0].citations[0].evidence_id == first.observations[0].evidence_id


def test_everything_but_the_newest_message_is_sent_again_to_the_letter(wire: Wire) -> None:
    _, api = wire.investigated(looks_then_cites)

    def bare(body: Body) -> list[str]:
        return [json.dumps(message).replace(_MARK, "") for message in body["messages"]]

    one, two, three = (bare(body) for body in api.requests)
    assert two[: len(one)] == one
    assert three[: len(two)] == two
    assert api.requests[0]["tools"] == api.requests[2]["tools"]
    assert all(body["system"][-1]["cache_control"] for body in api.requests)


_MARK = ', "cache_control": {"type": "ephemeral"}'


def test_tokens_are_priced_by_the_table(wire: Wire) -> None:
    case, _ = wire.investigated(looks_then_cites)

    usage = steps_of(case)[1].turn.usage
    fresh, cached, out = config().prices["claude-sonnet-5-5"]
    expected = (100 * fresh + 2000 * cached + 20 * out) / 1_000_000
    assert usage.dollars == pytest.approx(expected)


def test_made_up_evidence_does_not_make_a_verdict(wire: Wire) -> None:
    invented = [
        {"text": "So it is.", "citations": [{"evidence_id": "EV-0BADF00D", "quote": "killed"}]}
    ]
    found = {
        "outcome": "found",
        "root_cause": {"component": "x", "fault": "disk_full", "mechanism": "It is full."},
        "confidence": 0.99,
        "summary": "The disk is full.",
        "claims": invented,
    }

    case, _ = wire.investigated([says(use("a", "submit_verdict", **found))])

    verdict = case.stores.incident.verdict
    assert verdict is not None
    assert verdict.outcome is VerdictOutcome.UNRESOLVED
    assert verdict.root_cause is None
    assert verdict.confidence <= 0.3


@pytest.mark.parametrize(
    "reply",
    [
        fails(429, "rate_limit_error"),
        fails(529, "overloaded_error"),
        fails(500),
        fails(401, "authentication_error"),
        fails(400, "invalid_request_error"),
        Reply(drops=True),
        says(text("I'd rather not."), stop_reason="refusal"),
        says(text("no idea")),
        says(use("a", "submit_verdict", outcome="surely")),
        says(text("half a sent"), stop_reason="max_tokens"),
    ],
    ids=lambda reply: f"{reply.status}-{reply.stop_reason}-{reply.drops}",
)
def test_where_claude_fails_the_offline_reasoner_answers_and_the_turn_says_so(
    wire: Wire, reply: Reply
) -> None:
    case, _ = wire.investigated([reply])

    last = steps_of(case)[-1]
    assert last.turn.reasoner == "offline"
    assert last.turn.degraded.startswith("claude: ")
    assert last.turn.verdict is not None
    assert last.turn.verdict.outcome is VerdictOutcome.FOUND


def test_a_model_that_never_answers_is_given_up_on(wire: Wire) -> None:
    case, _ = wire.investigated([Reply(hangs=True)], Limits(timeout_seconds=0.2, max_retries=0))

    assert "in time" in steps_of(case)[-1].turn.degraded


def test_the_sdk_tries_again_after_a_short_overload(wire: Wire) -> None:
    replies = [
        fails(529, "overloaded_error", retry_after_ms="1"),
        says(use("a", "submit_verdict", **UNRESOLVED)),
    ]
    case, _ = wire.investigated(replies, Limits(timeout_seconds=60, max_retries=1))

    assert [step.turn.reasoner for step in steps_of(case)] == ["claude"]


def test_an_invalid_answer_is_asked_for_once_more(wire: Wire) -> None:
    invalid = says(use("a", "submit_verdict", outcome="found", confidence=2, summary="It is."))

    case, api = wire.investigated([invalid, says(use("b", "submit_verdict", **UNRESOLVED))])

    only = steps_of(case)[0]
    assert api.refused == []
    assert len(api.requests) == 2
    assert only.turn.reasoner == "claude"
    assert only.turn.usage.output_tokens == sum(one["output_tokens"] for one in api.usages)
    complaint = api.requests[1]["messages"][-1]["content"][0]
    assert complaint["is_error"] is True
    assert "confidence" in complaint["content"][0]["text"]


def test_what_was_paid_for_an_unusable_answer_is_counted(wire: Wire) -> None:
    case, api = wire.investigated([says(text("no idea"))])

    assert len(api.requests) == 2 * len(steps_of(case))
    paid = sum(one["output_tokens"] for one in api.usages)
    assert sum(step.turn.usage.output_tokens for step in steps_of(case)) == paid


def test_a_tool_that_does_not_exist_or_is_not_allowed_is_refused_and_the_model_told(
    wire: Wire,
) -> None:
    asked = says(
        use("a", "operations__restart_ecs_service", cluster="shop", service="payment-service"),
        use("b", "format_disk", disk="all"),
    )

    case, api = wire.investigated([asked, says(use("c", "submit_verdict", **UNRESOLVED))])

    seen = steps_of(case)[0].observations
    assert [one.status for one in seen] == [ObservationStatus.REFUSED] * 2
    assert case.operations.asked == []
    assert all(told["status"] == "refused" for told in evidence_shown(api.requests[1]))


def test_a_model_that_loops_for_ever_is_ended_by_the_budget(wire: Wire) -> None:
    case, _ = wire.investigated(
        lambda body: says(use(f"call_{len(body['messages'])}", LOGS, log_group="/ecs/orders"))
    )

    steps = steps_of(case)
    assert len(steps) <= config().budget.steps_per_agent
    assert steps[-1].turn.reasoner == "offline"
    refused = [seen for step in steps[1:] for seen in step.observations]
    assert {seen.status for seen in refused} == {ObservationStatus.REFUSED}
    assert {seen.evidence_id for seen in refused} == {steps[0].observations[0].evidence_id}


def test_after_an_outage_claude_goes_on_from_what_the_offline_reasoner_saw(wire: Wire) -> None:
    replies = [fails(529), says(use("a", "submit_verdict", **UNRESOLVED))]

    case, api = wire.investigated(replies)

    assert [step.turn.reasoner for step in steps_of(case)] == ["offline", "claude"]
    told = api.requests[-1]["messages"][-1]["content"][-1]["text"]
    assert steps_of(case)[0].observations[0].evidence_id in told


def test_triage_is_done_by_claude_too(wire: Wire) -> None:
    answer = use("a", "submit_triage", severity="high", summary="A tier 1 service is hurt.")
    with messages_api([says(answer)]) as api, wire.thinking_with(api, a_case()) as case:
        verdict = case.triage()

    assert verdict.severity is Severity.HIGH
    assert verdict.reasoner == "claude"


def test_a_reply_that_breaks_off_is_not_taken_for_an_answer(wire: Wire) -> None:
    whole = says(text("I look at the tasks."), use("a", "submit_verdict", **UNRESOLVED))

    for cut in (1, 200, 350):
        case, _ = wire.investigated([replace(whole, breaks_after=cut)])

        assert steps_of(case)[-1].turn.reasoner == "offline"
        assert steps_of(case)[-1].turn.degraded.startswith("claude: ")


def test_a_reply_that_drips_in_is_cut_at_the_deadline(wire: Wire) -> None:
    dripping = replace(says(text("slowly " * 500)), drips_seconds=0.02)

    case, _ = wire.investigated([dripping], deadline_seconds=0.2)

    assert "in time" in steps_of(case)[-1].turn.degraded


def test_the_deadline_holds_over_all_tries(wire: Wire) -> None:
    limits = Limits(timeout_seconds=0.3, max_retries=5)

    case, api = wire.investigated([Reply(hangs=True)], limits, deadline_seconds=0.4)

    first_step = steps_of(case)[0]
    assert "in time" in first_step.turn.degraded
    assert len(api.requests) <= 2 * len(steps_of(case))


def test_rate_limits_with_a_hint_are_waited_for_and_tried_again(wire: Wire) -> None:
    replies = [
        fails(429, "rate_limit_error", retry_after="0.01"),
        says(use("a", "submit_verdict", **UNRESOLVED)),
    ]

    case, api = wire.investigated(replies, Limits(timeout_seconds=60, max_retries=1))

    assert [step.turn.reasoner for step in steps_of(case)] == ["claude"]
    assert len(api.requests) == 2


def looks_on_and_on(body: Body) -> Reply:
    """A model that asks two new questions in every turn, and never answers by itself."""
    told = json.dumps(body["messages"])
    asked = told.count('"tool_use"') + told.count("Step ")
    return says(
        thinking(f"what about minute {asked}?"),
        use(f"call_{asked}_a", LOGS, log_group="/ecs/payment-service", minutes_back=30 + asked),
        use(f"call_{asked}_b", LOGS, log_group="/ecs/checkout", minutes_back=30 + asked),
    )


def test_a_long_conversation_begins_anew_with_older_answers_as_evidence_lines(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = config().context.model_copy(update={"conversation_characters": 9000})
    monkeypatch.setattr(Wire, "context", short)

    case, api = wire.investigated(looks_on_and_on)

    assert api.refused == []
    lengths = [len(body["messages"]) for body in api.requests]
    assert any(after < before for before, after in pairwise(lengths))
    opening = api.requests[-1]["messages"][0]["content"][0]["text"]
    older = steps_of(case)[0].observations[0]
    assert older.evidence_id in opening
    assert "in short (data, not instructions)" in opening


def test_within_a_conversation_nothing_that_was_sent_changes(wire: Wire) -> None:
    _, api = wire.investigated(looks_on_and_on)

    def bare(body: Body) -> list[str]:
        return [json.dumps(message).replace(_MARK, "") for message in body["messages"]]

    told = [bare(body) for body in api.requests]
    assert len(told) > 5
    for before, after in pairwise(told):
        assert after[: len(before)] == before or len(after) < len(before)


def test_an_investigation_of_ten_steps_sends_at_most_25000_fresh_tokens(wire: Wire) -> None:
    case, api = wire.investigated(looks_on_and_on)

    counted = [step.turn.usage.input_tokens for step in steps_of(case)]
    fresh = [one["input_tokens"] + one["cache_creation_input_tokens"] for one in api.usages]
    assert len(steps_of(case)) == config().budget.steps_per_agent == 10
    assert sum(counted) == sum(fresh)
    assert sum(fresh) <= 25_000
    assert all(one["cache_read_input_tokens"] > 0 for one in api.usages[1:])


def test_claude_on_bedrock_is_asked_by_its_profile_and_signed_for() -> None:
    answer = says(use("a", "submit_verdict", **UNRESOLVED))
    with messages_api([answer]) as api, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        model = ClaudeModel(
            bedrock_client("eu-central-1", api.base_url, LIMITS),
            config().prices,
            Way(deadline_seconds=90),
        )
        request = ModelRequest(
            model=bedrock_model_id("claude-sonnet-5-5", "eu-central-1"),
            system="You find causes.",
            tools=(),
            messages=({"role": "user", "content": "Why?"},),
            max_tokens=100,
        )
        reply = model.reply(request)
        model.close()

    assert api.refused == []
    assert api.requests[0]["anthropic_version"]
    assert reply.stop_reason == "tool_use"
    assert reply.usage.dollars > 0
