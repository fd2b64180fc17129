"""Rows that are too much alike, as the Data page has them: the words of `tunedesk check`, and leaks
that follow the split."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, chat, numbered_chats, preference, raw, user
from tests.support.projects import home, project, run, session
from tests.unit.core.validation import test_chat_rules, test_other_formats, test_row_bytes
from tunedesk.checking.file_report import report_on
from tunedesk.checking.options import CheckOptions
from tunedesk.checking.sources import opened
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    MoveRows,
    SetRow,
    SetRows,
    SetSplit,
    SetSplitRule,
)
from tunedesk.core.fixes import fixes_of
from tunedesk.core.issues import Issue
from tunedesk.core.validation.catalogue import entries
from tunedesk.services.check import alike_rows, crew
from tunedesk.services.dataset.session import DatasetSession

LONG = (
    "The parcel left the north depot on Monday morning by train, so it should reach you within "
    "three working days unless the weather delays it again, as it did last winter when the roads "
    "over the pass were closed for a week and nothing could be sent at all."
)
ONE = chat(user("Where?"), assistant(LONG))
LIKE_IT = chat(user("Where?!"), assistant(LONG.replace("Monday", "Tuesday")))
ALL_TRAIN = SetSplitRule(seed=1, test_share=0.0)
SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
SPACED = {"role": "system", "content": "You are a helpful  assistant"}
ONLY_IN_A_WHOLE_FILE = (
    "duplicate_row",
    "mixed_formats",
    "near_duplicate",
    "same_prompt_other_reply",
    "spaced_system_prompt",
)
NOT_IN_A_FILE_OF_ROWS = {
    "empty_file",
    "too_few_rows",
    "leak",  # of a split, which a file has not
    "over_long",  # for a model
    "other_encoding",
    "other_format",
    "utf16",
    "missing_…",  # stands for several codes
}


def every_rule() -> list[bytes]:
    """Rows for each rule's tables of cases, and some that only a second look finds."""
    tables = [
        test_chat_rules.ERRORS,
        test_chat_rules.WARNINGS,
        test_other_formats.BROKEN,
        test_row_bytes.CASES,
    ]
    cases = [case[0] for table in tables for case in table.values()]
    systems = [
        chat(system, user(f"S{n}?"), assistant(f"s{n}"))
        for n, system in enumerate([SYSTEM, SYSTEM, SPACED])
    ]
    many_faults = raw({"messages": [{"role": "x"}] * 200})
    again = [ONE, LIKE_IT, numbered_chats(1)[0], chat(user("Question 2?"), assistant("No."))]
    bom = b"\xef\xbb\xbf" + chat(user("b"), assistant("c"))
    rows = [*numbered_chats(400), *cases, *systems, *again, many_faults, bom, preference()]
    return [row for row in rows if b"\n" not in row and b"\r" not in row]


@pytest.mark.parametrize("in_thread", [True, False])
def test_the_page_says_what_the_command_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_thread: bool
) -> None:
    """Every rule, and every word of it; by a thread and by two processes."""
    monkeypatch.setattr(crew, "IN_THREAD_BELOW_ROWS", 10_000 if in_thread else 0)
    monkeypatch.setattr(crew, "_ALONE_BELOW_ROWS", 0)

    async def steps() -> tuple[list[Issue], Path]:
        rows = every_rule()
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            data.apply(ALL_TRAIN)
            await data.check()
            for code in ONLY_IN_A_WHOLE_FILE:
                listed = [issue.row - 1 for issue in data.issues() if issue.code == code]
                assert listed == list(await data.rows_with(code) or ()) != [], code
            assert await data.rows_with("invalid_json") is None
            return data.issues(), data.info.path

    issues, path = run(steps())
    with opened(path) as source:
        report = report_on(source, CheckOptions(max_issues=100_000), tmp_path / "cache")
    told = [issue for issue in report.issues if issue.code != "other_format"]
    assert [str(issue) for issue in issues] == [str(issue) for issue in told]
    folder = Path(crew.__file__).parent.parent / "core" / "validation"
    codes = {entry.code for entry in entries(folder)} - NOT_IN_A_FILE_OF_ROWS
    assert codes <= {issue.code for issue in issues}


def codes_of(data: DatasetSession) -> list[tuple[int, str, object]]:
    return [(issue.row, issue.code, issue.params.get("other")) for issue in data.issues()]


def test_a_leak_follows_the_split_and_its_undoing(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*numbered_chats(12), ONE, LIKE_IT]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            data.apply(ALL_TRAIN)
            await data.check()
            near = (14, "near_duplicate", 13)
            assert codes_of(data) == [near]
            assert (data.state(12).status, data.state(13).status) == ("ok", "warning")
            by_hand = data.apply(SetSplit(index=12, split="test"))
            assert codes_of(data) == [(13, "leak", 14), near]
            assert data.state(12).status == "warning"
            assert data.counts().warnings == 2
            assert list(await data.rows_with("leak") or ()) == [12]
            leak = data.issues_of(12)[0]
            assert "row 14 in the train set" in leak.message
            assert [fix.kind for fix in fixes_of(leak)] == ["train", "aside"]
            data.apply(by_hand)
            assert codes_of(data) == [near]
            assert (data.state(12).status, data.counts().warnings) == ("ok", 1)
            by_bar = data.apply(SetSplitRule(seed=1, test_share=1.0))
            assert codes_of(data) == [near]
            data.apply(SetSplit(index=12, split="train"))
            assert codes_of(data) == [near, (14, "leak", 13)]
            data.apply(by_bar)
            assert codes_of(data) == [near]

    run(steps())


def test_findings_follow_their_rows_and_edits(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*numbered_chats(12), ONE, LIKE_IT]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            data.apply(ALL_TRAIN)
            await data.check()
            data.apply(MoveRows(first=13, count=1, to=0))
            data.apply(SetSplit(index=0, split="test"))
            assert [found[:2] for found in codes_of(data)] == [(1, "near_duplicate"), (1, "leak")]
            await data.check()
            assert codes_of(data) == [(1, "leak", 14), (14, "near_duplicate", 1)]
            put_back = data.apply(SetRow(index=13, raw=numbered_chats(14)[13]))
            assert codes_of(data) == []
            assert data.counts().warnings == 0
            await data.check()
            assert codes_of(data) == []
            data.apply(put_back)
            await data.check()
            assert codes_of(data) == [(1, "leak", 14), (14, "near_duplicate", 1)]
            gone = data.apply(DeleteRows((0,)))
            assert codes_of(data) == [(13, "near_duplicate", 1)]  # until the next check
            await data.check()
            assert codes_of(data) == []
            data.apply(gone)
            data.apply(InsertRow(index=0, raw=ONE))
            data.apply(DeleteRow(index=14))
            await data.check()
            assert codes_of(data) == [(2, "near_duplicate", 1), (2, "leak", 1)]
            data.apply(SetRows(((0, b"{"), (1, LIKE_IT))))
            await data.check()
            assert [found[:2] for found in codes_of(data)] == [(1, "invalid_json")]

    run(steps())


def test_the_spool_lies_in_the_cache_and_goes_with_the_session(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            spools = place.folders.cache / "scratch"
            async with session(made, [*numbered_chats(12), ONE]) as data:
                await data.check()
                assert [path.name for path in spools.glob("*/*.found")] == ["alike-1.found"]
            assert list(spools.iterdir()) == []

    run(steps())


def test_many_rows_with_kin_are_looked_at_soon_and_not_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike_rows, "_FEW_KIN", 0)

    async def steps() -> None:
        rows = [*numbered_chats(12), ONE, LIKE_IT]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            data.apply(ALL_TRAIN)
            await data.check()
            told = asyncio.Event()
            data.subscribe(told.set)
            data.apply(SetSplit(index=12, split="test"))
            while "leak" not in {code for _, code, _ in codes_of(data)}:
                told.clear()
                await told.wait()
            assert data.state(12).status == "warning"

    run(steps())
