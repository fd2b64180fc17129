"""Findings of the app's rules in OpenAI's words, so that a program that reads them still can."""

from __future__ import annotations

import json
import re
from json.decoder import JSONDecodeError
from typing import NamedTuple

from tunedesk.core.issues import Issue, Severity

FILE_FORMAT = "invalid_file_format"
INVALID_FILE = "invalid_training_file"
UNSUPPORTED = "unsupported_content"

# The engine keeps such text as text (the trainer says so in an event), so it need not refuse it.
_ACCEPTED = frozenset({"special_token", "more_issues"})
_UNREADABLE = frozenset(
    {"bom", "utf16", "nul_byte", "invalid_utf8", "invalid_json", "deep_nesting", "huge_number"}
    | {"not_finite", "duplicate_key"}
)
_OUTPUTS = ("preferred_output", "non_preferred_output")
_MISSING_KEYS = {
    f"missing_{key}": key for key in ("messages", "prompt", "completion", "input", *_OUTPUTS)
}
_PLACE = re.compile(
    r"\$\.(?P<group>input\.messages|messages|preferred_output|non_preferred_output)"
    r"\[(?P<index>\d+)\]"
)
_LAST_KEY = re.compile(r'(?:\.([A-Za-z_]\w*)|\[("(?:[^"\\]|\\.)*")\])$')
_GROUPS = {"messages": "message", "input.messages": "input message"}
_OLD_KEYS = {
    "preferred_completion": "preferred_output",
    "non_preferred_completion": "non_preferred_output",
}


class Refusal(NamedTuple):
    """Why an example is refused; `text` begins with "Example N"."""

    code: str
    text: str


def first_refusal(issues: list[Issue], raw: bytes) -> Refusal | None:
    """The finding that the engine refuses an example for, what is no JSON first; None if none."""
    errors = [
        issue
        for issue in issues
        if issue.severity is Severity.ERROR and issue.code not in _ACCEPTED
    ]
    errors.sort(key=lambda issue: issue.code not in _UNREADABLE)
    return _worded(errors[0], raw) if errors else None


def place(path: str, number: int) -> str:
    """The place of a finding, such as "Example 4, message 2"; both count from 1."""
    found = _PLACE.match(path)
    if not found:
        return f"Example {number}"
    group = _GROUPS.get(found["group"], f"{found['group']} message")
    return f"Example {number}, {group} {int(found['index']) + 1}"


def _worded(issue: Issue, raw: bytes) -> Refusal:
    where = place(issue.path, issue.row)
    if issue.code in _UNREADABLE:
        return _unreadable(issue, raw)
    if issue.code in ("unknown_key", "unknown_message_key", "old_preference_keys"):
        return _extra_key(where, _last_key(issue.path))
    if issue.code == "missing_role":
        return Refusal(INVALID_FILE, f"{where} Discriminator 'role' is missing in value")
    if issue.code == "not_object":
        return Refusal(FILE_FORMAT, f"{where} is not a dictionary.")
    if issue.code in _MISSING_KEYS:
        return Refusal(FILE_FORMAT, f"{where} is missing key '{_MISSING_KEYS[issue.code]}'")
    return Refusal(INVALID_FILE, f"{where}: {issue.message}")


def _extra_key(where: str, key: str) -> Refusal:
    hint = f" (HINT: it is named '{_OLD_KEYS[key]}')" if key in _OLD_KEYS else ""
    return Refusal(FILE_FORMAT, f"{where} contains an extra {json.dumps(key)}{hint}.")


def _unreadable(issue: Issue, raw: bytes) -> Refusal:
    reason = _syntax(raw) if issue.code == "invalid_json" else issue.message
    text = f"Example {issue.row} cannot be parsed. Error: line contains invalid json: {reason}"
    return Refusal(FILE_FORMAT, f"{text} (line {issue.row})")


def _syntax(raw: bytes) -> str:
    try:
        json.loads(raw)
    except JSONDecodeError as error:
        return str(error)
    return "it cannot be read"


def _last_key(path: str) -> str:
    found = _LAST_KEY.search(path)
    assert found is not None
    return found[1] or str(json.loads(found[2]))
