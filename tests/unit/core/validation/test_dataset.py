"""Rules of a whole file, and the report."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from tests.support.dataset_rows import assistant, chat, numbered_chats, preference, raw, user
from tunedesk.core.issues import Issue
from tunedesk.core.rows import Format
from tunedesk.core.validation import DatasetChecker, check_rows


def test_ten_different_rows_are_clean() -> None:
    report = check_rows(numbered_chats(10))
    assert (report.format, report.n_rows, report.issues) == (Format.CHAT, 10, [])
    assert report.row_tokens is None


def test_nine_rows_are_too_few() -> None:
    report = check_rows(numbered_chats(9))
    assert _found(report.issues) == [(0, "too_few_rows")]
    assert "at least 10 examples, and the file has 9;" in report.issues[0].message


def test_blank_lines_are_rows_but_no_examples() -> None:
    report = check_rows([*numbered_chats(9), b""])
    assert report.n_rows == 10
    assert _found(report.issues) == [(0, "too_few_rows"), (10, "blank_line")]


def test_no_rows_at_all() -> None:
    report = check_rows([])
    assert (report.format, report.n_rows) == (Format.UNKNOWN, 0)
    assert _found(report.issues) == [(0, "empty_file")]


def test_duplicates_name_the_first_of_them() -> None:
    rows = numbered_chats(10)
    report = check_rows([*rows, rows[2], b" " + rows[2], chat(*_reordered("Question 2?"))])
    assert _found(report.issues) == [
        (11, "duplicate_row"),
        (12, "duplicate_row"),
        (13, "duplicate_row"),
    ]
    assert all("same as row 3;" in issue.message for issue in report.issues)


def test_one_prompt_with_other_replies() -> None:
    again = [chat(user("Question 4?"), assistant(text)) for text in ("New.", "Newer.", "New.")]
    report = check_rows([*numbered_chats(10), *again])
    assert _found(report.issues) == [
        (11, "same_prompt_other_reply"),
        (12, "same_prompt_other_reply"),
        (13, "duplicate_row"),
    ]
    assert "same as in row 5" in report.issues[0].message
    assert "same as row 11;" in report.issues[2].message


def test_rows_without_a_prompt_do_not_ask_the_same() -> None:
    nothing = [chat(assistant("One.")), chat(assistant("Two."))]
    nothing += [raw({"prompt": "", "completion": text}) for text in ("Three.", "Four.")]
    codes = {issue.code for issue in check_rows([*numbered_chats(10), *nothing]).issues}
    assert "no_user_message" in codes
    assert "same_prompt_other_reply" not in codes
    again = check_rows([*numbered_chats(10), *nothing, nothing[1]]).issues
    assert (15, "duplicate_row") in _found(again)


def test_rows_with_other_tools_are_no_duplicates() -> None:
    rows = [*numbered_chats(10), chat(user("Question 1?"), assistant("Answer 1."), tools=[])]
    assert _found(check_rows(rows).issues) == [(11, "same_prompt_other_reply")]


def test_pairs_that_differ_in_the_worse_answer_are_no_duplicates() -> None:
    rows = [preference(non_preferred_output=[assistant(f"Bad {i}.")]) for i in range(10)]
    assert {issue.code for issue in check_rows(rows).issues} == {"same_prompt_other_reply"}
    assert check_rows([*rows, rows[0]]).issues[-1].code == "duplicate_row"


def test_mixed_formats_are_said_of_the_odd_rows() -> None:
    rows = [*numbered_chats(10), raw({"prompt": "x", "completion": "y"}), b"[", preference()]
    report = check_rows(rows)
    assert report.format is Format.CHAT
    assert _found(report.issues) == [
        (11, "mixed_formats"),
        (12, "invalid_json"),
        (13, "mixed_formats"),
    ]
    assert "format completion, but most of the file is chat" in report.issues[0].message


def test_report_counts_by_severity() -> None:
    rows = [*numbered_chats(10), b"{", numbered_chats(1)[0]]
    report = check_rows(rows)
    assert (report.n_errors, report.n_warnings) == (1, 1)


def test_checker_says_of_a_row_what_it_shows_by_itself() -> None:
    checker = DatasetChecker()
    assert [checker.add(chat()), checker.add(chat())] == [[], []]
    assert (2, "duplicate_row") in _found(checker.finish().issues)


def test_unreadable_rows_never_repeat_each_other() -> None:
    rows = [*numbered_chats(10), b"{", b"{", b"[[", b"\xff", b"\xff"]
    assert {issue.code for issue in check_rows(rows).issues} == {"invalid_json", "invalid_utf8"}


def test_one_prompt_in_every_row_takes_linear_work() -> None:
    """A comparison of each row with each would take 16 times the lines for 4 times the rows."""
    few, many = _lines_run_for(250), _lines_run_for(1_000)
    assert many < 6 * few


def _lines_run_for(n_rows: int) -> int:
    """Lines of Python that the check runs through: the same number at any load of the machine."""
    rows = [chat(user("Same?"), assistant(str(i))) for i in range(n_rows)]
    n_lines = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal n_lines
        n_lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        report = check_rows(rows)
    finally:
        sys.settrace(before)
    assert report.n_warnings == n_rows - 1
    return n_lines


def _reordered(question: str) -> list[dict[str, str]]:
    return [
        {"content": question, "role": "user"},
        {"content": "Answer 2.", "role": "assistant"},
    ]


def _found(issues: list[Issue]) -> list[tuple[int, str]]:
    return [(issue.row, issue.code) for issue in issues]
