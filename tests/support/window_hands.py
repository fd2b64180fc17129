"""What a hand does in the app's window, by number, and what the rows must be after it.

The same number is the same act on the same rows, so that another process knows the outcome.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from tunedesk.ui.pages.data.page import DataPage

N_ROWS = 40
SAVE_EVERY = 4
Rows = list[bytes]

_CTRL = Qt.KeyboardModifier.ControlModifier
_END_OF_REPLY = b'"}]}'


def first_rows() -> Rows:
    """Chat rows whose reply is their last text."""
    row = b'{"messages": [{"role": "user", "content": "Q%d"}, {"role": "assistant", "content": "A'
    return [row % number + b"%d" % number + _END_OF_REPLY for number in range(N_ROWS)]


class Act:
    """One act: `rows_after` says what it does to rows, `do` does it in the window."""

    def __init__(self, number: int, n_rows: int, n_done: int) -> None:
        """`n_done` acts were done in this window before, and could be undone."""
        chance = random.Random(number)
        self.word = f" {number}" + "x" * chance.choice([0, 3, 60])
        self.at = chance.randrange(n_rows - 1)
        lasting = "duplicate" if n_rows <= N_ROWS else "delete"
        self.kind = chance.choice(["type", "type", "type", "move", lasting, "undo"])
        if self.kind == "undo" and not n_done:
            self.kind = "type"

    def rows_after(self, rows: Rows, done: list[Rows]) -> Rows:
        """The plainest way to say it; `done` are the rows before each act of this window."""
        at = self.at
        match self.kind:
            case "type":
                row = rows[at].removesuffix(_END_OF_REPLY) + self.word.encode() + _END_OF_REPLY
                return [*rows[:at], row, *rows[at + 1 :]]
            case "duplicate":
                return [*rows[: at + 1], *rows[at:]]
            case "delete":
                return [*rows[:at], *rows[at + 1 :]]
            case "move":
                return [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
        return done[-1]

    def do(self, page: DataPage) -> None:
        """By keys only, once the row is chosen."""
        grid = page.rows.grid
        grid.choose(self.at)
        keys: dict[str, Callable[[], None]] = {
            "type": lambda: self._type(page),
            "duplicate": lambda: QTest.keyClick(grid, Qt.Key.Key_D, _CTRL),
            "delete": lambda: QTest.keyClick(grid, Qt.Key.Key_Delete),
            "move": lambda: QTest.keyClick(grid, Qt.Key.Key_Down, _CTRL),
            "undo": lambda: QTest.keyClick(grid, Qt.Key.Key_Z, _CTRL),
        }
        keys[self.kind]()

    def _type(self, page: DataPage) -> None:
        box: QWidget = page.row.conversation._cards[1].text
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_End, _CTRL)
        QTest.keyClicks(box, self.word)
        QTest.keyClick(box, Qt.Key.Key_Return, _CTRL)


def save(page: DataPage) -> None:
    """Ctrl+S; the save goes on while the hand goes on."""
    QTest.keyClick(page, Qt.Key.Key_S, _CTRL)
