"""Rules on what a message says: its content, of text or of parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.messages import content_text, is_trained, role_of
from tunedesk.core.validation.findings import (
    Finding,
    Findings,
    Rule,
    child,
    error,
    kind,
    quoted,
    warning,
)

MAX_IMAGES = 10

_PART_TYPES = {
    "assistant": frozenset({"text", "refusal"}),
    "user": frozenset({"text", "image_url", "input_audio", "file"}),
}
_TEXT_ONLY = frozenset({"text"})


def says_something(message: Mapping[str, Any]) -> bool:
    """Whether an assistant message may be without content: it calls a tool, or refuses."""
    return any(message.get(key) for key in ("tool_calls", "function_call", "refusal"))


def content_present(message: Mapping[str, Any], path: str) -> Findings:
    """Every message has content; an assistant's may be null beside a call or a refusal."""
    if message.get("content") is not None:
        return
    if role_of(message) == "assistant" and says_something(message):
        return
    what = "has no content" if "content" not in message else "has null as its content"
    yield error(
        "missing_content",
        child(path, "content"),
        f"The message {what}, so there is nothing to read or to learn.",
        'Add "content" with a text.',
    )


def content_type(message: Mapping[str, Any], path: str) -> Findings:
    """Content is a text or a list of parts."""
    content = message.get("content")
    if content is None or isinstance(content, str | list):
        return
    yield error(
        "content_type",
        child(path, "content"),
        f"The content is {kind(content)}, but must be a text or a list of parts.",
        "Write it as a text in double quotes.",
    )


def content_parts(message: Mapping[str, Any], path: str) -> Findings:
    """Each part is an object of a type its role may use, with the value that type needs."""
    content = message.get("content")
    if not isinstance(content, list):
        return
    allowed = _PART_TYPES.get(role_of(message), _TEXT_ONLY)
    for index, part in enumerate(content):
        yield from _part(part, child(child(path, "content"), index), allowed)


def content_not_empty(message: Mapping[str, Any], path: str) -> Findings:
    """A taught reply says something; other messages are merely odd when empty."""
    content, role = message.get("content"), role_of(message)
    if not isinstance(content, str | list) or content_text(content).strip() or role == "tool":
        return
    if role == "assistant" and says_something(message):
        return
    yield _empty_reply(path) if is_trained(message) else _empty_message(path)


def image_count(message: Mapping[str, Any], path: str) -> Findings:
    """Services take at most ten pictures an example; counted here by message."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    n_images = sum(isinstance(p, dict) and p.get("type") == "image_url" for p in parts)
    if n_images > MAX_IMAGES:
        yield warning(
            "too_many_images",
            child(path, "content"),
            f"The message has {n_images} pictures; services take at most {MAX_IMAGES} an example "
            "and skip the row otherwise.",
            "Remove pictures, or make several examples of it.",
        )


def _part(part: object, path: str, allowed: frozenset[str]) -> Findings:
    if not isinstance(part, dict):
        yield error(
            "bad_part",
            path,
            f"The content part is {kind(part)}, but must be an object with a type.",
            'Write it as {"type": "text", "text": "…"}.',
        )
        return
    part_type = part.get("type")
    if not isinstance(part_type, str) or part_type not in allowed:
        yield error(
            "bad_part_type",
            child(path, "type"),
            f"The content part's type is {quoted(part_type)}; this role takes "
            f"{', '.join(sorted(allowed))}.",
            "Use one of these types.",
        )
        return
    yield from _part_value(part, part_type, path)


def _part_value(part: Mapping[str, Any], part_type: str, path: str) -> Findings:
    value = part.get(part_type)
    if part_type in ("text", "refusal"):
        if not isinstance(value, str):
            yield error(
                "bad_part",
                child(path, part_type),
                f"The part's {part_type} is {kind(value)}, but must be a text.",
                "Write it as a text in double quotes.",
            )
    elif not isinstance(value, dict):
        yield error(
            "bad_part",
            child(path, part_type),
            f"The part's {part_type} is {kind(value)}, but must be an object.",
            f'Write it as {{"type": "{part_type}", "{part_type}": {{…}}}}.',
        )
    elif part_type == "image_url":
        yield from _image_address(value, child(path, part_type))


def _image_address(value: Mapping[str, Any], path: str) -> Findings:
    url = value.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://", "data:")):
        yield error(
            "bad_image_url",
            child(path, "url"),
            "The picture's address must be a text that begins with https:, http: or data:.",
            "Give the picture's web address, or put the picture in as a data: address.",
        )


def _empty_reply(path: str) -> Finding:
    return error(
        "empty_reply",
        child(path, "content"),
        "The reply is empty, so the model would learn to say nothing.",
        "Write the reply, delete the message, or give it weight 0.",
    )


def _empty_message(path: str) -> Finding:
    return warning(
        "empty_message",
        child(path, "content"),
        "The message is empty; the model would learn to answer nothing at all.",
        "Write the message, or delete it.",
    )


RULES: tuple[Rule, ...] = (
    content_present,
    content_type,
    content_parts,
    content_not_empty,
    image_count,
)
