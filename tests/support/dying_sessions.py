"""Sessions of a dataset that edit and save until they are killed, and what is found after each.

Run as `python -m tests.support.dying_sessions <folder> <kills> <seed>` from the repository's
root; says one JSON object.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tests.support.projects import home
from tunedesk.core.edits import DeleteRow, InsertRow, MoveRows, RowEdit, SetRow
from tunedesk.services.dataset.session import open_session
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal

N_ROWS = 40
LIFE_S, LONG_LIFE_S = 0.25, 2.2
ACKNOWLEDGED_S = 1.0

_TOLD = struct.Struct("<qd")  # number of the edit, when it was acknowledged
_SAVE_EVERY = 25


def edit_number(number: int, n_rows: int) -> RowEdit:
    """The same edit for the same number: a state is known by how many were made."""
    chance = random.Random(number)
    raw = b'{"edit": %d, "text": "%s"}' % (number, "ไทย".encode() * chance.randint(0, 300))
    at = chance.randrange(n_rows)
    edits: list[RowEdit] = [SetRow(at, raw), SetRow(at, raw), MoveRows(0, 3, n_rows - 3)]
    edits.append(InsertRow(at, raw) if n_rows <= N_ROWS else DeleteRow(at))
    return chance.choice(edits)


def after(rows: list[bytes], edit: RowEdit) -> list[bytes]:
    """The plainest way to do an edit."""
    match edit:
        case SetRow():
            return [*rows[: edit.index], edit.raw, *rows[edit.index + 1 :]]
        case InsertRow():
            return [*rows[: edit.index], edit.raw, *rows[edit.index :]]
        case DeleteRow():
            return [*rows[: edit.index], *rows[edit.index + 1 :]]
        case MoveRows():
            moved = rows[edit.first : edit.first + edit.count]
            rest = [*rows[: edit.first], *rows[edit.first + edit.count :]]
            return [*rest[: edit.to], *moved, *rest[edit.to :]]
        case _:
            raise TypeError(edit)


class Dying:
    """One dataset in a project, its sessions, and what each of them left."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.told: dict[str, Any] = {"kills": 0, "edits": 0, "torn": [], "lost": [], "saves": 0}
        self._chance = random.Random(seed)
        self._home = folder / "home"
        self._path = folder / "rows.jsonl"
        self._rows = [b'{"row": %d}' % number for number in range(N_ROWS)]
        self._path.write_bytes(b"".join(row + b"\n" for row in self._rows))
        self._states = [self._rows]
        self._saved = 0

    def kill_one(self) -> None:
        """Start a session where the last one ended, kill it, look at what is there."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._live(writing)
        os.close(writing)
        started = os.read(reading, 1)
        longest_s = LONG_LIFE_S if self.told["kills"] % 25 == 0 else LIFE_S
        time.sleep(self._chance.random() * longest_s if started else 0)  # the kill's moment
        os.kill(child, signal.SIGKILL)
        killed_s = time.monotonic()
        os.waitpid(child, 0)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        whole = said[: len(said) // _TOLD.size * _TOLD.size]
        self._look(list(_TOLD.iter_unpack(whole)), killed_s, bool(started))

    def _look(self, told: list[tuple[int, float]], killed_s: float, has_started: bool) -> None:
        before = len(self._states) - 1
        for number, _ in [*told, (before + len(told) + 1, 0.0)]:
            rows = self._states[-1]
            self._states.append(after(rows, edit_number(number, len(rows))))
        safe = [number for number, at_s in told if at_s < killed_s - ACKNOWLEDGED_S]
        least = max([before, *safe])
        on_disk, recovered = self._found()
        kill = self.told["kills"]
        if on_disk not in self._states:
            self.told["torn"].append(kill)
        made = [n for n in range(least, len(self._states)) if self._states[n] == recovered]
        if not made or not has_started:
            self.told["lost"].append(kill)
        last = made[-1] if made else least
        del self._states[last + 1 :]
        self.told["kills"] += 1
        self.told["edits"] = last
        self.told["saves"] += on_disk != self._states[self._saved]
        self._saved = self._states.index(on_disk) if on_disk in self._states else self._saved

    def _found(self) -> tuple[list[bytes], list[bytes]]:
        file = DatasetFile.open(self._path)
        on_disk = list(file.rows())
        for journal_path in self._home.rglob("*.journal"):
            journal = Journal.open(journal_path)
            for edit in journal.recover(file.digest()).edits:
                file.apply(edit)
            journal.close()
        rows = list(file.rows())
        file.close()
        return on_disk, rows

    def _live(self, writing: int) -> NoReturn:
        """The child: never returns."""
        try:
            asyncio.run(self._edit_for_ever(writing))
        except BaseException as error:  # the parent hears that nothing started
            sys.stderr.write(f"{error!r}\n")
        os._exit(1)

    async def _edit_for_ever(self, writing: int) -> None:
        async with home(self._home) as place:
            try:
                made = await place.workspace.open(place.workspace.projects_folder / "Test")
            except Exception:  # the first session makes the project
                made = await place.workspace.create("Test")
            session = await open_session(made, await made.add_dataset(self._path))
            os.write(writing, b"!")
            number = len(self._states)
            while True:
                session.apply(edit_number(number, len(session)))
                os.write(writing, _TOLD.pack(number, time.monotonic()))
                if number % _SAVE_EVERY == 0:
                    await session.save()
                number += 1
                await asyncio.sleep(0.002)


def main(folder: str, n_kills: str, seed: str) -> None:
    dying = Dying(Path(folder), int(seed))
    for _ in range(int(n_kills)):
        dying.kill_one()
    sys.stdout.write(json.dumps(dying.told))


if __name__ == "__main__":
    run: Callable[[str, str, str], None] = main
    with contextlib.suppress(BrokenPipeError):
        run(*sys.argv[1:4])
