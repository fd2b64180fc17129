"""The whole app, edited by hand and saving, killed at any moment, and what is found after each.

Run as `python -m tests.support.dying_apps <folder> <kills> <seed>` from the repository's root;
says one JSON object. Each app is forked from this process, which has loaded everything and made
nothing of Qt: it differs from one started anew by half a second of imports.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import random
import select
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from PySide6.QtWidgets import QApplication

import tunedesk.app.desk
import tunedesk.app.project_desk
from tests.support.dying_programs import kill_at
from tests.support.window_hands import SAVE_EVERY, Act, Rows, first_rows, save
from tunedesk import cli
from tunedesk.app.desk import Desk
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal
from tunedesk.ui.files.changes_dialog import ChangesDialog
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.shell.window import MainWindow

ACKNOWLEDGED_S = 1.0
LIFE_S, LONG_LIFE_S = 0.6, 2.2
N_CALLS = 150
"""That many calls that change files are in some ten acts and a few saves."""

PATIENCE_S = 60.0

FAULTS = ("torn", "lost", "wrong", "ended", "mute")
"""Kills, by number, after which something was found that must not be."""

# number of the act (0: the window is open), when it was acknowledged, digest of all rows then
_TOLD = struct.Struct("<qd16s")
_write = os.write  # ours is not one of the calls that kill


class Dying:
    """One dataset, the apps that edit it, and what each of them left."""

    def __init__(self, folder: Path, seed: int) -> None:
        counts = dict.fromkeys(("kills", "acts", "saves", "starting"), 0)
        faults: dict[str, list[int]] = {kind: [] for kind in FAULTS}
        self.told: dict[str, Any] = {**counts, **faults, "detail": ""}
        self._chance = random.Random(seed)
        self._path = folder / "rows.jsonl"
        self._home = folder / "home"
        self._rows = first_rows()
        self._saved = self._rows
        self._n_acts = 0
        self._is_known = False  # one killed while it starts may not have taken the file in
        self._path.write_bytes(joined(self._rows))

    def kill_one(self) -> None:
        """Start the app where the last one ended, kill it, look at what is there."""
        when = self._chance.choices(("starting", "at a call", "later"), (1, 3, 4))[0]
        fatal_call = self._chance.randint(1, N_CALLS) if when == "at a call" else 0
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            files = [] if self._is_known else [str(self._path)]
            live(files, self._home, Hand(writing, self._n_acts + 1, fatal_call))
        os.close(writing)
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            said = b"" if when == "starting" else read_within(pipe, PATIENCE_S)
            if not said and when != "starting":
                self._note("mute")
            if when == "at a call":  # it kills itself
                said += read_all(pipe, PATIENCE_S)
            else:
                longest_s = LONG_LIFE_S if self.told["kills"] % 20 == 0 else LIFE_S
                time.sleep(self._chance.random() * longest_s)
            killed_s = time.monotonic()
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            said += pipe.readall()
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            self._note("ended")  # by itself, or it crashed
        told = list(_TOLD.iter_unpack(said[: len(said) // _TOLD.size * _TOLD.size]))
        if when == "at a call" and told:
            killed_s = told[-1][1]  # when it was seen alive last; it may be found dead much later
        self._is_known |= bool(told)
        self._look(told, killed_s)

    def _look(self, told: list[tuple[int, float, bytes]], killed_s: float) -> None:
        acts = told[1:]
        states = self._states_after(len(acts) + 1)
        if told and told[0][2] != digest(self._rows):
            self._note("lost")  # the window did not show what the one before left
        if any(seen != digest(states[at]) for at, (_, _, seen) in enumerate(acts, start=1)):
            self._note("wrong")  # the rows are not what the keys say
        n_safe = sum(at_s < killed_s - ACKNOWLEDGED_S for _, at_s, _ in acts)
        on_disk, recovered = self._found()
        if on_disk not in [joined(rows) for rows in (self._saved, *states)]:
            self._note("torn")
        made = [at for at in range(len(states)) if states[at] == recovered]
        if not made or made[-1] < n_safe:
            self._note("lost")
            ages = [round(killed_s - at_s, 2) for _, at_s, _ in acts]
            self.told["detail"] = f"act {made} came back; told, s before the kill: {ages}"
        last = made[-1] if made else n_safe
        self.told["kills"] += 1
        self.told["starting"] += not told
        self.told["saves"] += on_disk != joined(self._saved)
        self._rows, self._n_acts = states[last], self._n_acts + last
        self._saved = on_disk.splitlines()
        self.told["acts"] = self._n_acts

    def _states_after(self, n_acts: int) -> list[Rows]:
        """The rows now and after each of the next acts."""
        states, done = [self._rows], list[Rows]()
        for number in range(self._n_acts + 1, self._n_acts + n_acts + 1):
            act = Act(number, len(states[-1]), len(done))
            states.append(act.rows_after(states[-1], done))
            done = done[:-1] if act.kind == "undo" else [*done, states[-2]]
        return states

    @property
    def is_at_fault(self) -> bool:
        """Whether anything was found that must not be; what is found after it means nothing."""
        return any(self.told[kind] for kind in FAULTS)

    def _note(self, what: str) -> None:
        self.told[what].append(self.told["kills"])

    def _found(self) -> tuple[bytes, Rows]:
        """The file's bytes, and its rows with what the journal has."""
        file = DatasetFile.open(self._path)
        for path in self._home.rglob("*.journal"):
            journal = Journal.open(path)
            for edit in journal.recover(file.digest()).edits:
                file.apply(edit)
            journal.close()
        rows = list(file.rows())
        file.close()
        return self._path.read_bytes(), rows


def joined(rows: Rows) -> bytes:
    return b"".join(row + b"\n" for row in rows)


def digest(rows: Rows) -> bytes:
    return hashlib.md5(joined(rows), usedforsecurity=False).digest()


def read_within(pipe: io.FileIO, patience_s: float) -> bytes:
    """What comes first, b"" at the end or when nothing comes."""
    select.select([pipe], [], [], patience_s)
    return os.read(pipe.fileno(), 1 << 16)


def read_all(pipe: io.FileIO, patience_s: float) -> bytes:
    """Everything until the other end is closed by its death, or says nothing for long."""
    said = b""
    while piece := select.select([pipe], [], [], patience_s)[0] and os.read(pipe.fileno(), 1 << 16):
        said += piece
    return said


def live(files: list[str], home: Path, hand: Hand) -> NoReturn:
    """The child: `tunedesk [rows.jsonl]` with a hand on its window. Never returns."""

    class HandledDesk(Desk):
        async def run(self, files: list[Path]) -> None:
            work = asyncio.ensure_future(hand.work(self))
            work.add_done_callback(_die)  # it only ends by an error
            await super().run(files)

    try:
        os.setpgid(0, 0)
        os.environ["TUNEDESK_HOME"] = str(home)
        tunedesk.app.desk.Desk = HandledDesk  # type: ignore[misc]
        cli.main(files)
    except BaseException as error:
        sys.stderr.write(f"{error!r}\n")
    os._exit(1)


def _die(hand: asyncio.Future[None]) -> None:
    sys.stderr.write(f"the hand: {hand.exception()!r}\n")
    os._exit(1)


class Hand:
    """Works in the window without end and says after each act what the rows are."""

    def __init__(self, writing: int, first_act: int, fatal_call: int) -> None:
        """The process dies in the `fatal_call`-th call to the file system, 0 for never."""
        self._writing, self._first_act, self._fatal_call = writing, first_act, fatal_call

    async def work(self, desk: Desk) -> None:
        page = await self._open_page(desk.window)
        session = page._session
        assert session is not None
        self._say(0, session)
        if self._fatal_call:
            kill_at(self._fatal_call)
        number, n_done = self._first_act, 0
        while True:
            act = Act(number, len(session), n_done)
            act.do(page)
            self._say(number, session)
            n_done += -1 if act.kind == "undo" else 1
            if number % SAVE_EVERY == 0:
                save(page)
            number += 1
            await asyncio.sleep(0.002)
            assert QApplication.activeModalWidget() is None, "the app asks or tells something"

    async def _open_page(self, window: MainWindow) -> DataPage:
        """The Data page with its rows, after "Keep them" where edits came back."""
        page = None
        while not (window.current_page == "data" and window.isActiveWindow()):
            window.activateWindow()
            await asyncio.sleep(0.005)
        while page is None or page._session is None:
            found = window.page("data")
            page = found if isinstance(found, DataPage) else None
            await asyncio.sleep(0.005)
        while page._is_holding or not page.row.conversation._cards:  # these come after the rows
            await asyncio.sleep(0.005)
        while page._session.recovered and QApplication.activeModalWidget() is None:
            await asyncio.sleep(0.005)
        asked = QApplication.activeModalWidget()
        if isinstance(asked, ChangesDialog):
            asked.buttons["keep"].click()
        while not window.isActiveWindow():  # its keys do nothing before
            window.activateWindow()
            await asyncio.sleep(0.005)
        return page

    def _say(self, number: int, session: DatasetSession) -> None:
        rows = [session.row(index) for index in range(len(session))]
        _write(self._writing, _TOLD.pack(number, time.monotonic(), digest(rows)))


def main(folder: str, n_kills: str, seed: str) -> None:
    assert tunedesk.app.project_desk  # loaded here, so that no app has to
    dying = Dying(Path(folder), int(seed))
    while dying.told["kills"] < int(n_kills) and not dying.is_at_fault:
        dying.kill_one()
    sys.stdout.write(json.dumps(dying.told))


if __name__ == "__main__":
    main(*sys.argv[1:4])
