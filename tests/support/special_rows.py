"""Rows of every kind with one text in all that an editor of them shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.dataset_rows import assistant, call, preference, tool, user
from tunedesk.ui.pages.data.special_text import PIECE_CHARS


def chat_row(text: str) -> dict[str, Any]:
    """The text in everything of a chat row that is edited."""
    arguments = json.dumps({"place": text, "kind": text}, ensure_ascii=False)
    properties = {
        "place": {"type": "string", "description": text},
        "kind": {"type": "string", "enum": [text, "other"]},
    }
    parameters = {"type": "object", "properties": properties}
    return {
        "messages": [
            user(text, name=text),
            {"role": "user", "content": [{"type": "text", "text": text}]},
            assistant(None, tool_calls=[call(text, text, arguments), call("2", "x", arguments)]),
            {"role": "tool", "tool_call_id": text, "content": text},
            assistant(None, refusal=text),
            assistant(text),
        ],
        "tools": [tool(text, description=text, parameters=parameters)],
    }


def long_row(text: str) -> dict[str, Any]:
    """The text before and behind the places where a long text is cut in pieces."""
    long = text + "x" * (PIECE_CHARS - len(text)) + text + " y" * PIECE_CHARS + text
    return {"messages": [user(text), assistant(long)]}


def completion_row(text: str) -> dict[str, Any]:
    return {"prompt": text, "completion": text}


def pair_row(text: str) -> dict[str, Any]:
    pair = preference(
        input={"messages": [user(text)]},
        preferred_output=[assistant(text)],
        non_preferred_output=[assistant(text + "!")],
    )
    return dict(json.loads(pair))


ROWS: dict[str, Callable[[str], dict[str, Any]]] = {
    "chat": chat_row,
    "long": long_row,
    "completion": completion_row,
    "pair": pair_row,
}
