"""The plainest table there is, for comparison: QTableView over a list of dicts, in a process.

`main("hands"|"views"|"check"|"first", file, rows)` prints `TOLD` and its figures in milliseconds.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView

from tests.bench.view_hands import Hands, Heart, Script, Wish
from tests.bench.view_side import STARTED_AT, TOLD, Figures

_N_PAGES, _N_STEPS, _N_TIMES, _STEP_PX = 60, 200, 5, 8
_IDLE_S = 5.0
_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class PlainModel(QAbstractTableModel):
    """Number, prompt and reply of rows that are dicts, all of them in memory."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__()
        self.rows = rows
        self.order = list(range(len(rows)))

    def rowCount(self, parent: Index = _ROOT) -> int:
        return len(self.order)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        number = self.order[index.row()]
        return str(number + 1) if index.column() == 0 else self.text(number, index.column())

    def text(self, number: int, message: int) -> str:
        try:
            return str(self.rows[number]["messages"][message]["content"])
        except (KeyError, IndexError, TypeError):
            return ""


class _EmptyWindow(QMainWindow):
    """Tells when it was painted."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, self._painted)

    def _painted(self) -> None:
        took_ms = (time.perf_counter() - float(os.environ[STARTED_AT])) * 1e3
        _tell({"first": [took_ms]})
        QApplication.quit()


class Plain:
    """The table and what is done to it."""

    def __init__(self, path: Path, n_rows: int) -> None:
        self.path, self.n_rows = path, n_rows
        self.model = PlainModel(list(_rows(path, n_rows)))
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.view.resize(740, 590)  # as much as ours has in a window of 1440 x 900
        self.view.setColumnWidth(1, 300)
        self.view.setColumnWidth(2, 300)
        self.view.show()
        self.figures: Figures = {}

    def hands(self) -> Iterator[Wish]:
        yield 0.5
        hand, figures, model = Hands(self.view), self.figures, self.model
        hand.key(Qt.Key.Key_Down)
        figures["page"] = [hand.key(Qt.Key.Key_PageDown) for _ in range(_N_PAGES)]
        figures["scroll"] = [hand.scroll(_STEP_PX) for _ in range(_N_STEPS)]
        figures["all"] = []
        for _ in range(_N_TIMES):
            figures["all"].append(hand.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier))
            hand.key(Qt.Key.Key_Down)
        model.modelReset.connect(self.view.scrollToTop)
        for name, act in (("edit", self._edit), ("move", self._move)):
            figures[name] = [hand.timed_ms(act) for _ in range(_N_TIMES)]

    def _edit(self) -> None:
        row = self.view.currentIndex().row()
        self.model.rows[row] = dict(self.model.rows[row + 1])
        self.model.dataChanged.emit(self.model.index(row, 0), self.model.index(row, 2))

    def _move(self) -> None:
        self._ordered(lambda order: order[:10] + order[20:-100] + order[10:20] + order[-100:])

    def _ordered(self, act: Callable[[list[int]], list[int]]) -> None:
        self.model.beginResetModel()
        self.model.order = act(self.model.order)
        self.model.endResetModel()

    def views(self) -> Iterator[Wish]:
        yield 0.5
        hand, model, figures = Hands(self.view), self.model, self.figures
        sought = re.compile(r"refund\s+parcel", re.IGNORECASE)
        acts: dict[str, Callable[[list[int]], list[int]]] = {
            "chip": lambda order: [n for n in order if n % 10 == 0],
            "sort tokens": lambda order: sorted(order, key=lambda n: len(model.text(n, 2))),
            "sort prompt": lambda order: sorted(order, key=lambda n: model.text(n, 1).casefold()),
            "search": lambda order: [n for n in order if self._has(n, "refund parcel")],
            "regex": lambda order: [n for n in order if self._matches(n, sought)],
        }
        for name, act in acts.items():
            model.order = list(range(len(model.rows)))
            figures[name] = [hand.timed_ms(lambda act=act: self._ordered(act))]

    def _has(self, number: int, text: str) -> bool:
        return any(text in self.model.text(number, at).casefold() for at in range(3))

    def _matches(self, number: int, sought: re.Pattern[str]) -> bool:
        return any(sought.search(self.model.text(number, at)) for at in range(3))

    def check(self) -> Iterator[Wish]:
        """Idle at first; then a thread that reads the rows, as one would write it first."""
        idle = Heart(self.view)
        idle.start()
        yield _IDLE_S
        self.figures["idle"] = idle.stop()
        work = threading.Thread(target=lambda: len(list(_rows(self.path, self.n_rows))))
        heart = Heart(self.view)
        heart.start()
        work.start()
        yield lambda: not work.is_alive()
        self.figures["check"] = heart.stop()


def _rows(path: Path, n_rows: int) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for line in islice(lines, n_rows):
            try:
                row = json.loads(line)
            except ValueError:
                row = {}
            yield row


def _tell(figures: Figures) -> None:
    sys.stdout.write(f"{TOLD}{json.dumps(figures)}\n")
    sys.stdout.flush()


def main(part: str, file: str, n_rows: int) -> int:
    app = QApplication([])
    if part == "first":
        window = _EmptyWindow()
        window.resize(1440, 900)
        window.show()
        return app.exec()
    plain = Plain(Path(file), n_rows)
    script = Script(getattr(plain, part)(), app.quit)
    script.start()
    code = app.exec()
    _tell(plain.figures)
    return code
