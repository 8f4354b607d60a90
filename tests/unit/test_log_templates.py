"""Lines with the same pattern share a group, and others do not."""

import random
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitoring_server.analysis.log_templates import LogLine, compare, mine

_START = datetime(2031, 5, 1, tzinfo=UTC)
_USERS = ("ann", "bert", "carla", "dana", "emil", "fritz", "gita", "hugo")
_STATES = ("UP", "DOWN", "DEGRADED", "UNKNOWN")

_HEADERS: dict[str, Callable[[int], str]] = {
    "syslog": lambda n: f"May  1 10:00:{n % 60:02d} web-{n % 3} shopd[{n}]: ",
    "phone": lambda n: f"05-01 10:00:{n % 60:02d}.123  {n}  {n + 1} I ShopManager: ",
    "log4j": lambda n: f"2031-05-01 10:00:{n % 60:02d},123 INFO [pool-{n % 4}] com.acme.Shop: ",
    "python": lambda n: f"2031-05-01 10:00:{n % 60:02d},123 - acme.shop - INFO - ",
    "pipes": lambda n: f"20310501-10:00:{n % 60:02d}:123|Shop_{n % 2}|{n}|",
    "columns": lambda n: f"2031-05-01 10:00:{n % 60:02d}, Info                  SHOP   ",
    "glog": lambda n: f"I0501 10:00:{n % 60:02d}.123456 {n} shop.cc:{n % 9}] ",
    "epoch": lambda n: (
        f"- {1935396000 + n} 2031.05.01 rack{n % 5} May 1 10:00:00 rack{n % 5} s[1]: "
    ),
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("name", _HEADERS)
def test_lines_are_grouped_by_pattern_under_any_header(name: str) -> None:
    messages = [
        text
        for n in range(40)
        for text in (
            f"user {_USERS[n % 8]} logged in from 10.0.0.{n}",
            f"opened session {n} after {n * 3} ms",
            f"closed session {n} after {n * 3} ms",
        )
    ]

    mined = mine(_HEADERS[name](n) + text for n, text in enumerate(messages))

    assert mined.groups == (0, 1, 2) * 40
    assert mined.templates[0] == "user <*> logged in from <*>"


def test_json_lines_are_grouped_by_their_message() -> None:
    lines = [f'{{"at": {n}, "message": "order {n} paid", "shop": "{n % 3}x"}}' for n in range(9)]

    assert mine([*lines, '{"message": "order lost", "at": 3}']).groups == (*(0,) * 9, 1)


def test_states_that_return_all_the_time_do_not_become_variables() -> None:
    mined = mine(f"link {n % 7} changed state to {_STATES[n % 4]}" for n in range(400))

    assert len(mined.templates) == 4


def test_verbs_in_front_do_not_become_variables() -> None:
    verbs = ("Opening", "Closing", "Reading", "Deleting")

    assert len(mine(f"{verb} the file" for verb in verbs * 20).templates) == 4


def test_a_user_who_dominates_does_not_keep_a_pattern_of_their_own() -> None:
    lines = [f"Failed password for root from 10.0.0.{n}" for n in range(300)]

    mined = mine([*lines, *(f"Failed password for {user} from 10.0.0.1" for user in _USERS)])

    assert set(mined.groups) == {0}


def test_names_that_always_change_together_are_two_variables() -> None:
    pairs = [(f"{a}{b}", f"{b}{a}host") for a in _USERS[:4] for b in _USERS[4:]]

    mined = mine(f"user {user} moved home to {host} at last" for user, host in pairs)

    assert list(mined.templates.values()) == ["user <*> moved home to <*> at last"]


def test_names_of_files_and_classes_need_little_evidence() -> None:
    mined = mine(f"deleting lock {name} now" for name in ("a.lock", "b.lock", "cache.tmp"))

    assert set(mined.groups) == {0}


def test_two_words_are_no_evidence_of_a_variable() -> None:
    assert mine(["disk full", "disk empty"] * 50).groups == (0, 1) * 50


def test_every_line_has_a_group_whatever_it_holds() -> None:
    odd = ["", " ", "\x00\xff\ufffd", "<*> <*>", "{" * 9000, "a: " * 9000, "é" * 10, "5"]

    mined = mine(odd)

    assert len(mined.groups) == len(odd)
    assert set(mined.groups) == set(mined.templates)


def test_a_line_of_fifty_megabytes_is_cut() -> None:
    assert mine(["x" * 50_000_000, "y"]).templates[0] == "x" * 500


@pytest.mark.parametrize("words", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_memory_stays_bounded_when_no_line_is_like_another(words: int) -> None:
    chance = random.Random(7)  # noqa: S311 - test lines, not secrets
    vocabulary = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(2000)]
    lines = (" ".join(chance.choices(vocabulary, k=words)) for _ in range(20_000))

    tracemalloc.start()
    try:
        mined = mine(lines)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(mined.groups) == 20_000
    assert peak < 128 * 2**20


def test_many_names_are_one_variable_even_when_they_are_too_many_to_keep() -> None:
    chance = random.Random(7)  # noqa: S311 - test lines, not secrets
    names = ("".join(chance.choices("abcdefgh", k=8)) for _ in range(15_000))

    assert len(mine(f"user {name} logged in twice" for name in names).templates) == 1


def _lines(message: str, count: int, stream: str = "s") -> list[LogLine]:
    return [LogLine(f"{message} {n}", _START + timedelta(minutes=n), stream) for n in range(count)]


def test_a_pattern_that_the_baseline_lacks_is_new_with_its_first_line() -> None:
    found = compare(_lines("disk full on", 3, "task-1"), _lines("order paid", 50))

    (change,) = found.new
    assert (change.template, change.count, change.baseline_count) == ("disk full on <*>", 3, 0)
    assert change.example == LogLine("disk full on 0", _START, "task-1")
    assert (change.first_at, change.last_at) == (_START, _START + timedelta(minutes=2))


def test_a_pattern_that_no_longer_comes_has_vanished_unless_it_was_rare() -> None:
    found = compare(_lines("tick", 9), [*_lines("tick", 9), *_lines("beat", 50), *_lines("ad", 3)])

    assert [change.template for change in found.vanished] == ["beat <*>"]


@pytest.mark.parametrize(("count", "explodes"), [(100, True), (29, False), (12, False)])
def test_a_pattern_explodes_where_it_comes_far_more_often(count: int, explodes: bool) -> None:
    found = compare(_lines("retry of", count), _lines("retry of", 10))

    assert bool(found.exploding) == explodes


def test_a_longer_window_is_allowed_more_lines() -> None:
    assert not compare(_lines("retry of", 100), _lines("retry of", 10), scale=10).exploding


@pytest.mark.parametrize(("window", "baseline"), [((), ()), ((LogLine("a"),), (LogLine("a"),))])
def test_nothing_changes_between_windows_that_are_alike(
    window: Sequence[LogLine], baseline: Sequence[LogLine]
) -> None:
    found = compare(window, baseline)

    assert (found.new, found.vanished, found.exploding) == ((), (), ())


def test_examples_and_the_number_of_changes_are_bounded() -> None:
    letters = "abcdefgh"
    lines = [LogLine(f"{a} {b} " + "word " * 900) for a in letters for b in letters]

    found = compare([LogLine("\x1b[31m" + "y" * 9000)], lines * 6)

    assert len(found.new[0].example.message) <= 500
    assert "\x1b" not in found.new[0].example.message
    assert len(found.vanished) <= 50
