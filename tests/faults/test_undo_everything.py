"""D9: undoing everything gives the original bytes, redoing everything the final ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.any_edit import any_edit, random_content
from tunedesk.core.edits import RowEdit
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

N_SEQUENCES = 500
N_EDITS = 50


@pytest.mark.parametrize("block", range(10))
def test_all_the_way_back_and_all_the_way_forward(tmp_path: Path, block: int) -> None:
    for number in range(N_SEQUENCES // 10):
        seed = block * N_SEQUENCES + number
        _one_sequence(tmp_path / f"{seed}.jsonl", random.Random(seed), f"seed {seed}")


def _one_sequence(path: Path, chance: random.Random, seed: str) -> None:
    lines = [random_content(chance) for _ in range(chance.randint(0, 12))]
    original = b"".join(line + chance.choice([b"\n", b"\r\n"]) for line in lines)
    path.write_bytes(original)
    file = DatasetFile.open(path)
    first = list(file.rows())
    done: list[tuple[RowEdit, RowEdit]] = []
    for _ in range(N_EDITS):
        edit = any_edit(chance, len(file))
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
        edit = any_edit(chance, len(file))
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
