"""A preference row as a person sees it: one prompt, two answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tunedesk.core.json_edit import PathError, with_value
from tunedesk.core.messages import content_text, role_of
from tunedesk.core.row_keys import with_inner_messages, with_row_key, with_swapped
from tunedesk.core.rows import RowError, parse_row

Answer = Literal["preferred_output", "non_preferred_output"]
ANSWERS: tuple[Answer, Answer] = ("preferred_output", "non_preferred_output")


class PairAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is where the text stands; "" where it is missing or not one plain text, which a text
    box must not replace."""

    text: str
    path: str


class PairRow(msgspec.Struct, frozen=True, kw_only=True):
    prompt: list[dict[str, Any]]
    preferred: PairAnswer
    other: PairAnswer


def pair_of(raw: bytes) -> PairRow:
    """The parts of a preference row. Raises RowError if they are not there as lists of objects."""
    value = parse_row(raw)
    asked = value.get("input") if isinstance(value, Mapping) else None
    prompt = asked.get("messages") if isinstance(asked, Mapping) else None
    if not isinstance(prompt, list) or not all(isinstance(m, dict) for m in prompt):
        raise RowError("the row has no input with a list of messages")
    return PairRow(
        prompt=prompt,
        preferred=_answer(value, "preferred_output"),
        other=_answer(value, "non_preferred_output"),
    )


def with_pair_prompt(raw: bytes, messages: list[dict[str, Any]]) -> bytes:
    """The row with another prompt. Raises PathError."""
    return with_inner_messages(raw, "input", messages)


def with_answer(raw: bytes, which: Answer, text: str) -> bytes:
    """The row with another text as this answer; a missing answer is added. Raises PathError."""
    answer = _answer(parse_row(raw), which)
    if answer.path:
        return with_value(raw, answer.path, text)
    if parse_row(raw).get(which):
        raise PathError(f"{which} is not one plain text")
    return with_row_key(raw, which, [{"role": "assistant", "content": text}])


def with_answers_swapped(raw: bytes) -> bytes:
    """The row with the answers in each other's place. Raises PathError."""
    return with_swapped(raw, *ANSWERS)


def _answer(value: Mapping[str, Any], which: Answer) -> PairAnswer:
    found = value.get(which)
    listed = found if isinstance(found, list) else []
    for index in range(len(listed) - 1, -1, -1):
        if role_of(listed[index]) == "assistant":
            content = listed[index].get("content")
            path = f"$.{which}[{index}].content" if isinstance(content, str) else ""
            return PairAnswer(text=content_text(content), path=path)
    return PairAnswer(text="", path="")
