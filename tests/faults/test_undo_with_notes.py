"""D9 with what is noted of the rows: undoing everything gives the bytes, the sides and the tags as
they were, redoing everything the final ones; both are there at the next opening. So it is where
edits of many rows are done beside the window, and with those that are cancelled meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, chat, user
from tests.support.projects import home, project, run
from tunedesk.core import orders
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    SetRow,
    SetRows,
    SetSplit,
    SetSplitRule,
    SetSplits,
    SetTags,
)
from tunedesk.services.dataset import bulk_edits
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.project.project import DatasetInfo, Project

N_SEQUENCES = 40
N_BLOCKS = 2
N_EDITS = 50
_PROMPTS = [f"Prompt {n}?" for n in range(9)]  # few: rows that ask the same share their notes
_TAGS = [("blue",), ("blue", "ไทย"), ()]
_SIDES = ["train", "test", "aside", None]


def _row(chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return chance.choice([b"", b"{}", b"\xff\xfe"])
    return chat(user(chance.choice(_PROMPTS)), assistant(f"Reply {chance.randrange(99)}."))


def _some(chance: random.Random, n_rows: int) -> list[int]:
    return sorted(chance.sample(range(n_rows), chance.randint(1, n_rows)))


def _random_edit(chance: random.Random, n_rows: int) -> Edit:
    """Of the file or of what is noted, half and half."""
    if n_rows < 2:
        return InsertRow(n_rows, _row(chance))
    at, some = chance.randrange(n_rows), _some(chance, n_rows)
    shuffled = chance.sample(range(n_rows), n_rows)
    makers: list[Callable[[], Edit]] = [
        lambda: SetRow(at, _row(chance)),
        lambda: SetRow(at, _row(chance)),
        lambda: SetRows(tuple((row, _row(chance)) for row in some)),
        lambda: InsertRow(at, _row(chance)),
        lambda: InsertRows(tuple((at + k, _row(chance), None) for k in range(3))),
        lambda: DeleteRow(at),
        lambda: DeleteRows(tuple(some[: n_rows // 2])),
        lambda: MoveRows(0, 1, at),
        lambda: ReorderRows(orders.packed(shuffled)),
        lambda: SetSplit(at, chance.choice(_SIDES)),
        lambda: SetSplits(some, [chance.choice(_SIDES) for _ in some]),
        lambda: SetSplits(some, [chance.choice(_SIDES)] * len(some)),
        lambda: SetSplitRule(seed=chance.randrange(9), test_share=chance.choice([0, 0.2, 0.5, 1])),
        lambda: SetTags(some, [chance.choice(_TAGS) for _ in some]),
        lambda: SetTags(some, [chance.choice(_TAGS)] * len(some)),
    ]
    return chance.choice(makers)()


def _state(opened: DatasetSession) -> object:
    """Rows, sides and tags as the grid shows them, and the rule of the split."""
    rows = range(len(opened))
    shown = [(opened.row(i), opened.state(i).split, opened.tags(i)) for i in rows]
    return shown, opened.split_rule, opened.counts()


async def _do(opened: DatasetSession, edit: Edit) -> Edit:
    """As the window does: beforehand what takes long, here and there cancelled at first."""
    if not opened.readiness.is_wanted(edit):
        return opened.apply(edit)
    if len(opened) % 3 == 0:
        await _cancelled(opened, edit)
    async with opened.readiness.reached(edit):
        assert opened._beforehand._done is not None
        return opened.apply(edit)


async def _cancelled(opened: DatasetSession, edit: Edit) -> None:
    before = _state(opened)

    async def never() -> None:
        async with opened.readiness.reached(edit):
            raise AssertionError("it was cancelled")

    task = asyncio.create_task(never())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert _state(opened) == before


async def _turned(
    opened: DatasetSession, edits: list[Edit], states: list[object], hint: str
) -> list[Edit]:
    """Do the edits from the last to the first, each giving the state before it; what turns them
    back again."""
    back = []
    for edit, state in zip(reversed(edits), reversed(states), strict=True):
        back.append(await _do(opened, edit))
        assert _state(opened) == state, f"{hint}: {edit}"
    return back


@pytest.mark.parametrize("block", range(N_BLOCKS))
def test_notes_and_rows_go_all_the_way_back_and_forward(
    tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if block % 2:
        monkeypatch.setattr(bulk_edits, "LARGE_ROWS", -1)
        monkeypatch.setattr(bulk_edits, "MANY_ROWS", -1)

    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            for number in range(N_SEQUENCES // N_BLOCKS):
                path = tmp_path / f"{number}.jsonl"
                seed = f"{block}.{number}"
                await _one_sequence(made, path, random.Random(seed), f"seed {seed}")

    run(steps())


async def _one_sequence(made: Project, path: Path, chance: random.Random, seed: str) -> None:
    original = b"".join(_row(chance) + b"\n" for _ in range(chance.randint(2, 12)))
    path.write_bytes(original)
    info = await made.add_dataset(path)
    async with _opened(made, info) as opened:
        for _ in range(3):  # nobody begins with a blank sheet
            opened.apply(SetSplit(0, chance.choice(_SIDES)))
            opened.apply(SetTags([len(opened) - 1], [chance.choice(_TAGS)]))
        states, inverses = [_state(opened)], list[Edit]()
        for number in range(N_EDITS):
            inverses.append(await _do(opened, _random_edit(chance, len(opened))))
            states.append(_state(opened))
            if number == N_EDITS // 2 and chance.random() < 0.5:
                await opened.save()
        redos = await _turned(opened, inverses, states[:-1], f"seed {seed}, back")
        await opened.save()
        assert path.read_bytes() == original, f"seed {seed}"
        await _turned(opened, redos, states[:0:-1], f"seed {seed}, forward")
        await opened.save()
    async with _opened(made, info) as again:
        assert _state(again) == states[-1], f"seed {seed}, at the next opening"


@asynccontextmanager
async def _opened(made: Project, info: DatasetInfo) -> AsyncIterator[DatasetSession]:
    opened = await open_session(made, info)
    try:
        yield opened
    finally:
        await opened.close()
