"""What a chat template can do, found out by letting it render a small conversation."""

from __future__ import annotations

from itertools import product

from tunedesk.engine.template.messages import NativeForm, native, read_turns
from tunedesk.engine.template.renderer import Renderer, TemplateRefusalError
from tunedesk.engine.tool_text import ToolCall, split_reply

_CALL = ToolCall("probe_call", '{"probe_key": "probe value"}')
_FUNCTION = {
    "name": "probe_call",
    "description": "probe description",
    "parameters": {"type": "object", "properties": {"probe_key": {"type": "string"}}},
}
_ASKED = {"role": "user", "content": "probe question"}
_CALLED = {"name": _CALL.name, "arguments": _CALL.arguments_json}
_TURNS = read_turns(
    [
        _ASKED,
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "probe0001", "type": "function", "function": _CALLED}],
        },
        {"role": "tool", "tool_call_id": "probe0001", "content": "probe result"},
        {"role": "assistant", "content": "probe answer"},
    ]
)


def native_form(render: Renderer) -> NativeForm | None:
    """How the template wants its tools; None if it has no place for them.

    A template whose calls could not be read back from a reply counts as having none: its model
    would be trained to calls that no client ever sees.
    """
    for as_text, empty in product((False, True), (None, "")):
        form = NativeForm(as_text, empty)
        if _shows_tools(render, form):
            return form
    return None


def takes_system(render: Renderer) -> bool:
    """Whether a system message is shown, not refused or dropped."""
    messages = [{"role": "system", "content": "probe rule"}, _ASKED]
    try:
        return "probe rule" in render(messages, generation_prompt=True)
    except TemplateRefusalError:
        return False


def _shows_tools(render: Renderer, form: NativeForm) -> bool:
    shown = native(_TURNS, [_FUNCTION], form)
    try:
        text = render(shown.messages, shown.tools, generation_prompt=False)
    except TemplateRefusalError:
        return False
    told = all(part in text for part in ("probe description", "probe result", "probe answer"))
    return told and "None" not in text and _CALL in split_reply(text)[1]
