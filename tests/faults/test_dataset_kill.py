"""D1: killed at every call of a save, and at any moment: the file is whole, no edit is lost."""

from __future__ import annotations

import itertools
import json
import secrets
import subprocess
import sys
from pathlib import Path

from tests.support.dying_programs import NEW_CONTENT, OLD_CONTENT, ROOT, start
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


def test_sessions_killed_at_any_moment_lose_nothing(tmp_path: Path) -> None:
    seed = secrets.randbelow(10**6)
    command = [sys.executable, "-m", "tests.support.dying_sessions", str(tmp_path), "200"]
    done = subprocess.run([*command, str(seed)], cwd=ROOT, capture_output=True, timeout=280)
    assert done.returncode == 0, f"seed {seed}: {done.stderr.decode()}"
    told = json.loads(done.stdout)
    assert (told["kills"], told["torn"], told["lost"]) == (200, [], []), f"seed {seed}: {told}"
    assert told["edits"] > 1_000
    assert told["saves"] > 20


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
