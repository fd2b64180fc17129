"""Rows of datasets for tests: valid by default, broken where a test says so."""

from __future__ import annotations

import json
from typing import Any

Message = dict[str, Any]


def raw(value: object) -> bytes:
    """A value as one row."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def user(content: Any = "How far is the Moon?", **keys: Any) -> Message:
    return {"role": "user", "content": content, **keys}


def assistant(content: Any = "About 384,400 km.", **keys: Any) -> Message:
    return {"role": "assistant", "content": content, **keys}


def call(call_id: str = "call_1", name: str = "measure", arguments: Any = "{}") -> Message:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def tool(name: str = "measure", **keys: Any) -> Message:
    return {"type": "function", "function": {"name": name, "parameters": {}, **keys}}


def chat(*messages: Any, **keys: Any) -> bytes:
    """A chat row: one question and its answer unless messages are given."""
    return raw({"messages": list(messages or (user(), assistant())), **keys})


def preference(**keys: Any) -> bytes:
    """A preference pair; a key given as None is left out."""
    row = {
        "input": {"messages": [user()]},
        "preferred_output": [assistant("384,400 km.")],
        "non_preferred_output": [assistant("Far.")],
        **keys,
    }
    return raw({key: value for key, value in row.items() if value is not None})


def numbered_chats(n_rows: int) -> list[bytes]:
    """Rows that differ in prompt and reply."""
    return [chat(user(f"Question {i}?"), assistant(f"Answer {i}.")) for i in range(n_rows)]
