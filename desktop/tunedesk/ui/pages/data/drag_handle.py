"""The ⋮⋮ at the left of a message: dragged by mouse; the keys are those of the card."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.grip import paint_grip


class DragHandle(QPushButton):
    """`dragged(global place)` while the mouse moves, `dropped(global place)` at its release,
    `given_up()` for Escape. No QDrag: its loop would stop ours."""

    dragged = Signal(QPoint)
    dropped = Signal(QPoint)
    given_up = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._from: QPoint | None = None
        self.is_dragging = False
        self.setProperty("look", "icon")
        self.setAutoDefault(False)
        self.setFixedSize(18, 24)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        theme.changed.connect(self.update)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.globalPosition().toPoint()
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        place = event.globalPosition().toPoint()
        far = (place - self._from).manhattanLength()
        if self.is_dragging or far >= QApplication.startDragDistance():
            self.is_dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.dragged.emit(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_dragging = self.is_dragging
        self._end()
        if was_dragging:
            self.dropped.emit(event.globalPosition().toPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_dragging:
            self._end()
            self.given_up.emit()
            return
        super().keyPressEvent(event)

    def _end(self) -> None:
        self._from, self.is_dragging = None, False
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_grip(self, self._theme)
