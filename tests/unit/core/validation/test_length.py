"""Rows longer than a model reads: the cut, and what is lost by it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.dataset_rows import assistant, chat, preference, raw, user
from tunedesk.core.validation import Target, check_row
from tunedesk.core.validation.length import over_long_rows


class Words:
    """Counts words, so that the numbers can be seen: no overhead for messages."""

    def count(self, text: str) -> int:
        return len(text.split())

    def conversation(self, messages: Any) -> int:
        return sum(self.count(message["content"]) for message in messages)

    def trained(self, messages: Any) -> int:
        return sum(
            self.count(m["content"])
            for m in messages
            if m["role"] == "assistant" and m.get("weight") != 0
        )


def words(n: int) -> str:
    return "word " * n


CASES = {
    "exactly as long": (chat(user(words(90)), assistant(words(10))), None),
    "cut in the reply": (
        chat(user(words(90)), assistant(words(30))),
        ("warning", "$.messages[1]", 120, 20, 30),
    ),
    "cut in the question": (
        chat(user(words(101)), assistant(words(30))),
        ("error", "$.messages[0]", 131, 30, 30),
    ),
    "cut between replies": (
        chat(user("a"), assistant(words(50)), user(words(60)), assistant(words(7))),
        ("warning", "$.messages[2]", 118, 7, 57),
    ),
    "only what is not taught is lost": (
        chat(user("a"), assistant("b"), user(words(200)), assistant("c", weight=0)),
        ("warning", "$.messages[2]", 203, 0, 1),
    ),
    "a completion": (
        raw({"prompt": words(60), "completion": words(60)}),
        ("warning", "$.completion", 120, 20, 60),
    ),
    "the longer answer of a pair": (
        preference(
            input={"messages": [user(words(90))]},
            preferred_output=[assistant("short")],
            non_preferred_output=[assistant(words(40))],
        ),
        ("warning", "$.non_preferred_output[0]", 130, 30, 40),
    ),
    "a broken row is not counted": (b'{"messages": [' + b"x" * 500, None),
}


@pytest.mark.parametrize("row,expected", CASES.values(), ids=CASES.keys())
def test_the_cut(row: bytes, expected: Any) -> None:
    found = [i for i in check_row(row, 4, Target("a-model", 100, Words())) if i.code == "over_long"]
    if expected is None:
        assert found == []
        return
    (issue,) = found
    keys = ("tokens", "lost", "taught")
    told = (issue.severity, issue.path, *(issue.params[key] for key in keys))
    assert told == expected
    assert issue.row == 4
    assert f"about {issue.params['tokens']} tokens, but a-model reads 100" in issue.message


def test_without_a_target_no_row_is_too_long() -> None:
    assert check_row(chat(user(words(50_000)), assistant()), 1) == []


def test_rows_over_a_limit_by_their_counts() -> None:
    assert over_long_rows([5, 11, 10, 12], 10) == [1, 3]
