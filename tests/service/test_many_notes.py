"""Notes of many rows: kept by prompt, ready before they are asked for, and back after undoing."""

from __future__ import annotations

import asyncio
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.projects import home, project, rows_of, run, session
from tunedesk.core import many
from tunedesk.core.edits import DeleteRows, SetSplitRule, SetSplits, SetTags
from tunedesk.core.rows import prompt_digest
from tunedesk.core.split import assign
from tunedesk.services.dataset import edit_readiness
from tunedesk.services.dataset.prompt_marks import NONE, PromptMarks

many.load()

_CHANGES = st.lists(st.tuples(st.integers(0, 25), st.integers(NONE, 3)), max_size=30)


@given(st.lists(_CHANGES, max_size=4))
def test_marks_of_prompts_are_those_put_last(changes: list[list[tuple[int, int]]]) -> None:
    marks, expected = PromptMarks({3: 1, 20: 2}), {3: 1, 20: 2}
    for change in changes:
        keys, numbers = (array(kind, [c[i] for c in change]) for i, kind in enumerate("Qi"))
        marks.put(keys, numbers)
        expected |= dict(change)
        known = {key: mark for key, mark in expected.items() if mark != NONE}
        assert list(marks.of_all(array("Q", range(26)))) == [known.get(k, NONE) for k in range(26)]
        assert (len(marks), list(marks.keys())) == (len(known), sorted(known))
        assert [marks.of(key) for key in range(26)] == [known.get(k, NONE) for k in range(26)]
        assert list(marks.keys([1])) == sorted(key for key, mark in known.items() if mark == 1)


def test_deleted_rows_come_back_with_what_was_known_of_them(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = [*rows_of(300), b"not json", rows_of(300)[5]]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            opened.apply(SetSplits(range(0, 300, 3), ("test",) * 100))
            before = [opened.state(row) for row in range(300)]
            sums, found = opened.totals(), [issue.code for issue in opened.issues()]
            back = opened.apply(DeleteRows(array("i", range(2, 302))))
            assert (opened.counts().all, opened.totals().tokens) == (2, sum_of(before[:2]))
            opened.apply(back)
            assert opened.totals().tokens == sums.tokens  # nobody has counted them again
            assert [opened.state(row) for row in range(300) if row != 5] == before[:5] + before[6:]
            await opened.check()
            assert [issue.code for issue in opened.issues()] == found
            assert opened.totals() == sums

    run(steps())


def test_rows_come_back_to_the_side_that_another_seed_gives_them(tmp_path: Path) -> None:
    async def steps() -> None:
        rows = rows_of(60)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            await opened.check()
            back = opened.apply(DeleteRows(array("i", range(50))))
            opened.apply(SetSplitRule(seed=9, test_share=0.4))
            opened.apply(back)
            sides = [opened.state(row).split for row in range(60)]
            assert sides == [assign(prompt_digest(row), 9, 0.4) for row in rows]

    run(steps())


def test_notes_of_rows_that_nobody_looked_at_wait_for_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit_readiness, "_QUICK_ROWS", 500)

    async def steps() -> None:
        rows = rows_of(900)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            edit = SetTags(range(900), (("good",),) * 900)
            assert opened.readiness.is_wanted(edit)
            told: list[int] = []
            await opened.readiness.reach(edit, lambda done, _all: told.append(done))
            assert not opened.readiness.is_wanted(edit)
            assert told
            opened.apply(edit)
            assert opened.all_tags() == {"good": 900}

    run(steps())


def test_another_seed_is_drawn_with_beside_the_window_and_undone_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit_readiness, "_QUICK_ROWS", 500)

    async def steps() -> None:
        rows = rows_of(600)
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            checking = asyncio.create_task(opened.check())
            while not opened.is_checked:
                await asyncio.sleep(0.01)
            edit = SetSplitRule(seed=5, test_share=0.3)
            assert opened.readiness.is_wanted(edit)
            await opened.readiness.reach(edit)
            assert not opened.readiness.is_wanted(edit)
            before = opened.rows_of("test")
            back = opened.apply(edit)
            sides = [assign(prompt_digest(row), 5, 0.3) for row in rows]
            assert opened.rows_of("test") == [i for i, side in enumerate(sides) if side == "test"]
            assert not opened.readiness.is_wanted(back)
            opened.apply(back)
            assert opened.rows_of("test") == before
            checking.cancel()
            await asyncio.gather(checking, return_exceptions=True)

    run(steps())


def sum_of(states: list) -> int:
    return sum(state.tokens for state in states)
