"""Which of the known ways of writing an example a value is, by its keys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tunedesk.core.formats.roles import KNOWN_ROLES, OPENAI_ROLES, is_turn


class Shape(StrEnum):
    CHAT = "chat"
    MESSAGE_LIST = "message_list"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    OLD_PREFERENCE = "old_preference"
    SHAREGPT = "sharegpt"
    ALPACA = "alpaca"
    TRL_PREFERENCE = "trl_preference"
    TRL_COMPLETION = "trl_completion"
    RATED = "rated"
    UNKNOWN = "unknown"


SHAPE_WORDS: Mapping[Shape, str] = {
    Shape.CHAT: "OpenAI chat rows",
    Shape.MESSAGE_LIST: "plain lists of messages",
    Shape.COMPLETION: "prompt and completion rows",
    Shape.PREFERENCE: "OpenAI preference pairs",
    Shape.OLD_PREFERENCE: "preference pairs with the old names",
    Shape.SHAREGPT: "ShareGPT conversations",
    Shape.ALPACA: "Alpaca instructions",
    Shape.TRL_PREFERENCE: "TRL preference pairs",
    Shape.TRL_COMPLETION: "TRL prompts and completions as messages",
    Shape.RATED: "single answers with a label, as for KTO",
    Shape.UNKNOWN: "of no known kind",
}
"""English; the window translates these texts."""

EVIDENCE: Mapping[Shape, str] = {
    Shape.CHAT: "they have messages",
    Shape.MESSAGE_LIST: "they are lists of messages",
    Shape.COMPLETION: "they have prompt and completion",
    Shape.PREFERENCE: "they have preferred_output and non_preferred_output",
    Shape.OLD_PREFERENCE: "they have preferred_completion and non_preferred_completion",
    Shape.SHAREGPT: "they have turns by from and value, or roles by other names",
    Shape.ALPACA: "they have instruction and output",
    Shape.TRL_PREFERENCE: "they have chosen and rejected",
    Shape.TRL_COMPLETION: "they have a prompt or completion that is a list of messages",
    Shape.RATED: "they have prompt, completion and a label that is true or false",
    Shape.UNKNOWN: "none of the known keys is there",
}

NATIVE = frozenset({Shape.CHAT, Shape.COMPLETION, Shape.PREFERENCE})
"""Rows that are kept byte for byte."""

TURN_KEYS = ("conversations", "conversation", "messages", "dialogue", "dialog", "turns")
QUESTION_KEYS = ("instruction", "question", "query", "prompt", "user", "input")
ANSWER_KEYS = ("output", "response", "answer", "completion", "reply", "assistant")
OLD_NAMES = {
    "preferred_completion": "preferred_output",
    "non_preferred_completion": "non_preferred_output",
}


def shape_of(value: object) -> Shape:
    """The shape by keys and by what stands under them; UNKNOWN for anything else."""
    if isinstance(value, list):
        is_turns = bool(value) and all(is_turn(item) for item in value)
        return Shape.MESSAGE_LIST if is_turns else Shape.UNKNOWN
    if not isinstance(value, dict):
        return Shape.UNKNOWN
    for shape, fits in _TESTS:
        if fits(value):
            return shape
    return Shape.UNKNOWN


def key_of(value: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of the keys that is there and is not null."""
    for key in keys:
        if value.get(key) is not None:
            return key
    return None


def is_messages(value: object) -> bool:
    """Whether it is a list with objects in it and nothing else."""
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) for m in value)


def _is_preference(value: Mapping[str, Any]) -> bool:
    if "preferred_output" in value or "non_preferred_output" in value:
        return True
    asked = value.get("input")
    return isinstance(asked, dict) and "messages" in asked and not _has_old_names(value)


def _has_old_names(value: Mapping[str, Any]) -> bool:
    return any(key in value for key in OLD_NAMES)


def _is_trl_preference(value: Mapping[str, Any]) -> bool:
    return value.get("chosen") is not None and value.get("rejected") is not None


def _is_chat(value: Mapping[str, Any]) -> bool:
    return "messages" in value and not _has_foreign_turns(value["messages"])


def _has_foreign_turns(turns: object) -> bool:
    """Turns with from and value, or with role names that are another's and not OpenAI's."""
    if not isinstance(turns, list):
        return False
    objects = [turn for turn in turns if isinstance(turn, dict)]
    return any(
        ("role" not in turn and "from" in turn)
        or (_lower(turn.get("role")) in KNOWN_ROLES and turn.get("role") not in OPENAI_ROLES)
        for turn in objects
    )


def _is_sharegpt(value: Mapping[str, Any]) -> bool:
    key = key_of(value, TURN_KEYS)
    if key is None or not isinstance(value[key], list):
        return False
    return not value[key] or any(is_turn(turn) for turn in value[key])


def _is_trl_completion(value: Mapping[str, Any]) -> bool:
    if not set(value) & {"prompt", "completion"}:
        return False
    return is_messages(value.get("prompt")) or is_messages(value.get("completion"))


def _is_rated(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("label"), bool) and {"prompt", "completion"} <= set(value)


def _is_completion(value: Mapping[str, Any]) -> bool:
    return "completion" in value or set(value) == {"prompt"}


def _is_alpaca(value: Mapping[str, Any]) -> bool:
    question, answer = key_of(value, QUESTION_KEYS), key_of(value, ANSWER_KEYS)
    if question is None or answer is None:
        return False
    return not isinstance(value[question], dict | list)


def _lower(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


_TESTS = (
    (Shape.OLD_PREFERENCE, _has_old_names),
    (Shape.PREFERENCE, _is_preference),
    (Shape.TRL_PREFERENCE, _is_trl_preference),
    (Shape.CHAT, _is_chat),
    (Shape.SHAREGPT, _is_sharegpt),
    (Shape.RATED, _is_rated),
    (Shape.TRL_COMPLETION, _is_trl_completion),
    (Shape.COMPLETION, _is_completion),
    (Shape.ALPACA, _is_alpaca),
)
