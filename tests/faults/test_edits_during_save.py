"""D1 and D9 for edits made while the file is written: the file has none of them, a crash at any
moment loses none and does none twice, and undoing everything gives the first bytes."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.any_edit import any_edit, random_content
from tests.support.projects import run
from tunedesk.core.edits import RowEdit
from tunedesk.services.dataset.keeper import DatasetKeeper, open_keeper
from tunedesk.services.work.background import Lane
from tunedesk.store.atomic import AtomicFile
from tunedesk.store.backups import Backups
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

N_SEQUENCES = 30
N_SAVES = 3
Rows = list[bytes]


async def _open(folder: Path) -> DatasetKeeper:
    backups = Backups(folder / "backups")
    return await open_keeper(Lane("test"), folder / "rows.jsonl", folder / "1.journal", backups)


class Desk:
    """A dataset that is edited at every step of a save; copies of the folder as a crash there would
    leave it, each with the states that may be found in it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder / "desk", chance
        self.folder.mkdir()
        self.original = b"".join(
            random_content(chance) + chance.choice([b"\n", b"\r\n"])
            for _ in range(chance.randint(1, 9))
        )
        (self.folder / "rows.jsonl").write_bytes(self.original)
        self.states: list[Rows] = []
        self._undo: list[RowEdit] = []
        self._floor = 0  # the state that is in file and journal for sure
        self.crashes: list[tuple[str, Path, int, int]] = []
        self.keeper: DatasetKeeper | None = None

    async def work(self) -> None:
        keeper = await _open(self.folder)
        self.keeper, self.states = keeper, [list(keeper.file.rows())]
        for _ in range(N_SAVES):
            self.edit(self.chance.randint(0, 5))
            began = len(self.states) - 1
            await keeper.save()
            on_disk = DatasetFile.open(self.folder / "rows.jsonl")
            assert list(on_disk.rows()) in self.states[began:]
            on_disk.close()
            await self.edit_and_crash("after the save")
        assert list(keeper.file.rows()) == self.states[-1]
        self.keeper = None  # hands off
        redos = [keeper.apply(edit) for edit in reversed(self._undo)]
        await keeper.save()
        assert (self.folder / "rows.jsonl").read_bytes() == self.original
        for edit in reversed(redos):
            keeper.apply(edit)
        assert list(keeper.file.rows()) == self.states[-1]
        await keeper.close()

    def edit(self, n_edits: int) -> None:
        """Some edits; a third of them undo one that was not undone yet."""
        assert self.keeper is not None
        for _ in range(n_edits):
            if self._undo and self.chance.random() < 0.35:
                self.keeper.apply(self._undo.pop())
            else:
                self._undo.append(self.keeper.apply(any_edit(self.chance, len(self.keeper))))
            self.states.append(list(self.keeper.file.rows()))

    async def edit_and_crash(self, where: str) -> None:
        """In the loop's thread, as a person's hands; the journal has it all before the crash."""
        assert self.keeper is not None
        self.edit(self.chance.randint(0, 3))
        await self.keeper._lane.run(lambda: None)
        self._floor = len(self.states) - 1
        self.crash(where)

    def crash(self, where: str) -> None:
        """As the folder is now."""
        copy = self.folder.with_name(f"crash-{len(self.crashes)}")
        shutil.copytree(self.folder, copy, ignore=shutil.ignore_patterns("backups"))
        self.crashes.append((where, copy, self._floor, len(self.states)))

    async def judge(self, seed: int) -> None:
        for where, copy, floor, n_states in self.crashes:
            found = await _open(copy)
            rows = list(found.file.rows())
            assert rows in self.states[floor:n_states], f"seed {seed}, killed {where}"
            assert not found.stale_edits, f"seed {seed}, killed {where}"
            await found.close()


def _meddle(monkeypatch: pytest.MonkeyPatch, of: type, name: str, desk: Desk) -> None:
    """Edits and a crash before and after this step of a save."""
    real: Callable[..., Any] = getattr(of, name)

    def act(on: object, when: str) -> None:
        where, keeper = f"{when} {name}", desk.keeper
        if keeper is None or (isinstance(on, AtomicFile) and on.target.name != "rows.jsonl"):
            return
        if isinstance(on, Journal):  # nobody can edit and wait for it here
            desk.crash(where)
        else:
            hands = desk.edit_and_crash(where)
            asyncio.run_coroutine_threadsafe(hands, keeper._loop).result(30)

    def step(self: object, *args: object) -> object:
        act(self, "before")
        done = real(self, *args)
        act(self, "after")
        return done

    monkeypatch.setattr(of, name, step)


@pytest.mark.parametrize("seed", range(N_SEQUENCES))
def test_an_edit_at_any_moment_of_a_save_is_done_once(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, random.Random(seed))
    with monkeypatch.context() as meddling:
        for of, name in (
            (AtomicFile, "finish"),
            (AtomicFile, "replace"),
            (DatasetFile, "_adopt"),
            (Journal, "mark_saving"),
            (Journal, "reset"),
        ):
            _meddle(meddling, of, name, desk)
        run(desk.work())
    run(desk.judge(seed))
