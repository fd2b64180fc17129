"""D7: outside writes, edits, saves and crashes in any order: nothing is overwritten silently."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tunedesk.core.edits import SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

N_STEPS = 12


class _Desk:
    """One dataset, its journal, and what the disk must hold."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._chance = chance
        self._path, self._journal_path = folder / "set.jsonl", folder / "1.journal"
        self._on_disk = b"".join(b'{"row":%d}\n' % number for number in range(50))
        self._path.write_bytes(self._on_disk)
        self._is_foreign = False
        self._n_made = 0
        self._unsaved: list[SetRow] = []
        self._open()

    def outside(self) -> None:
        """Another program writes the file, in place or anew."""
        self._n_made += 1
        self._on_disk = b'{"theirs":%d}\n' % self._n_made * self._chance.randint(50, 90)
        target = self._path
        if self._chance.random() < 0.5:
            target = self._path.with_name("theirs")
        target.write_bytes(self._on_disk)
        if target != self._path:
            target.replace(self._path)
        self._is_foreign = True

    def edit(self) -> None:
        self._n_made += 1
        made = SetRow(self._chance.randrange(50), b'{"mine":%d}' % self._n_made)
        self._file.apply(made)
        self._journal.append(made)
        self._unsaved.append(made)

    def save(self) -> None:
        if self._is_foreign:
            with pytest.raises(TunedeskError) as caught:
                self._file.save(self._journal.mark_saving)
            assert caught.value.code == "dataset.changed_outside"
            return
        self._file.save(self._journal.mark_saving)
        self._journal.reset(self._file.digest())
        self._on_disk = b"".join(row + b"\n" for row in self._file.rows())
        self._unsaved = []

    def crash(self) -> None:
        """The next start brings edits back only to the file they were made to."""
        self._file.close()
        self._journal.close()
        self._open()

    def close(self) -> None:
        self._file.close()
        self._journal.close()

    def look(self) -> None:
        assert self._path.read_bytes() == self._on_disk

    def _open(self) -> None:
        self._file = DatasetFile.open(self._path)
        self._journal = Journal.open(self._journal_path)
        found = self._journal.recover(self._file.digest())
        if self._is_foreign and self._unsaved:
            assert found.status == "stale"
            assert list(found.edits) == self._unsaved
            self._journal.set_aside()
            self._unsaved = []
        elif self._unsaved:
            assert list(found.edits) == self._unsaved
            for made in found.edits:
                self._file.apply(made)
        if found.status != "edits":
            self._journal.reset(self._file.digest())
        self._is_foreign = False


@pytest.mark.parametrize("seed", range(100))
def test_in_any_order(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    desk = _Desk(tmp_path, chance)
    for _ in range(N_STEPS):
        chance.choice([desk.outside, desk.edit, desk.edit, desk.save, desk.crash])()
        desk.look()
    desk.close()
