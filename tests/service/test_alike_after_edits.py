"""After any edits a check says what a check of the same rows says that begins from nothing."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, chat, numbered_chats, user
from tests.support.projects import Home, home, project, run, session, write_rows
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    MoveRows,
    SetRow,
    SetRows,
    SetSplit,
    SetSplitRule,
)
from tunedesk.services.check import crew
from tunedesk.services.check.dataset_check import Stage
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.services.project.workspace import Project

WORDS = [f"w{n}" for n in range(60)]
SYSTEMS = [None, "Be brief.", "be  brief", "Be brief!", "Be long."]
N_STEPS = 10


@pytest.mark.parametrize("seed", range(8))
def test_in_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(crew, "_ALONE_BELOW_ROWS", seed % 2 * 100)
    run(_edited(tmp_path, seed, N_STEPS))


def test_in_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_ALONE_BELOW_ROWS", 0)
    monkeypatch.setattr(crew, "IN_THREAD_BELOW_ROWS", 0)
    run(_edited(tmp_path, 100, 2))


def test_rows_that_go_while_rows_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between two parts of the sample, each of which is told."""
    monkeypatch.setattr("tunedesk.services.check.alike_check._SAMPLED_AT_ONCE", 20)

    async def steps() -> None:
        rows = [*numbered_chats(40), *numbered_chats(20)]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            stages: list[Stage] = ["sample", "texts", "alike"]
            sampled: set[int] = set()

            def at(_n_done: int, _n_rows: int) -> None:
                state = data.check_state
                if state is not None and state.stage == "sample":
                    sampled.add(state.n_done)
                if state is not None and stages and state.stage == stages[0]:
                    data.apply(DeleteRows(tuple(range(10))))
                    stages.pop(0)

            await data.check(at)
            assert not stages and len(sampled) > 1
            assert _said(data) == await _said_anew(place, data)

    run(steps())


@pytest.mark.parametrize("n_turns", [1, 2])
def test_rows_that_come_back_as_the_last_are_looked_at(tmp_path: Path, n_turns: int) -> None:
    async def steps() -> None:
        rows = [*numbered_chats(20), *(b"broken %d" % number for number in range(10))]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            gone: list[Edit] = []

            def at(n_done: int, n_rows: int) -> None:
                if n_done == n_rows and not gone:
                    gone.append(data.apply(DeleteRows(tuple(range(20, 30)))))
                    come_back(n_turns)

            def come_back(n_turns: int) -> None:
                if n_turns:
                    asyncio.get_running_loop().call_soon(come_back, n_turns - 1)
                else:
                    data.apply(gone[0])

            await data.check(at)
            assert data.counts().errors == 10

    run(steps())


async def _edited(folder: Path, seed: int, n_steps: int) -> None:
    chance = random.Random(seed)
    rows = [*numbered_chats(12), *_corpus(chance)]
    async with home(folder) as place, project(place) as made:
        data = await _opened(made, folder / "own.jsonl", rows)
        undoing: list[Edit] = []
        try:
            for step in range(n_steps):
                for _ in range(chance.randint(1, 4)):
                    if undoing and chance.random() < 0.3:
                        data.apply(undoing.pop())
                    else:
                        undoing.append(data.apply(_edit(chance, data)))
                await data.check()
                anew = await _said_anew(place, data)
                for ours, wanted in zip(_said(data), anew, strict=True):
                    assert ours == wanted, f"seed {seed}, step {step}"
        finally:
            await data.close()


async def _opened(of: Project, path: Path, rows: list[bytes]) -> DatasetSession:
    return await open_session(of, await of.add_dataset(write_rows(path, rows)))


def _said(data: DatasetSession) -> list[object]:
    states = [data.state(index) for index in range(len(data))]
    return [[str(issue) for issue in data.issues()], states, data.counts(), data.totals()]


async def _said_anew(place: Home, data: DatasetSession) -> list[object]:
    async with project(place, "Anew") as made:
        path = made.folder / "same.jsonl"
        again = await _opened(made, path, [data.row(index) for index in range(len(data))])
        try:
            rule = data.split_rule
            again.apply(SetSplitRule(seed=rule.seed, test_share=rule.test_share))
            for index in data.rows_with_choice():
                again.apply(SetSplit(index=index, split=data.state(index).split))
            await again.check()
            return _said(again)
        finally:
            await again.close()


def _corpus(chance: random.Random) -> list[bytes]:
    rows: list[bytes] = []
    while len(rows) < 40:
        rows.append(_row(chance, rows))
    return rows


def _row(chance: random.Random, rows: list[bytes]) -> bytes:
    """New, or another row with a word changed, or written otherwise, or the same, or broken."""
    if not rows or chance.random() < 0.4:
        asked = " ".join(chance.choices(WORDS, k=8))
        said = [user(asked), assistant(" ".join(chance.choices(WORDS, k=40)))]
        system = chance.choice(SYSTEMS)
        return chat(*([{"role": "system", "content": system}] if system else []), *said)
    like = chance.choice(rows)
    changes = [
        lambda: like.replace(chance.choice(WORDS).encode(), chance.choice(WORDS).encode()),
        lambda: like.replace(chance.choice(WORDS).encode() + b" ", b"new ", 1),
        lambda: like.replace(b"w", b"W").replace(b" ", b"  ", 3),
        lambda: like,
        lambda: like[: len(like) // 2],
    ]
    return chance.choices(changes, [4, 4, 2, 1, 1])[0]()


def _edit(chance: random.Random, data: DatasetSession) -> Edit:
    n_rows = len(data)
    at = chance.randrange(n_rows)
    rows = [data.row(index) for index in range(n_rows)]
    some = sorted(chance.sample(range(n_rows), 5))
    edits: list[Edit] = [
        SetRow(index=at, raw=_row(chance, rows)),
        SetRow(index=at, raw=_row(chance, rows)),
        SetRows(tuple((index, _row(chance, rows)) for index in some)),
        InsertRow(index=at, raw=_row(chance, rows)),
        MoveRows(first=at, count=1, to=chance.randrange(n_rows)),
        SetSplit(index=at, split=chance.choice(["train", "test", "aside"])),
        SetSplitRule(seed=chance.randrange(3), test_share=chance.choice([0.1, 0.5])),
    ]
    if n_rows > 30:
        edits += [DeleteRow(index=at), DeleteRows(tuple(some))]
    return chance.choice(edits)
