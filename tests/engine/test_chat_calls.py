"""Tool calls told apart from text: nothing of a call is ever shown as text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine import MODEL_ID, models_folder
from tunedesk.engine.api.chat_calls import CallWatch
from tunedesk.engine.api.chat_request import ChatBody, order_of
from tunedesk.engine.generation.text import TextStream
from tunedesk.engine.models import Servable
from tunedesk.engine.template import ChatTemplate

pytestmark = pytest.mark.engine

CALL = '<tool_call>\n{"name": "look", "arguments": {"at": "sea"}}\n</tool_call>'


def _fed(text: str, *, is_on: bool = True) -> tuple[str, str, list[str]]:
    """What was shown on the way, what at the end, and the names called; a character at a time."""
    watch = CallWatch(is_on=is_on)
    shown = "".join(watch.feed(character) for character in text)
    rest, calls = watch.finish()
    return shown, rest, [call["function"]["name"] for call in calls]


def test_text_before_a_call_is_shown_at_once_and_the_call_never() -> None:
    assert _fed(f"Let me see.\n{CALL}") == ("Let me see.", "", ["look"])
    assert _fed(f"{CALL}\n{CALL}") == ("", "", ["look", "look"])


def test_what_only_looks_like_a_call_is_text_in_the_end() -> None:
    for text in ("a < b <tool", "<tool_call> is a tag", "x \n", "<tool_call>\n{broken"):
        shown, rest, calls = _fed(text)
        assert (shown + rest, calls) == (text, [])


def test_without_tools_everything_is_text() -> None:
    assert _fed(CALL, is_on=False) == (CALL, "", [])


@pytest.mark.parametrize(
    ("asked", "called"),
    [({}, ["look", "look"]), ({"parallel_tool_calls": False}, ["look"])],
)
def test_a_second_call_comes_only_where_it_may(asked: dict[str, Any], called: list[str]) -> None:
    base = models_folder() / MODEL_ID
    tokenizer = ChatTemplate(base).tokenizer
    tools = [{"type": "function", "function": {"name": "look"}}]
    body = ChatBody(MODEL_ID, [{"role": "user", "content": "Look"}], tools=tools, **asked)
    order = order_of(body, Servable(id=MODEL_ID, base_id=MODEL_ID, base_folder=base, adapter=None))
    stream = TextStream(tokenizer, order.stop)
    wanted = tokenizer.encode(f"{CALL}\n{CALL}", add_special_tokens=False).ids
    said = [stream.feed(token) for token in wanted if not stream.stopped]
    shown, rest, calls = _fed("".join(said) + stream.rest())
    assert (shown + rest, calls) == ("", called)
