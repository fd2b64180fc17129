"""D1: killed at every call of a save, and at any moment: the file is whole, no edit is lost."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.dying_programs import NEW_CONTENT, OLD_CONTENT, ROOT, start
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

FAULTS = ("torn", "lost", "wrong", "ended", "mute")
N_APP_KILLS = int(os.environ.get("TUNEDESK_APP_KILLS", "30"))
"""Starts of the whole app cost a second each; 200 of them are for whoever changes what saves."""


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
    command = [sys.executable, "-m", "tests.support.dying_sessions", str(tmp_path), "100"]
    done = subprocess.run([*command, str(seed)], cwd=ROOT, capture_output=True, timeout=280)
    assert done.returncode == 0, f"seed {seed}: {done.stderr.decode()}"
    told = json.loads(done.stdout)
    assert (told["kills"], told["torn"], told["lost"]) == (100, [], []), f"seed {seed}: {told}"
    assert told["edits"] > 500
    assert told["saves"] > 10


@pytest.mark.timeout(60 + 5 * N_APP_KILLS)
def test_the_app_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """Typed, moved, undone and saved by key in the real window; two of them side by side."""
    apps = [AppKills(tmp_path / str(number), N_APP_KILLS // 2) for number in range(2)]
    try:
        all_told = [app.told() for app in apps]
    finally:
        for app in apps:
            app.end()
    for app, told in zip(apps, all_told, strict=True):
        assert not any(told[kind] for kind in FAULTS), f"{told}; again: {app.command}"
        assert told["kills"] == N_APP_KILLS // 2, app.command
        assert told["acts"] > told["kills"], app.command
        assert told["saves"] > 0, app.command


class AppKills:
    """One dataset whose apps are killed one after the other."""

    def __init__(self, folder: Path, n_kills: int) -> None:
        folder.mkdir()
        numbers = [str(n_kills), str(secrets.randbelow(10**6))]
        arguments = ["-m", "tests.support.dying_apps", str(folder), *numbers]
        self.command = " ".join(["python", *arguments])
        self._process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def told(self) -> dict[str, Any]:
        out, errors = self._process.communicate(timeout=30 + 5 * N_APP_KILLS)
        assert self._process.returncode == 0, f"{self.command}: {errors.decode()[-2000:]}"
        told: dict[str, Any] = json.loads(out)
        return told

    def end(self) -> None:
        """Its app ends with it: there is nobody it could tell anything."""
        self._process.kill()
        self._process.communicate()


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
