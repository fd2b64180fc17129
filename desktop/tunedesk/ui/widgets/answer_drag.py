"""An answer on its way to a dataset: picked up at its grip, dropped on a dataset in the rail."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QSize, Qt
from PySide6.QtGui import QDrag, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.drag_picture import drag_picture
from tunedesk.ui.widgets.grip import paint_grip
from tunedesk.ui.widgets.tips import set_tip

ANSWER_MIME = "application/x-tunedesk-answer"
_THIS_APP = secrets.token_hex(8)


class DraggedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`row`: prompt and answer as a row to train on, JSON. `round_id`: the blind round that it won,
    "" for none; its row is linked to the vote then, and `text` is the answer."""

    row: str
    round_id: str = ""
    text: str = ""
    app: str = _THIS_APP


def dragged_answer(mime: QMimeData) -> DraggedAnswer | None:
    """The answer a drag carries; None for others' things."""
    if not mime.hasFormat(ANSWER_MIME):
        return None
    try:
        found = msgspec.json.decode(bytes(mime.data(ANSWER_MIME).data()), type=DraggedAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.app == _THIS_APP else None


def answer_mime(answer: DraggedAnswer) -> QMimeData:
    """For our own rail alone: as text it would fall into the next box to write in."""
    made = QMimeData()
    made.setData(ANSWER_MIME, QByteArray(msgspec.json.encode(answer)))
    return made


class AnswerGrip(QWidget):
    """The ⋮⋮ beside an answer. `make()` gives what is dragged, None where there is nothing yet.

    For the mouse alone: what it does has a button or a key beside it.
    """

    def __init__(self, theme: Theme, make: Callable[[], DraggedAnswer | None]) -> None:
        super().__init__()
        self._theme, self._make = theme, make
        self._from: QPoint | None = None
        self.setFixedSize(QSize(18, 24))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        set_tip(self, self.tr("Drag this answer onto a dataset"))
        theme.changed.connect(self.update)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        way = event.position().toPoint() - self._from
        if way.manhattanLength() >= QApplication.startDragDistance():
            self._from = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None

    def _drag(self) -> None:
        answer = self._make()
        if answer is None:
            return
        drag = QDrag(self)
        drag.setMimeData(answer_mime(answer))
        drag.setPixmap(drag_picture(self._theme, self.tr("1 answer")))
        drag.exec(Qt.DropAction.CopyAction)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_grip(self, self._theme)
