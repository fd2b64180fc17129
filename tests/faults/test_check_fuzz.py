"""D6: whatever a file holds, checking it ends, each bad line is told by its number and the reason,
and the good lines are left alone; fixing changes nothing that cannot be read."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.support.fuzzed_rows import LINES, must_be_told, mutated
from tunedesk.checking.file_report import FileReport, report_on
from tunedesk.checking.fixing import fix_file
from tunedesk.checking.options import CheckOptions
from tunedesk.checking.sources import Opened, opened
from tunedesk.core.lines import iter_rows
from tunedesk.core.validation import check_row

N_FILES = 10_000
N_BATCHES = 20
THOROUGH_EVERY = 25  # tokens and near-duplicates too
QUICK = CheckOptions(quick=True, max_issues=100_000)
THOROUGH = CheckOptions(max_issues=100_000, model="smollm2")
VOCABULARY = Path(os.environ["TUNEDESK_HOME"]) / "vocabulary"


def checked(content: bytes, options: CheckOptions = QUICK, name: str = "rows.jsonl") -> FileReport:
    source = Opened(name, Path(name), content, os.stat_result((0,) * 10))
    return report_on(source, options, VOCABULARY)


def judge(content: bytes, report: FileReport, hint: str) -> None:
    rows = list(iter_rows(content))
    told = {issue.row: issue for issue in report.issues if issue.severity == "error"}
    if any(issue.code == "other_format" for issue in report.issues if issue.row == 0):
        return
    assert report.n_rows == len(rows), hint
    for number, row in enumerate(rows, 1):
        if must_be_told(row):
            assert number in told, f"{hint}: line {number} was passed over: {row[:80]!r}"
            assert told[number].message and told[number].fix
        elif row in LINES:
            found = {i.code for i in report.issues if i.row == number}
            assert found <= {"duplicate_row", "mixed_formats", "near_duplicate"}, f"{hint}: {found}"
    assert all(issue.path.startswith("$") for issue in report.issues)


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_fuzzed_files_are_checked_line_by_line(batch: int) -> None:
    for number in range(N_FILES // N_BATCHES):
        seed = f"{batch}.{number}"
        content = mutated(random.Random(seed))
        options = THOROUGH if number % THOROUGH_EVERY == 0 else QUICK
        judge(content, checked(content, options), f"seed {seed}")


@pytest.mark.parametrize("batch", range(4))
def test_fixing_fuzzed_files_changes_nothing_that_cannot_be_read(
    batch: int, tmp_path: Path
) -> None:
    for number in range(50):
        seed = f"fix {batch}.{number}"
        content = mutated(random.Random(seed))
        (tmp_path / "in.jsonl").write_bytes(content)
        with opened(tmp_path / "in.jsonl") as source:
            fix_file(source, tmp_path / "out.jsonl")
        before, after = content.split(b"\n"), (tmp_path / "out.jsonl").read_bytes().split(b"\n")
        assert len(after) == len(before), f"seed {seed}"
        for old, new in zip(before, after, strict=True):
            if old != new:
                assert not must_be_told(new), f"seed {seed}"
                assert len(check_row(new, 1)) < len(check_row(old, 1)), f"seed {seed}"


NO_JSON = {
    "nothing": b"",
    "a word": b"nul",
    "a trailing comma": b'{"messages": [1,]}',
    "a comma at the end": b'{"a": 1,}',
    "two commas": b'{"a": [1,,2]}',
    "single quotes": b"{'a': 1}",
    "no quotes": b"{a: 1}",
    "a comment": b'{"a": 1} // x',
    "two values": b'{"a": 1}{"a": 2}',
    "a leading zero": b'{"a": 01}',
    "a plus": b'{"a": +1}',
    "a point alone": b'{"a": .5}',
    "a point at the end": b'{"a": 5.}',
    "an exponent of nothing": b'{"a": 1e}',
    "hexadecimal": b'{"a": 0x1F}',
    "NaN": b'{"messages": NaN}',
    "minus infinity": b'{"messages": -Infinity}',
    "too large a number": b'{"messages": [1e999]}',
    "a raw tab": b'{"a": "\t"}',
    "a raw NUL": b'{"a": "\0"}',
    "a bad escape": b'{"a": "\\x41"}',
    "half an escape": b'{"a": "\\u12"}',
    "an open text": b'{"a": "b',
    "an open object": b'{"a": {"b": 1}',
    "an open list": b"[1, 2",
    "one bracket too many": b'{"a": 1}}',
    "a wrong bracket": b'{"a": [1}',
    "a key alone": b'{"a"}',
    "a number as key": b'{1: "a"}',
    "no colon": b'{"a" 1}',
    "a formfeed": b'{"a": 1}\x0c',
    "a no-break space": b'{"a":\xc2\xa01}',
    "an overlong slash": b'{"a": "\xc0\xaf"}',
    "a surrogate as bytes": b'{"a": "\xed\xa0\x80"}',
    "beyond Unicode": b'{"a": "\xf4\x90\x80\x80"}',
    "a lone continuation": b'{"a": "\x80"}',
    "a cut character": b'{"a": "\xe0\xb8"}',
    "a mark in the middle": b'{"a": \xef\xbb\xbf1}',
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a": 1}'.encode("utf-16-le"),
    "UTF-32": '{"a": 1}'.encode("utf-32-be"),
    "a list": b'[{"messages": []}]',
    "a text": b'"messages"',
    "a number": b"-0",
    "200,000 lists": b"[" * 200_000,
    "200,000 lists closed": b'{"messages":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "200,000 objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "a hundred lists": b'{"messages":' + b"[" * 100 + b"]" * 100 + b"}",
    "100,000 digits": b'{"messages": [' + b"7" * 100_000 + b"]}",
    "a key twice": b'{"messages": [], "messages": []}',
    "a lone surrogate": b'{"prompt": "a", "completion": "\\ud800"}',
}


@pytest.mark.parametrize("bad", NO_JSON.values(), ids=NO_JSON.keys())
def test_the_classic_edges_of_json(bad: bytes) -> None:
    """One bad line among good ones: told by its number, and nothing else is."""
    good = LINES[:9] + LINES[10:11]
    report = checked(b"\n".join([*good[:5], bad, *good[5:]]) + b"\n")
    assert {issue.row for issue in report.issues} == {6}
    assert any(issue.severity == "error" for issue in report.issues)
    assert all(len(issue.message) < 600 for issue in report.issues)


FINE_JSON = {
    "any white space": b' \t{"prompt" :\t"a" ,"completion": "b"} \t',
    "an escaped pair": b'{"prompt": "\\ud83c\\udf15", "completion": "b"}',
    "escaped keys": b'{"pr\\u006fmpt": "a", "completion": "\\/\\b\\f"}',
    "the last character": '{"prompt": "\U0010ffff", "completion": "\ufdd0"}'.encode(),
    "line separators": '{"prompt": "a\u2028b\u0085", "completion": "\u2029c"}'.encode(),
    "delete": b'{"prompt": "\x7f", "completion": "b"}',
}


@pytest.mark.parametrize("row", FINE_JSON.values(), ids=FINE_JSON.keys())
def test_odd_json_that_is_right_is_taken(row: bytes) -> None:
    assert check_row(row, 1) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_files_in_wide_encodings(encoding: str) -> None:
    content = b"\n".join(LINES).decode().encode(encoding)
    report = checked(content)
    assert {issue.row for issue in report.issues} >= {0, *range(1, len(LINES) + 1)}
    assert "UTF-" in report.issues[0].message


def test_a_line_of_64_mb() -> None:
    """Good once, broken at its very end once; the column is exact."""
    text = b'{"prompt": "' + b"a" * (64 << 20) + b'", "completion": "b"}'
    assert [issue.code for issue in check_row(text, 1)] == []
    (issue,) = check_row(text[:-1], 2)
    assert (issue.code, issue.params["column"]) == ("invalid_json", len(text))
