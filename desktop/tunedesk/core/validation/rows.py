"""All rules of one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.issues import Issue
from tunedesk.core.rows import Format, format_of
from tunedesk.core.validation import chat, completion, preference
from tunedesk.core.validation.fast import clean_messages
from tunedesk.core.validation.findings import Findings, Rule, error, kind
from tunedesk.core.validation.row_bytes import Unreadable, byte_order_mark, read
from tunedesk.core.validation.values import check_values, duplicate_keys

RULES: Mapping[Format, tuple[Rule, ...]] = {
    Format.CHAT: chat.RULES,
    Format.COMPLETION: completion.RULES,
    Format.PREFERENCE: preference.RULES,
}


def check_row(raw: bytes, row: int) -> list[Issue]:
    """What is wrong with a row, whatever its bytes; [] if nothing is. `row` counts from 1."""
    return [] if clean_messages(raw) is not None else check_slowly(raw, row)[0]


def check_slowly(raw: bytes, row: int) -> tuple[list[Issue], Any]:
    """The issues by every rule, and the row's value (None if it cannot be used)."""
    issues = [finding.at_row(row) for finding in byte_order_mark(raw)]
    try:
        value = read(raw, row)
    except Unreadable as unreadable:
        return [*issues, unreadable.finding.at_row(row)], None
    odd = [*check_values(value)]
    if any(finding.code == "deep_nesting" for finding in odd):  # what follows may recurse
        return [*issues, *(finding.at_row(row) for finding in odd)], None
    found = [*_check_structure(value), *odd, *duplicate_keys(raw)]
    return [*issues, *(finding.at_row(row) for finding in found)], value


def _check_structure(value: Any) -> Findings:
    found = format_of(value)
    if found is Format.UNKNOWN:
        yield from _unknown_format(value)
        return
    for rule in RULES[found]:
        yield from rule(value, "$")


def _unknown_format(value: Any) -> Findings:
    if not isinstance(value, dict):
        yield error(
            "not_object",
            "$",
            f"The line is {kind(value)}, but every line must be one JSON object.",
            'Write the example as {"messages": […]}.',
        )
        return
    yield error(
        "missing_messages",
        "$",
        'The example has no "messages", nor the keys of a completion or a preference pair, so '
        "nothing can be learned from it.",
        'Put the conversation under the key "messages".',
    )
