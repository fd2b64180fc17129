"""Rules of completion rows: {"prompt", "completion"}, both text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.validation.blank import is_blank
from tunedesk.core.validation.findings import Findings, Rule, child, error, kind, warning

_KEYS = ("prompt", "completion")


def unknown_keys(row: Mapping[str, Any], path: str) -> Findings:
    """Services refuse a row with any other key."""
    for key in row:
        if key not in _KEYS:
            yield error(
                "unknown_key",
                child(path, key),
                "A completion row has only prompt and completion; services refuse other keys.",
                "Remove the key.",
            )


def texts_present(row: Mapping[str, Any], path: str) -> Findings:
    """Both keys are there and hold text."""
    for key in _KEYS:
        if key not in row:
            yield error(
                f"missing_{key}",
                child(path, key),
                "The row has no {key}, so it is no example.",
                'Add "{key}" with a text.',
                key=key,
            )
        elif not isinstance(row[key], str):
            yield error(
                "content_type",
                child(path, key),
                "The {key} is {kind}, but must be a text.",
                "Write it as a text in double quotes.",
                key=key,
                kind=kind(row[key]),
            )


def texts_not_empty(row: Mapping[str, Any], path: str) -> Findings:
    """An empty completion teaches silence; an empty prompt is merely odd."""
    completion = row.get("completion")
    if isinstance(completion, str) and is_blank(completion):
        yield error(
            "empty_reply",
            child(path, "completion"),
            "The completion is empty, so the model would learn to say nothing.",
            "Write the completion, or delete the row.",
        )
    prompt = row.get("prompt")
    if isinstance(prompt, str) and is_blank(prompt):
        yield warning(
            "empty_message",
            child(path, "prompt"),
            "The prompt is empty; the model would learn to say this out of nothing.",
            "Write the prompt, or delete the row.",
        )


RULES: tuple[Rule, ...] = (unknown_keys, texts_present, texts_not_empty)
