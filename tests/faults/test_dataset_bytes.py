"""D4 and D9: bytes that nobody edited stay, and undo and redo are exact."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from tests.support.jsonl_corpus import (
    apply_random_edits,
    apply_to_list,
    corpus,
    random_edit,
    random_row,
    rows_of,
    undo,
)
from tunedesk.core.edits import SetRow
from tunedesk.store.dataset_file import DatasetFile

_CORPUS = corpus()
N_EDITS = 1_000
_EDITABLE = sorted(name for name, content in _CORPUS.items() if rows_of(content))


def saved(path: Path, file: DatasetFile) -> bytes:
    file.save()
    return path.read_bytes()


@pytest.mark.parametrize("name", _CORPUS)
def test_opening_and_saving_keeps_every_byte(tmp_path: Path, name: str) -> None:
    assert len(_CORPUS) >= 100
    path = tmp_path / "a.jsonl"
    path.write_bytes(_CORPUS[name])
    before = hashlib.sha256(_CORPUS[name]).hexdigest()
    file = DatasetFile.open(path)
    for _ in range(2):  # the second time from the file that the first made
        assert hashlib.sha256(saved(path, file)).hexdigest() == before
    file.close()


@pytest.mark.parametrize("block", range(20))
def test_one_edited_row_is_the_only_difference(tmp_path: Path, block: int) -> None:
    for seed in range(block, N_EDITS, 20):
        _edit_one(tmp_path, seed)


def _edit_one(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = _CORPUS[chance.choice(_EDITABLE)]
    lines = content.split(b"\n")
    index = chance.randrange(len(rows_of(content)))
    raw = random_row(chance) or b"{}"
    carriage_return = b"\r" if lines[index].endswith(b"\r") and index + 1 < len(lines) else b""
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)

    file = DatasetFile.open(path)
    file.apply(SetRow(index, raw))
    after = saved(path, file).split(b"\n")
    file.close()

    expected = [*lines[:index], raw + carriage_return, *lines[index + 1 :]]
    assert after == expected, f"seed {seed}"


@pytest.mark.parametrize("seed", range(120))
def test_undo_gives_the_original_and_redo_the_final_bytes(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    original = _CORPUS[chance.choice([name for name in _CORPUS if "long" not in name])]
    path = tmp_path / "a.jsonl"
    path.write_bytes(original)
    file = DatasetFile.open(path)

    inverses = apply_random_edits(file, chance, 25)
    saves_between = chance.random() < 0.5
    if saves_between:
        file.save()
    inverses += apply_random_edits(file, chance, 25)
    rows = list(file.rows())
    final = saved(path, file) if saves_between else None

    redos = undo(file, inverses)
    if not saves_between:
        assert not file.is_dirty
    assert saved(path, file) == original
    undo(file, redos)
    assert list(file.rows()) == rows
    assert final is None or saved(path, file) == final
    file.close()


@pytest.mark.parametrize("seed", range(60))
def test_every_edit_does_what_it_does_to_a_list(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b"row %d\n" % i for i in range(chance.randrange(12))))
    file = DatasetFile.open(path)
    rows = rows_of(path.read_bytes())
    for step in range(50):
        edit = random_edit(chance, len(file))
        file.apply(edit)
        apply_to_list(rows, edit)
        assert list(file.rows()) == rows
        if step % 17 == 0:
            assert rows_of(saved(path, file)) == rows
    file.close()
