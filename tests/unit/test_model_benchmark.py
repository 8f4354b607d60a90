"""What a model is sent with the real prompts, tools and recordings."""

from itops_cli.benchmark.model import talking
from itops_core.settings import config


def test_ten_steps_with_the_real_tools_send_at_most_25000_fresh_tokens() -> None:
    told = talking(["payment-oom"])["payment-oom"]

    assert told["refused_requests"] == 0
    assert told["root_cause"]["steps"] == config().budget.steps_per_agent == 10
    assert told["root_cause"]["tool_calls"] == 27
    assert told["root_cause"]["fresh_input_tokens"] <= 25_000
    assert told["root_cause"]["cached_input_tokens"] > told["root_cause"]["fresh_input_tokens"]
    later = told["root_cause_fresh_by_step"][1:]
    assert max(later) < told["root_cause_fresh_by_step"][0]
