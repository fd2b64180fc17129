"""D9: undoing everything gives the original bytes, redoing everything the final ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tunedesk.core import orders
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    RowEdit,
    SetRow,
    SetRows,
)
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

N_SEQUENCES = 500
N_EDITS = 50


def _content(chance: random.Random) -> bytes:
    return chance.choice([b"", b"{}", b'{"messages":[]}', b"\xff\xfe", "ไทย".encode() * 3])


def _some(chance: random.Random, n_rows: int) -> list[int]:
    return sorted(chance.sample(range(n_rows), chance.randint(0, n_rows)))


def _random_edit(chance: random.Random, n_rows: int) -> RowEdit:
    if n_rows < 2:
        return InsertRow(n_rows, _content(chance))
    shuffled = chance.sample(range(n_rows), n_rows)
    count = chance.randint(0, n_rows)
    room = n_rows - count
    places = sorted(chance.sample(range(n_rows + 3), 3))
    places = [min(place, n_rows + k) for k, place in enumerate(places)]
    makers: list[Callable[[], RowEdit]] = [
        lambda: SetRow(chance.randrange(n_rows), _content(chance)),
        lambda: SetRows(tuple((i, _content(chance)) for i in _some(chance, n_rows))),
        lambda: InsertRow(chance.randint(0, n_rows), _content(chance)),
        lambda: InsertRows(tuple((place, _content(chance), None) for place in places)),
        lambda: DeleteRow(chance.randrange(n_rows)),
        lambda: DeleteRows(tuple(_some(chance, n_rows)[: n_rows // 2])),
        lambda: MoveRows(chance.randint(0, room), count, chance.randint(0, room)),
        lambda: ReorderRows(orders.packed(shuffled)),
    ]
    return chance.choice(makers)()


@pytest.mark.parametrize("block", range(10))
def test_all_the_way_back_and_all_the_way_forward(tmp_path: Path, block: int) -> None:
    for number in range(N_SEQUENCES // 10):
        seed = block * N_SEQUENCES + number
        _one_sequence(tmp_path / f"{seed}.jsonl", random.Random(seed), f"seed {seed}")


def _one_sequence(path: Path, chance: random.Random, seed: str) -> None:
    lines = [_content(chance) for _ in range(chance.randint(0, 12))]
    original = b"".join(line + chance.choice([b"\n", b"\r\n"]) for line in lines)
    path.write_bytes(original)
    file = DatasetFile.open(path)
    first = list(file.rows())
    done: list[tuple[RowEdit, RowEdit]] = []
    for _ in range(N_EDITS):
        edit = _random_edit(chance, len(file))
        done.append((edit, file.apply(edit)))
        if chance.random() < 0.02:
            file.save()
    final = list(file.rows())
    again = []
    for _, inverse in reversed(done):
        again.append(file.apply(inverse))
    assert list(file.rows()) == first, seed
    file.save()
    assert path.read_bytes() == original, seed
    for edit in reversed(again):
        file.apply(edit)
    assert list(file.rows()) == final, seed
    file.close()
    path.unlink()


def test_every_kind_of_edit_outlives_a_crash_in_the_journal(tmp_path: Path) -> None:
    chance = random.Random(7)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(20)))
    file = DatasetFile.open(path)
    journal = Journal.open(tmp_path / "rows.journal")
    journal.reset(file.digest())
    for _ in range(200):
        edit = _random_edit(chance, len(file))
        file.apply(edit)
        journal.append(edit)
    wanted = list(file.rows())
    file.close()
    journal.close()

    file = DatasetFile.open(path)
    found = Journal.open(tmp_path / "rows.journal").recover(file.digest())
    assert found.status == "edits"
    for edit in found.edits:
        file.apply(edit)
    assert list(file.rows()) == wanted
    file.close()
