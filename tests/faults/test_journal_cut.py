"""D3: a journal cut anywhere, or with a tail that never reached the disk, is an earlier state."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.jsonl_corpus import random_edit
from tunedesk.core.edits import DeleteRow, RowEdit
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

_N_RECORDS = 20


class Written:
    """A journal of 20 edits: its bytes, where each record ends, and the rows after each."""

    def __init__(self, folder: Path) -> None:
        self.dataset = folder / "set.jsonl"
        self.dataset.write_bytes(b"".join(b'{"row":%d}\n' % i for i in range(9)))
        self.journal = folder / "1.journal"
        chance = random.Random(3)
        file, journal = DatasetFile.open(self.dataset), Journal.open(self.journal)
        journal.reset(file.digest())
        self.edits: list[RowEdit] = []
        self.ends = [self.journal.stat().st_size]
        self.states = [list(file.rows())]
        for _ in range(_N_RECORDS):
            edit = random_edit(chance, len(file))
            file.apply(edit)
            journal.append(edit)
            self.edits.append(edit)
            self.ends.append(self.journal.stat().st_size)
            self.states.append(list(file.rows()))
        journal.close()
        file.close()
        self.content = self.journal.read_bytes()

    def n_whole(self, n_bytes: int) -> int:
        """How many records lie whole within the first bytes."""
        return max(0, sum(end <= n_bytes for end in self.ends) - 1)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def recovered(written: Written, content: bytes) -> list[RowEdit]:
    """The edits that a new start finds, which must also be able to go on."""
    written.journal.write_bytes(content)
    file, journal = DatasetFile.open(written.dataset), Journal.open(written.journal)
    recovery = journal.recover(file.digest())
    assert recovery.status in ("none", "edits")
    if recovery.edits:
        for edit in recovery.edits:
            file.apply(edit)
        assert list(file.rows()) == written.states[len(recovery.edits)]
        journal.append(DeleteRow(0))
        journal.close()
        journal = Journal.open(written.journal)
        again = journal.recover(file.digest())
        assert list(again.edits) == [*recovery.edits, DeleteRow(0)]
    journal.close()
    file.close()
    return list(recovery.edits)


def test_cut_at_every_byte(written: Written) -> None:
    assert len(written.edits) == _N_RECORDS
    for n_bytes in range(len(written.content) + 1):
        n_whole = written.n_whole(n_bytes)
        found = recovered(written, written.content[:n_bytes])
        assert found == written.edits[:n_whole], f"cut at {n_bytes}"


@pytest.mark.parametrize("tail", [b"\x00", b"\xff"], ids=["zeros", "ones"])
def test_a_tail_that_the_disk_never_wrote(written: Written, tail: bytes) -> None:
    """After a power cut the length may have reached the disk and the content not."""
    for n_bytes in range(written.ends[0], len(written.content), 7):
        missing = len(written.content) - n_bytes
        torn = written.content[:n_bytes] + tail * missing
        # The tail may happen to be right.
        n_same = next((i for i in range(len(torn)) if torn[i] != written.content[i]), len(torn))
        found = recovered(written, torn)
        assert found == written.edits[: written.n_whole(n_same)], f"lost from {n_bytes}"


def test_any_flipped_bit_ends_the_journal_there(written: Written) -> None:
    chance = random.Random(11)
    for _ in range(200):
        at = chance.randrange(written.ends[0], len(written.content))
        broken = bytearray(written.content)
        broken[at] ^= 1 << chance.randrange(8)
        assert recovered(written, bytes(broken)) == written.edits[: written.n_whole(at)]
