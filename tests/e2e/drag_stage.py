"""The app with a dataset of sixty rows open, and a file manager beside it, for many drags."""

from __future__ import annotations

import base64
import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.app_run import AppRun, home_with_model, started_app
from tests.e2e.person import Element, Person
from tests.e2e.screen import virtual_screen
from tests.support.environment import base_model_folder
from tests.support.projects import rows_of, write_rows

N_ROWS = 60
_PLACE = (1230, 330)
"""Where the file manager stands: over the app's lower right, where nothing is dropped."""
_GIVEN_S = 20


@dataclass(frozen=True)
class Given:
    """What the file manager was given by a drop."""

    text: str
    formats: list[str]
    files: dict[str, bytes]


class DragStage:
    """`files` holds what the file manager offers; each by its file name."""

    def __init__(self, app: AppRun, person: Person, home: Path, files: Path, manager: Any) -> None:
        self.app, self.person, self.home, self.files = app, person, home, files
        self._manager = manager

    # -- the grid ------------------------------------------------------------------------------

    def prompts(self) -> list[str]:
        """The prompts of the rows in view, from above."""
        shown = [e for e in self.person.shown(rows=True) if e.name.startswith("Prompt ")]
        return [e.name.removeprefix("Prompt ") for e in sorted(shown, key=lambda e: e.box[1])]

    def row(self, number: int) -> Element:
        """The prompt's cell of a row in view, from 1."""
        return self.rows()[number]

    def rows(self) -> dict[int, Element]:
        """The prompts' cells of the rows in view, by the number of the row, from 1."""
        cells = {e.name: e for e in self.person.shown(rows=True) if e.role == "table cell"}
        prompts = {e.box[1]: e for e in cells.values() if e.name.startswith("Prompt ")}
        numbers = {e.box[1]: int(e.name[2:]) for e in cells.values() if e.name.startswith("# ")}
        return {numbers[y]: prompt for y, prompt in prompts.items() if y in numbers}

    def select(self, *numbers: int) -> Element:
        """Click the rows, with Ctrl from the second on; the last one's cell."""
        held: tuple[str, ...] = ()
        rows = self.rows()
        for number in numbers:
            self.person.click_at(*rows[number].middle, *held)
            held = ("ctrl",)
        if len(numbers) > 1:
            self.person.wait_words(f"{len(numbers)} selected")
        self.person.wait_words(f"Row {numbers[-1]}")
        return rows[numbers[-1]]

    def drag(self, start: tuple[int, int], end: tuple[int, int], until: str = "") -> None:
        """Take, carry, wait until the words `until` are seen; the button stays down."""
        self.person.take(*start)
        self.person.carry(*end)
        if until:
            self.person.wait_words(until)

    def undo(self, what: str) -> None:
        """The next undo is called `what`, and nothing is left to be undone after it."""
        self.person.wait_button(f"Undo {what}")
        self.person.key("ctrl+z")
        self.person.wait("nothing more to undo", lambda e: e.name == "Undo" and e.role != "label")

    def is_edited(self) -> bool:
        """Whether there is anything to undo."""
        return not any(e.name == "Undo" for e in self.person.shown())

    # -- the file manager ----------------------------------------------------------------------

    def carry_file(self, name: str, end: tuple[int, int], until: str = "") -> None:
        """Drag what the file manager offers by this name; the button stays down."""
        self.drag(self.person.wait_button(name).middle, end, until)

    def drop_on_tray(self) -> Given:
        """Carry what is held to the file manager's folder, let go; what it says it got."""
        self.person.carry(*self.person.wait_words("Tray").middle)
        self.person.wait_words("Over the tray")
        self.person.let_go()
        ready, _, _ = select.select([self._manager.stdout], [], [], _GIVEN_S)
        assert ready, "the file manager was given nothing"
        said = json.loads(self._manager.stdout.readline())
        files = {file["name"]: base64.b64decode(file["bytes"]) for file in said["files"]}
        return Given(text=said["text"], formats=said["formats"], files=files)


@contextmanager
def drag_stage(folder: Path, pictures: Path) -> Iterator[DragStage]:
    """Start it all on a screen of its own, with "tone.jsonl" dropped on the Data page."""
    home = home_with_model(folder, base_model_folder())
    files = folder / "files"
    files.mkdir()
    tone = write_rows(files / "tone.jsonl", rows_of(N_ROWS))
    with virtual_screen(folder) as screen:
        environment = screen | {"TUNEDESK_HOME": str(home)}
        person = Person(environment, pictures)
        manager = _file_manager(environment, [f"tone.jsonl={tone}"])
        try:
            with started_app(environment, home / "app.log") as app:
                stage = DragStage(app, person, home, files, manager)
                person.wait_words("ready", timeout_s=60)
                stage.carry_file("tone.jsonl", (700, 500), "Drop tone.jsonl to open it")
                person.let_go()
                person.wait_words("60 valid")
                yield stage
        finally:
            manager.terminate()
            manager.communicate(timeout=10)
            person.close()


def _file_manager(environment: dict[str, str], offers: list[str]) -> subprocess.Popen[str]:
    program = Path(__file__).with_name("file_manager.py")
    command = [sys.executable, str(program), *map(str, _PLACE), *offers]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
