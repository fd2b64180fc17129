"""Rules on what a message says: its content, of text or of parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.messages import content_text, is_trained, role_of
from tunedesk.core.validation.blank import is_blank
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
    if "content" in message:
        yield error(
            "missing_content",
            child(path, "content"),
            "The message has null as its content, so there is nothing to read or to learn.",
            "Write the content as a text.",
        )
    else:
        yield error(
            "missing_content",
            child(path, "content"),
            "The message has no content, so there is nothing to read or to learn.",
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
        "The content is {kind}, but must be a text or a list of parts.",
        "Write it as a text in double quotes.",
        kind=kind(content),
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
    if not isinstance(content, str | list) or role == "tool" or not is_blank(content_text(content)):
        return
    if role == "assistant" and says_something(message):
        return
    yield _empty_reply(path) if is_trained(message) else _empty_message(path)


def image_count(row: Mapping[str, Any], path: str) -> Findings:
    """Services take at most ten pictures an example. A rule of chat rows."""
    messages = row.get("messages")
    n_images = sum(map(_n_images, messages if isinstance(messages, list) else ()))
    if n_images > MAX_IMAGES:
        yield warning(
            "too_many_images",
            child(path, "messages"),
            "The example has {n} pictures; services take at most {most} and skip the row "
            "otherwise.",
            "Remove pictures, or make several examples of it.",
            n=n_images,
            most=MAX_IMAGES,
        )


def _n_images(message: object) -> int:
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _part(part: object, path: str, allowed: frozenset[str]) -> Findings:
    if not isinstance(part, dict):
        yield error(
            "bad_part",
            path,
            "The content part is {kind}, but must be an object with a type.",
            'Write it as {"type": "text", "text": "…"}.',
            kind=kind(part),
        )
        return
    part_type = part.get("type")
    if not isinstance(part_type, str) or part_type not in allowed:
        yield error(
            "bad_part_type",
            child(path, "type"),
            "The content part's type is {type}; this role takes {types}.",
            "Use one of these types.",
            type=quoted(part_type),
            types=", ".join(sorted(allowed)),
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
                "The part's {key} is {kind}, but must be a text.",
                "Write it as a text in double quotes.",
                key=part_type,
                kind=kind(value),
            )
    elif not isinstance(value, dict):
        yield error(
            "bad_part",
            child(path, part_type),
            "The part's {key} is {kind}, but must be an object.",
            'Write it as {"type": "{key}", "{key}": {…}}.',
            key=part_type,
            kind=kind(value),
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
)
