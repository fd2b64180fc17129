"""Tool calls in a reply: held back while it streams, told apart from its text at the end."""

from __future__ import annotations

from typing import Any

from tunedesk.engine.tool_text import CALL_OPENING, ToolCall, split_reply
from tunedesk.engine.wire import new_id


class CallWatch:
    """Feed one choice's text, get what may be shown at once: nothing from a call's opening on."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._held = ""

    @property
    def is_holding(self) -> bool:
        """True while some text is kept back."""
        return bool(self._held)

    def feed(self, text: str) -> str:
        """The part that certainly belongs to no call, nor to the space before one."""
        if not self._is_on:
            return text
        self._held += text
        at = self._held.find(CALL_OPENING)
        cut = at if at >= 0 else len(self._held) - _half_opening(self._held)
        cut = len(self._held[:cut].rstrip())
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def finish(self) -> tuple[str, list[dict[str, Any]]]:
        """The text still to be shown, and the calls as OpenAI's objects."""
        content, calls = split_reply(self._held)
        self._held = ""
        return content, [_call_object(call) for call in calls]


def _half_opening(text: str) -> int:
    """Length of the tail that may yet become an opening."""
    lengths = range(min(len(CALL_OPENING) - 1, len(text)), 0, -1)
    return next((n for n in lengths if CALL_OPENING.startswith(text[-n:])), 0)


def _call_object(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_json}
    return {"id": new_id("call_"), "type": "function", "function": function}
