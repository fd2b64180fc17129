"""D1 at the store: killed at every call of a save, the file is whole and the edit is not lost."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.support.dying_programs import NEW_CONTENT, OLD_CONTENT, start
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal


def test_killed_at_every_call_of_a_save(tmp_path: Path) -> None:
    with start("save_and_die", str(tmp_path)) as program:
        said, _ = program.communicate(timeout=240)
    assert program.returncode == 0
    n_kills = int(said) - 1
    assert n_kills > 10

    found = [whole_content(tmp_path / str(n)) for n in range(1, n_kills + 2)]
    assert found[0] == OLD_CONTENT
    assert found[-1] == NEW_CONTENT
    assert set(found) == {OLD_CONTENT, NEW_CONTENT}
    changes = sum(a != b for a, b in itertools.pairwise(found))
    assert changes == 1, "there is one moment in which the file changes"


def whole_content(folder: Path) -> bytes:
    """The file as the kill left it, after checking that a new start has the edit."""
    path = folder / "set.jsonl"
    content = path.read_bytes()
    file, journal = DatasetFile.open(path), Journal.open(folder / "1.journal")
    recovery = journal.recover(file.digest())
    assert recovery.status in ("none", "edits")
    for edit in recovery.edits:
        file.apply(edit)
    assert b"\n".join(file.rows()) + b"\n" == NEW_CONTENT
    file.save()
    assert path.read_bytes() == NEW_CONTENT
    file.close()
    journal.close()
    return content
