"""All rules of one row."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, islice
from typing import Any

from tunedesk.core.issues import Issue
from tunedesk.core.rows import Format, RowError, format_of, parse_row
from tunedesk.core.validation import chat, completion, preference
from tunedesk.core.validation.fast import clean_messages
from tunedesk.core.validation.findings import Finding, Findings, Rule, error, kind
from tunedesk.core.validation.length import Cut, Target, cut_finding, cut_of, may_be_over
from tunedesk.core.validation.row_bytes import Unreadable, byte_order_mark, read
from tunedesk.core.validation.values import (
    check_values,
    duplicate_keys,
    is_plain,
    too_deep,
    too_deep_at,
)

MAX_FINDINGS = 100  # a row: a million broken messages are said as well by a hundred

RULES: Mapping[Format, tuple[Rule, ...]] = {
    Format.CHAT: chat.RULES,
    Format.COMPLETION: completion.RULES,
    Format.PREFERENCE: preference.RULES,
}


def check_row(raw: bytes, row: int, target: Target | None = None) -> list[Issue]:
    """What is wrong with a row, whatever its bytes; [] if nothing is. `row` counts from 1.

    With a target also whether the row is longer than its model reads.
    """
    issues = [] if clean_messages(raw) is not None else check_slowly(raw, row)[0]
    return issues if target is None else [*issues, *check_length(raw, row, target)]


def check_length(raw: bytes, row: int, target: Target) -> list[Issue]:
    """Whether, where and with what loss the target's model cuts the row; [] if it does not."""
    cut = cut_of_row(raw, target)
    if cut is None:
        return []
    return [cut_finding(cut, target.model, target.limit_tokens).at_row(row)]


def cut_of_row(raw: bytes, target: Target) -> Cut | None:
    """Where the target's model cuts the row; None if it does not, or nothing can be read."""
    if not may_be_over(raw, target):
        return None
    try:
        return cut_of(parse_row(raw), target)
    except RowError:
        return None


def check_slowly(raw: bytes, row: int) -> tuple[list[Issue], Any]:
    """The issues by every rule, and the row's value (None if it cannot be used)."""
    issues = [finding.at_row(row) for finding in byte_order_mark(raw)]
    try:
        value = read(raw, row)
        findings = _check_value(value, raw)
    except Unreadable as unreadable:
        return [*issues, unreadable.finding.at_row(row)], None
    issues += [finding.at_row(row) for finding in islice(findings, MAX_FINDINGS)]
    if next(findings, None) is not None:
        issues.append(_more().at_row(row))
    return issues, value


def _check_value(value: Any, raw: bytes) -> Findings:
    """Every rule on a row that was read. Raises Unreadable for one nested too deeply to check."""
    if is_plain(value, raw):
        return _check_structure(value)
    if (path := too_deep_at(value)) is not None:
        raise Unreadable(too_deep(path))
    return chain(_check_structure(value), check_values(value), duplicate_keys(raw))


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
            "The line is {kind}, but every line must be one JSON object.",
            'Write the example as {"messages": […]}.',
            kind=kind(value),
        )
        return
    yield error(
        "missing_messages",
        "$",
        'The example has no "messages", nor the keys of a completion or a preference pair, so '
        "nothing can be learned from it.",
        'Put the conversation under the key "messages".',
    )


def _more() -> Finding:
    return error(
        "more_issues",
        "$",
        "More is wrong with this row; only the first {most} findings are listed.",
        "Mend these first, or delete the row.",
        most=MAX_FINDINGS,
    )
