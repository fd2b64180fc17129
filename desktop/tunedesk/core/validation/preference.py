"""Rules of preference rows: {"input": {"messages"}, "preferred_output", "non_preferred_output"}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.messages import role_of, text_of
from tunedesk.core.plain_text import plain_text
from tunedesk.core.validation import tool_calls
from tunedesk.core.validation.findings import Findings, Rule, child, error, kind, warning
from tunedesk.core.validation.message import check_message

_OUTPUTS = ("preferred_output", "non_preferred_output")
_KEYS = frozenset({"input", *_OUTPUTS})
_OLD_KEYS = {
    "preferred_completion": "preferred_output",
    "non_preferred_completion": "non_preferred_output",
}
_NEW_KEYS = {new: old for old, new in _OLD_KEYS.items()}
_MEDIA = ("image_url", "input_audio", "file")
_INPUT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})


def unknown_keys(row: Mapping[str, Any], path: str) -> Findings:
    """Services refuse any other key, in the row and in its input."""
    holders = [(row, path, _KEYS)]
    if isinstance(row.get("input"), dict):
        holders.append((row["input"], child(path, "input"), _INPUT_KEYS))
    for holder, where, known in holders:
        for key in holder:
            if key not in known and key not in _OLD_KEYS:
                yield error(
                    "unknown_key",
                    child(where, key),
                    "A preference pair has no such key; services refuse the whole file for it.",
                    "Remove the key.",
                )


def old_keys(row: Mapping[str, Any], path: str) -> Findings:
    """An old description called the answers preferred_completion and non_preferred_completion."""
    for old, new in _OLD_KEYS.items():
        if old in row:
            yield error(
                "old_preference_keys",
                child(path, old),
                '"{old}" is an old name; services take "{new}" only and refuse the file.',
                "Use the new name.",
                old=old,
                new=new,
            )


def keys_present(row: Mapping[str, Any], path: str) -> Findings:
    """input and both outputs are there."""
    for key in ("input", *_OUTPUTS):
        if key not in row and _NEW_KEYS.get(key) not in row:
            yield error(
                f"missing_{key}",
                child(path, key),
                'The pair has no "{key}"; a prompt and two answers are needed to learn from it.',
                'Add "{key}".',
                key=key,
            )


def input_shape(row: Mapping[str, Any], path: str) -> Findings:
    """input is an object with at least one message; its last is not the assistant's."""
    if "input" not in row:
        return
    asked, path = row["input"], child(path, "input")
    messages = asked.get("messages") if isinstance(asked, dict) else None
    if not isinstance(messages, list) or not messages:
        yield error(
            "bad_input",
            child(path, "messages"),
            "The input must be an object with a list of at least one message: the prompt.",
            'Write it as {"messages": [{"role": "user", "content": "…"}]}.',
        )
        return
    for index, message in enumerate(messages):
        yield from check_message(message, f"{path}.messages[{index}]")
    for rule in tool_calls.DECLARATION_RULES:
        yield from rule(asked, path)


def input_ends_before_answer(row: Mapping[str, Any], path: str) -> Findings:
    """A prompt that ends with an answer leaves the outputs nothing to answer."""
    asked = row.get("input")
    messages = asked.get("messages") if isinstance(asked, dict) else None
    if isinstance(messages, list) and messages and role_of(messages[-1]) == "assistant":
        yield warning(
            "input_ends_with_assistant",
            f"{path}.input.messages[{len(messages) - 1}]",
            "The input ends with an assistant message, so it is not clear what the two answers "
            "answer.",
            "Move that message into the outputs, or delete it.",
        )


def outputs_shape(row: Mapping[str, Any], path: str) -> Findings:
    """Each output is a list of assistant (and tool) messages with at least one assistant's."""
    for key in _OUTPUTS:
        if key in row:
            yield from _output(row[key], child(path, key))


def outputs_differ(row: Mapping[str, Any], path: str) -> Findings:
    """Two equal answers express no preference."""
    first, second = (row.get(key) for key in _OUTPUTS)
    if isinstance(first, list) and isinstance(second, list) and _texts(first) == _texts(second):
        yield error(
            "same_outputs",
            child(path, "non_preferred_output"),
            "Both answers are the same, so there is no preference to learn.",
            "Change one of the answers, or delete the row.",
        )


def outputs_say_different_things(row: Mapping[str, Any], path: str) -> Findings:
    """Answers that are told apart by commas teach commas."""
    first, second = (row.get(key) for key in _OUTPUTS)
    if not isinstance(first, list) or not isinstance(second, list):
        return
    ours, theirs = _texts(first), _texts(second)
    if ours != theirs and _plain(ours) == _plain(theirs):
        yield warning(
            "outputs_nearly_same",
            child(path, "non_preferred_output"),
            "The two answers differ only in punctuation, spaces or case: there is little to learn.",
            "Change one of the answers, or set the row aside.",
        )


def text_only(row: Mapping[str, Any], path: str) -> Findings:
    """Preference tuning takes no pictures, sounds or files."""
    asked = row.get("input")
    groups = [("input.messages", asked.get("messages") if isinstance(asked, dict) else None)]
    groups += [(key, row.get(key)) for key in _OUTPUTS]
    for where, messages in groups:
        for index, message in enumerate(messages if isinstance(messages, list) else []):
            if _has_media(message):
                yield error(
                    "not_text_only",
                    f"{path}.{where}[{index}].content",
                    "A preference pair may hold text only; services refuse pictures in it.",
                    "Remove the part, or delete the row.",
                )


RULES: tuple[Rule, ...] = (
    unknown_keys,
    old_keys,
    keys_present,
    input_shape,
    input_ends_before_answer,
    outputs_shape,
    outputs_differ,
    outputs_say_different_things,
    text_only,
)


def _output(output: object, path: str) -> Findings:
    if not isinstance(output, list) or not output:
        yield error(
            "bad_output",
            path,
            "The answer is {kind}, but must be a list with an assistant message.",
            'Write it as [{"role": "assistant", "content": "…"}].',
            kind="empty" if output == [] else kind(output),
        )
        return
    for index, message in enumerate(output):
        yield from check_message(message, child(path, index))
        if role_of(message) in ("system", "user", "developer"):
            yield error(
                "bad_output_role",
                child(child(path, index), "role"),
                "An answer holds assistant and tool messages only, not {role}.",
                "Move the message to the input, or delete it.",
                role=role_of(message),
            )
    if all(role_of(message) != "assistant" for message in output):
        yield error(
            "no_assistant_message",
            path,
            "The answer has no assistant message, so there is nothing to compare.",
            "Add the answer as an assistant message.",
        )


def _has_media(message: object) -> bool:
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return any(isinstance(part, dict) and part.get("type") in _MEDIA for part in parts)


def _plain(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(role, plain_text(text)) for role, text in texts]


def _texts(messages: list[Any]) -> list[tuple[str, str]]:
    return [(role_of(message), text_of(message)) for message in messages]
