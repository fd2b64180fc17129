"""Broken encoding and broken JSON: one reason each, with the place where it is."""

from __future__ import annotations

import pytest

from tests.support.dataset_rows import chat
from tunedesk.core.issues import Issue
from tunedesk.core.validation import check_row

GOOD = chat()
START = b'{"messages": [{"role": "user", "content": "'

CASES: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "blank_line", "empty"),
    "blanks": (b" \t ", "blank_line", "empty"),
    "a mark alone": (b"\xef\xbb\xbf", "blank_line", "empty"),
    "UTF-16": ("{}".encode("utf-16"), "utf16", "UTF-16"),
    "a NUL byte": (START + b"a\x00b", "nul_byte", "Line 4, column 45"),
    "a Latin-1 letter": (START + b"caf\xe9", "invalid_utf8", "Line 4, column 47"),
    "a cut letter": (START + b"\xe0\xb8", "invalid_utf8", "Line 4, column 44"),
    "a bad byte after Thai": (START + "ก".encode() + b"\xff", "invalid_utf8", "column 45"),
    "an encoded surrogate": (START + b"\xed\xa0\x80", "invalid_utf8", "column 44"),
    "cut off in a text": (START + b"How", "invalid_json", "no closing quote"),
    "cut off after": (GOOD[:-1], "invalid_json", f"Line 4, column {len(GOOD)}"),
    "a comma too few": (b'{"a": 1 "b": 2}', "invalid_json", "column 9: a comma"),
    "a comma too many": (b'{"a": [1,]}', "invalid_json", "Line 4, column"),
    "single quotes": (b"{'a': 1}", "invalid_json", "column 2: a key in double quotes"),
    "more after the end": (GOOD + GOOD, "invalid_json", "more text after the end"),
    "a raw tab": (b'{"a": "x\ty"}', "invalid_json", "control character"),
    "a bad escape": (b'{"a": "\\x"}', "invalid_json", "backslash"),
    "words": (b"hello", "invalid_json", "column 1: a value is missing"),
    "200,000 lists": (b"[" * 200_000 + b"]" * 200_000, "deep_nesting", "nested"),
    "200,000 objects": (b'{"a":' * 200_000, "deep_nesting", "nested"),
    "65 lists": (b"[" * 65 + b"]" * 65, "deep_nesting", "more than 64"),
    "NaN": (b'{"messages": NaN}', "not_finite", "NaN"),
    "Infinity": (b'{"messages": [], "x": -Infinity}', "not_finite", "infinite"),
    "a float too large": (b'{"messages": [], "x": 1e999}', "not_finite", "infinite"),
    "a number of 5,000 digits": (b'{"x": ' + b"9" * 5000 + b"}", "huge_number", "digits"),
    "a key twice": (b'{"messages": [], "messages": []}', "duplicate_key", "stands 2 times"),
    "a lone surrogate": (START + b'\\ud83d"}]}', "lone_surrogate", "\\ud83d"),
}


@pytest.mark.parametrize(("row", "code", "words"), CASES.values(), ids=CASES.keys())
def test_fault_is_named_with_its_place(row: bytes, code: str, words: str) -> None:
    found = [issue for issue in check_row(row, 4) if issue.code == code]
    assert len(found) == 1
    assert words in found[0].message


@pytest.mark.parametrize("name", ["a NUL byte", "a Latin-1 letter", "cut off after", "nothing"])
def test_unreadable_row_has_one_issue_only(name: str) -> None:
    assert len(check_row(CASES[name][0], 4)) == 1


def test_byte_order_mark_is_reported_beside_the_rest() -> None:
    assert _codes(check_row(b"\xef\xbb\xbf" + GOOD, 1)) == ["bom"]
    assert _codes(check_row(b"\xef\xbb\xbf" + GOOD[:-1], 1)) == ["bom", "invalid_json"]


def test_column_does_not_count_the_byte_order_mark() -> None:
    marked = check_row(b"\xef\xbb\xbf" + b"{'a': 1}", 1)[-1].message
    assert marked == check_row(b"{'a': 1}", 1)[-1].message


def test_repeated_key_is_found_at_any_depth_and_any_spacing() -> None:
    for colon in (":", " :", ": ", "  : ", "\t:"):
        row = (
            f'{{"messages"{colon}[{{"role"{colon}"user","content"{colon}"a","content"{colon}"b"}},'
        )
        row += f'{{"role"{colon}"assistant","content"{colon}"c"}}]}}'
        found = [(issue.code, issue.path) for issue in check_row(row.encode(), 1)]
        assert found == [("duplicate_key", "$.messages[0].content")], colon


def test_repeated_key_is_found_when_written_with_escapes() -> None:
    row = b'{"messages":[{"role":"user","content":"a","\\u0063ontent":"b"},'
    row += b'{"role":"assistant","content":"c"}]}'
    assert _codes(check_row(row, 1)) == ["duplicate_key"]


def test_64_levels_are_not_too_deep() -> None:
    assert _codes(check_row(b"[" * 63 + b"[1]" + b"]" * 63, 1)) == ["not_object"]


def test_crlf_and_spacing_are_no_faults() -> None:
    assert check_row(b"  " + GOOD + b" \r", 1) == []


def test_messages_never_hold_unprintable_text() -> None:
    row = b'{"messages": [], "\\ud800\\u0000": "\\ud800", "role": "\\u0007"}'
    for issue in check_row(row, 1):
        (issue.path + issue.message + issue.fix).encode("utf-8")
        assert issue.message.isprintable() and issue.path.isprintable()


def _codes(issues: list[Issue]) -> list[str]:
    return [issue.code for issue in issues]


def test_a_row_with_a_thousand_faults_lists_a_hundred_and_says_so() -> None:
    found = _codes(check_row(b'{"messages": [' + b"1, " * 999 + b"1]}", 1))
    assert found == ["message_not_object"] * 100 + ["more_issues"]
