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
from tests.support.dataset_rows import raw
from tests.support.environment import base_model_folder
from tests.support.projects import rows_of, write_rows

N_ROWS = 60
TALK = ("You are Marv.", "Mars?", "<b>Loud</b>\nnoise.", "Question 9?", "Answer 9.")
TALK_ROW = 10
"""The row, from 1, that holds the messages TALK: a system prompt and two exchanges."""
_BESIDE = "New fine-tune"
"""A page that the rail does not name."""
_SCREEN = "1840x900"
_PLACE = (1650, 330)
"""Where the file manager stands: beside the app, which is 1440 wide, wherever it is put."""
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

    def sort_by(self, column: str, first: str) -> None:
        """Click the head of a column, until `first` is the prompt of the first row."""
        heads = (e for e in self.person.shown(rows=True) if "header" in e.role)
        self.person.click(next(e for e in heads if e.name == column))
        self.person.wait_until(f"{first} first", lambda: self.prompts()[:1] == [first])

    # -- the row -------------------------------------------------------------------------------

    def text_box(self, number: int) -> Element:
        """The text box of a message of the open row, from 1."""
        name = f"Text of message {number}"
        return self.person.wait(name, lambda e: e.name == name and e.role == "text")

    def wait_texts(self, *texts: str) -> None:
        """Wait until these are the texts of the open row's messages."""
        self.person.wait_until(f"the messages {texts}", lambda: self._texts() == texts)

    def _texts(self) -> tuple[str, ...]:
        boxes = [e for e in self.person.shown() if e.name.startswith("Text of message ")]
        return tuple(e.text for e in sorted(boxes, key=lambda e: e.box[1]))

    # -- the window ----------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Go to a page by the rail, or by its button on Data."""
        if name == _BESIDE:
            self.show_page("Data")
            self.person.press("Train on this →")
        else:
            self.person.press(name)
        self.wait_page(name)

    def in_rail(self, dataset: str) -> Element:
        """A dataset's button in the rail; the page's own name may be beside it."""
        name = f"Dataset {dataset}"
        self.person.wait_button(name)
        return min((e for e in self.person.shown() if e.name == name), key=lambda e: e.box[0])

    def wait_page(self, name: str) -> None:
        if name == _BESIDE:
            self.person.wait_words(name)
            return
        self.person.wait(f"the page {name}", lambda e: e.name == name and "checked" in e.states)

    def middle(self) -> tuple[int, int]:
        """The middle of the window."""
        frame = self.person.wait("the window", lambda e: e.role == "frame" and "Tunedesk" in e.name)
        return frame.middle

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
    offers = [f"{path.name}={path}" for path in _write_files(files)]
    with virtual_screen(folder, _SCREEN) as screen:
        environment = screen | {"TUNEDESK_HOME": str(home)}
        person = Person(environment, pictures)
        manager = _file_manager(environment, [*offers, "words=text:Three <i>words</i> more "])
        try:
            with started_app(environment, home / "app.log") as app:
                stage = DragStage(app, person, home, files, manager)
                person.wait_words("ready", timeout_s=60)
                stage.carry_file("tone.jsonl", stage.middle(), "Drop tone.jsonl to open it")
                person.let_go()
                person.wait_words("60 valid")
                yield stage
        finally:
            manager.terminate()
            manager.communicate(timeout=10)
            person.close()


def _write_files(folder: Path) -> list[Path]:
    """A dataset, two others, a folder of two, and what holds no examples."""
    rows = rows_of(N_ROWS)
    talk = zip(("system", "user", "assistant", "user", "assistant"), TALK, strict=True)
    rows[TALK_ROW - 1] = raw({"messages": [{"role": role, "content": text} for role, text in talk]})
    write_rows(folder / "both" / "one.jsonl", rows_of(3, 100))
    write_rows(folder / "both" / "two.jsonl", rows_of(4, 200))
    photo = folder / "photo.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    return [
        write_rows(folder / "tone.jsonl", rows),
        write_rows(folder / "seven.jsonl", rows_of(7, 300)),
        write_rows(folder / "fresh.jsonl", rows_of(5, 400)),
        folder / "both",
        photo,
    ]


def _file_manager(environment: dict[str, str], offers: list[str]) -> subprocess.Popen[str]:
    program = Path(__file__).with_name("file_manager.py")
    command = [sys.executable, str(program), *map(str, _PLACE), *offers]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
