"""Tool calls told apart from text: nothing of a call is ever shown as text."""

from __future__ import annotations

import pytest

from tunedesk.engine.api.chat_calls import CallWatch

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
