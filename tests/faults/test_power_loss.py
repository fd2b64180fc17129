"""D3: whatever a power cut takes of what was not synced, the file is whole and no more is lost
than was not yet confirmed."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.support.jsonl_corpus import random_edit
from tests.support.power_loss import RecordedDisk, Tree
from tunedesk.services.dataset.keeper import DatasetKeeper, open_keeper
from tunedesk.services.work.background import Lane
from tunedesk.store.backups import Backups
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

N_STEPS = 26
_PLACES = ("rows.jsonl", "journal/1.journal", "backups")


class Recorded:
    """A dataset edited, synced, saved and opened again, and what was promised after which call."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.path, self.journal_path, self.backups = (folder / name for name in _PLACES)
        self._chance = chance
        self.path.write_bytes(b"".join(b'{"row":%d}\n' % n for n in range(chance.randint(1, 9))))
        for made in (self.journal_path.parent, self.backups):
            made.mkdir()
        self.disk = RecordedDisk(folder)
        self.states: list[list[bytes]] = []
        self.versions = [self.path.read_bytes()]
        self.floors = [(0, 0, 0)]  # from which call on which state and which version is certain

    async def work(self) -> None:
        keeper, lane = await self._open()
        self.states.append(list(keeper.file.rows()))
        for _ in range(N_STEPS):
            match self._chance.choices(("edit", "sync", "save", "reopen"), (12, 2, 3, 1))[0]:
                case "edit":
                    keeper.apply(random_edit(self._chance, len(keeper)))
                    self.states.append(list(keeper.file.rows()))
                case "sync":
                    keeper._sync()
                    await lane.run(nothing)
                    await keeper._syncing.run(self._promise)
                case "save":
                    self.versions.append(await lane.run(self._would_be, keeper))
                    await keeper.save()
                    self._promise(is_saved=True)
                case _:
                    await keeper.close()
                    self._promise()
                    keeper, lane = await self._open()
        await keeper.close()

    async def _open(self) -> tuple[DatasetKeeper, Lane]:
        lane = Lane("test")
        keeper = await open_keeper(lane, self.path, self.journal_path, Backups(self.backups))
        return keeper, lane

    def _promise(self, *, is_saved: bool = False) -> None:
        version = len(self.versions) - 1 if is_saved else self.floors[-1][2]
        self.floors.append((len(self.disk.calls), len(self.states) - 1, version))

    def _would_be(self, keeper: DatasetKeeper) -> bytes:
        """What the next save has to write."""
        return b"".join(row + b"\n" for row in keeper.file.rows())

    def judge(self, scratch: Path) -> int:
        """AssertionError for a state in which something is lost; returns how many there are."""
        seen: set[tuple[object, ...]] = set()
        for n_calls, tree in self.disk.states():
            floor = max(at for at, floor in enumerate(self.floors) if floor[0] <= n_calls)
            key = (floor, *sorted(tree.items()))
            if key not in seen:
                seen.add(key)
                self._judge_one(tree, self.floors[floor], scratch, f"after call {n_calls}")
        return len(seen)

    def _judge_one(
        self, tree: Tree, floor: tuple[int, int, int], scratch: Path, place: str
    ) -> None:
        _, state, version = floor
        assert tree[str(self.path)] in self.versions[version:], place
        kept = [tree[name] for name in tree if name.startswith(str(self.backups))]
        assert all(content in self.versions for content in kept), place
        for path in (self.path, self.journal_path):
            target = scratch / path.name
            target.unlink(missing_ok=True)
            if str(path) in tree:
                target.write_bytes(tree[str(path)])
        file = DatasetFile.open(scratch / self.path.name)
        journal = Journal.open(scratch / self.journal_path.name)
        found = journal.recover(file.digest())
        assert found.status in ("none", "edits"), place
        for edit in found.edits:
            file.apply(edit)
        assert list(file.rows()) in self.states[state:], f"{place}: {found.status}"
        file.close()
        journal.close()


def nothing() -> None:
    """Done when all before it is."""


@pytest.mark.parametrize("seed", range(12))
def test_every_state_that_a_power_cut_leaves_is_whole(tmp_path: Path, seed: int) -> None:
    folder, scratch = tmp_path / "disk", tmp_path / "after"
    folder.mkdir()
    scratch.mkdir()
    recorded = Recorded(folder, random.Random(seed))
    with recorded.disk.plugged_in():
        asyncio.run(recorded.work())
    real = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert recorded.disk.whole() == real, "calls went past the record"
    assert recorded.judge(scratch) > 100
