"""A search of many rows by processes: what it finds, in which order, and how it ends."""

from __future__ import annotations

import asyncio
import multiprocessing
from array import array
from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, chat, user
from tests.support.projects import home, project, run, session
from tunedesk.core.edits import DeleteRows, ReorderRows, SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.core.orders import packed
from tunedesk.services.dataset import find_apart
from tunedesk.services.dataset.finding import Query
from tunedesk.services.dataset.row_view import RowViews, View, ViewWish
from tunedesk.services.work.background import Background

_ROWS = [chat(user(f"Where is parcel {n}?"), assistant(f"In depot {n % 7}.")) for n in range(2_500)]
_EXPRESSION = Query(text=r"depot [35]\.", is_regex=True)


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are many pieces, and what is found is told often."""
    monkeypatch.setattr(find_apart, "_EXPRESSION_ROWS", 60)
    monkeypatch.setattr(find_apart, "_TEXT_ROWS", 60)
    monkeypatch.setattr(find_apart, "_TELL_EVERY_S", 0.001)


def test_what_is_found_comes_in_order_and_is_all_there_is(tmp_path: Path) -> None:
    async def steps() -> None:
        background = Background()
        async with home(tmp_path) as place, project(place) as made, session(made, _ROWS) as opened:
            opened.apply(SetRow(7, chat(user("?"), assistant("depot 3. ใหม่"))))
            opened.apply(DeleteRows(array("i", range(100, 103))))
            opened.apply(ReorderRows(packed([*range(20, len(opened)), *range(20)])))
            views, parts = RowViews(opened, background), list[View]()
            told: list[int] = []
            wish = ViewWish(query=_EXPRESSION)
            view = await views.view(wish, lambda done, _all: told.append(done), parts.append)
            expected = [
                row
                for row in range(len(opened))
                if b"depot 3." in opened.row(row) or b"depot 5." in opened.row(row)
            ]
            assert list(view.rows or ()) == expected
            assert {word for words in view.words.values() for word in words} <= {
                "depot 3.",
                "depot 5.",
            }
            assert all(list(part.rows or ()) == expected[: len(part.rows or ())] for part in parts)
            assert told == sorted(told)
            text = await views.view(ViewWish(query=Query(text="PARCEL 24")))
            assert len(text.rows or ()) == 1 + 10 + 100  # 24, 24x, 24xx
        await background.close()

    run(steps())


def test_a_save_meanwhile_puts_no_row_out_of_sight(tmp_path: Path) -> None:
    async def steps() -> None:
        background = Background()
        async with home(tmp_path) as place, project(place) as made, session(made, _ROWS) as opened:
            opened.apply(SetRow(0, _ROWS[0] + b" " * 500))  # every other row lies elsewhere then
            search = asyncio.create_task(
                RowViews(opened, background).view(ViewWish(query=_EXPRESSION))
            )
            await opened.save()
            view = await search
            assert list(view.rows or ()) == [n for n in range(2_500) if n % 7 in (3, 5)]
        await background.close()

    run(steps())


def test_cancelling_and_an_expression_without_end_leave_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunedesk.services.dataset.find_run.LONGEST_BATCH_S", 0.3)
    rows = [*_ROWS, chat(user("a" * 60), assistant("b"))]

    async def steps() -> None:
        background = Background()
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            views = RowViews(opened, background)
            search = asyncio.create_task(views.view(ViewWish(query=_EXPRESSION)))
            while not multiprocessing.active_children():
                await asyncio.sleep(0.01)
            search.cancel()
            with pytest.raises(asyncio.CancelledError):
                await search
            assert multiprocessing.active_children() == []
            endless = ViewWish(query=Query(text="(a+)+$x", is_regex=True))
            with pytest.raises(TunedeskError) as slow:
                await views.view(endless)
            assert slow.value.code == "find.slow"
            assert multiprocessing.active_children() == []
        await background.close()

    run(steps())
