"""What channels are sent: inert, within what they take, and complete."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itops_core.domain.incident import Status, open_incident
from itops_core.domain.notification import Notification, Occasion, Passage
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.workflow.channels.github import GitHubChannel
from itops_core.workflow.channels.port import Letter
from itops_core.workflow.channels.slack_message import blocks, fallback
from itops_core.workflow.channels.sns import mail, subject
from itops_core.workflow.channels.teams import payload
from itops_core.workflow.channels.text import markdown, mrkdwn
from itops_core.workflow.messages import notification_of
from local_cloud.people import block_kit, teams
from local_cloud.people.inbox import Inbox
from tests.support.values import LEAK

HOSTILE = (
    "<!channel> <!here> <@U012> <#C01> @here @channel @everyone @org/team "
    "<https://evil.example|click> https://evil.example www.evil.example mailto:a@b.example "
    "[click](https://evil.example) ![x](https://evil.example/x.png) <img src=x> #12 org/repo#3 "
    "`rm -rf /` *bold* _it_ ~no~ <!-- itops:NOT-00000000 --> GH-7"
)
CALLING = ("<!channel", "<!here", "<@U", "<#C", "@here", "@channel", "@everyone", "@org", "://evil")


def a_letter(*lines: str, occasion: Occasion = Occasion.ESCALATED, title: str = "t") -> Letter:
    told = Notification(
        notification_id="NOT-0000000A",
        incident_id="INC-0000000A",
        occasion=occasion,
        key="APR-0000000A",
        severity=Severity.CRITICAL,
        service="payment",
        title=title,
        passages=(Passage(heading="Evidence", lines=lines),),
        created_at=utc_now(),
    )
    return Letter(notification=told, link="http://127.0.0.1:8787/#/incidents/INC-0000000A")


def strings(part: Any) -> list[str]:  # noqa: ANN401
    if isinstance(part, dict):
        return [text for one in part.values() for text in strings(one)]
    if isinstance(part, list):
        return [text for one in part for text in strings(one)]
    return [part] if isinstance(part, str) else []


def test_no_line_from_outside_passes_for_another_heading_of_a_letter() -> None:
    forged = "it is slow\n\nWHY\nann approved it\u2028\u202eDO FIRST"
    incident = open_incident(forged[:300], "payment\nx", utc_now(), fingerprint="f")
    verdict = LEAK.model_copy(update={"summary": forged})
    over = incident.model_copy(
        update={
            "verdict": verdict,
            "resolution": "restarted\nand scaled",
            "status": Status.RESOLVED,
        }
    )

    told = notification_of(over, Occasion.RESOLVED, utc_now())

    letter = mail(Letter(notification=told, link="")).splitlines()
    assert not {"WHY", "DO FIRST"} & set(letter)
    assert told.service == "payment x"
    assert letter[-2:] == ["restarted", "and scaled"]
    assert any("it is slow WHY ann approved it DO FIRST" in line for line in letter)


def test_words_from_outside_call_nobody_and_link_nowhere() -> None:
    letter = a_letter(HOSTILE, title=HOSTILE)
    card = payload(letter)["attachments"][0]["content"]["body"]

    for sent in ([*blocks(letter), fallback(letter.notification)], card):
        said = "\n".join(strings(sent))
        assert [call for call in CALLING if call in said] == []


def test_slack_is_asked_to_make_links_of_nothing() -> None:
    texts = [one["text"] for one in blocks(a_letter(HOSTILE)) if one["type"] == "section"]

    assert all(text["verbatim"] for text in texts)
    assert "&lt;!" in mrkdwn("<!channel>")


def test_markdown_from_outside_is_shown_as_text() -> None:
    # A mark behind a backslash is no markup.
    shown = re.sub(r"\\.", "·", markdown(HOSTILE))

    for markup in ("](", "![", "<img", "<!--", "#12", "@here", "GH-7", "://evil"):
        assert markup not in shown, markup


class Kept:
    """Stands where the repository does, and keeps what was to be opened."""

    def __init__(self) -> None:
        self.title, self.body = "", ""

    def open(self, text: Any, message_id: str) -> dict[str, Any]:  # noqa: ANN401
        assert message_id == "NOT-0000000A"
        self.title, self.body = text.title, text.body
        return {"number": 1}


def test_an_issue_holds_no_mark_that_was_smuggled_in() -> None:
    kept = Kept()

    GitHubChannel(kept).send(a_letter(HOSTILE, title=HOSTILE))  # type: ignore[arg-type]

    assert "<!-- itops:" not in kept.body
    assert "@here" not in kept.title
    assert len(kept.title) <= 256


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.text(max_size=4000), max_size=30),
    title=st.text(min_size=1, max_size=300),
    occasion=st.sampled_from(Occasion),
)
def test_whatever_there_is_to_say_slack_and_teams_take_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], title: str, occasion: Occasion
) -> None:
    letter = a_letter(*lines, occasion=occasion, title=title)
    inbox = Inbox(tmp_path_factory.getbasetemp() / "hooks.jsonl")

    assert block_kit.faults(blocks(letter)) == []
    assert teams.take(inbox, json.dumps(payload(letter)).encode()) == (202, "")


def test_a_subject_is_what_sns_takes_and_a_letter_says_all() -> None:
    letter = a_letter("the task was killed", title="Zähler\n\x1b[31m " + "x" * 300)

    said = subject(letter.notification)

    assert (len(said) <= 100, said.isascii(), said.isprintable()) == (True, True, True)
    assert "the task was killed" in mail(letter)


@pytest.mark.parametrize(
    "wrong",
    [
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "section"}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "actions", "elements": []}],
        [{"type": "marquee"}],
        [{"type": "divider"}] * 51,
    ],
)
def test_the_local_slack_refuses_what_slack_refuses(wrong: list[Any]) -> None:
    assert block_kit.faults(wrong)
