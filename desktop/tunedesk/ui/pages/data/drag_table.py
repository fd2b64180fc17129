"""A table whose selected rows are taken by hand, and that takes rows between its rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView, QWidget

from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.pages.data.row_delegate import ROW_HEIGHT
from tunedesk.ui.pages.data.row_drag import DraggedRows, RowsMime, dragged_rows
from tunedesk.ui.pages.data.rows_model import RowsModel
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.drag_picture import drag_picture
from tunedesk.ui.widgets.edge_scroll import EdgeScroll

_LEFT = Qt.MouseButton.LeftButton


class DragTable(QTableView):
    """`dropped(rows, place)` has the rows of a drag and the dataset index before which they were
    let go; `refused(why)` follows a drag that ended where rows cannot be dropped.

    `hinted(words)` says what a drop here would do, "" once nothing hangs over the table any more.
    `make_mime` gives what the selected rows are on their way, None where there is nothing to drag.
    """

    dropped = Signal(object, int)
    refused = Signal(str)
    hinted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows = RowsModel(self)
        self.make_mime: Callable[[], RowsMime | None] = lambda: None
        self._pressed_at: QPoint | None = None
        self._line_y: int | None = None
        self._over: DraggedRows | None = None
        self._refusal = ""
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)  # taken by hand, see below
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)  # ours is drawn in paintEvent
        # Ours is the ground, too: what a scroll leaves in view is moved then, not painted anew.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._scrolling = EdgeScroll(self)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # -- taking ------------------------------------------------------------------------------
    # Qt drags only cells whose model has `flags`, which are asked for in every cell that is drawn.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Click, then press and pull, all of it quickly."""
        super().mouseDoubleClickEvent(event)
        self._press(event)

    def _press(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        takes = event.button() == _LEFT and is_plain and self.indexAt(place).isValid()
        self._pressed_at = place if takes else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None or not event.buttons() & _LEFT:
            super().mouseMoveEvent(event)
            return
        way = event.position().toPoint() - self._pressed_at
        if way.manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self.startDrag(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        super().mouseReleaseEvent(event)

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Only ranges go along: Qt's own would ask for every cell of every row."""
        mime = self.make_mime()
        if mime is None:
            return
        self._refusal = ""
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.setPixmap(drag_picture(self._theme, rows_words(mime.rows.n_rows)))
        both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        done = drag.exec(both, Qt.DropAction.CopyAction)
        self._show_place(None)
        if done == Qt.DropAction.IgnoreAction:
            self._say_refusal(self._refusal if self._is_under_pointer() else "")
        elif drag.target() is None:  # another program's
            self._say_refusal(mime.problem)

    def _say_refusal(self, why: str) -> None:
        if why:
            self.refused.emit(why)

    def _is_under_pointer(self) -> bool:
        return self.viewport().rect().contains(self.viewport().mapFromGlobal(QCursor.pos()))

    # -- dropping ----------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._consider(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._consider(event)
        self._scrolling.follow()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._scrolling.stop()
        self._show_place(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._scrolling.stop()
        self._show_place(None)
        rows = dragged_rows(event.mimeData())
        if rows is None or not self.rows.is_whole:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        self.dropped.emit(rows, self._place_at(event.position().toPoint())[0])

    def _consider(self, event: QDragMoveEvent) -> None:
        rows = dragged_rows(event.mimeData())
        if rows is None:
            event.ignore()
        elif not self.rows.is_whole:
            self._refusal = self.tr("Rows can be moved by hand only in the file's own order: show "
                                    "all rows and take the sorting away first.")  # fmt: skip
            self.hinted.emit(self._refusal)
            event.ignore()
        else:
            self._over = rows
            self._show_place(event.position().toPoint())
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()

    def _place_at(self, point: QPoint) -> tuple[int, int]:
        """The dataset index before which rows would come, and where its line is drawn."""
        row = self.rowAt(point.y())
        if row < 0:
            end = self.rows.rowCount()
            return end, self.rowViewportPosition(end - 1) + ROW_HEIGHT if end else 0
        top = self.rowViewportPosition(row)
        is_lower = point.y() - top > ROW_HEIGHT // 2
        return row + int(is_lower), top + (ROW_HEIGHT if is_lower else 0)

    def _show_place(self, point: QPoint | None) -> None:
        """Draw the line and say what a drop at this point would do; None: nothing is over us."""
        y, words = None, ""
        if point is None:
            self._over = None
        elif self._over is not None:
            place, y = self._place_at(point)
            words = self._words(self._over, place)
        self.hinted.emit(words)
        y = y if words else None
        if y != self._line_y:
            self._line_y = y
            self.viewport().update()

    def _words(self, over: DraggedRows, place: int) -> str:
        """ "Move 3 rows before row 7", "" where they are already."""
        if len(over.ranges) == 1 and over.ranges[0][0] <= place <= over.ranges[0][1] + 1:
            return ""
        rows = rows_words(over.n_rows)
        if place == self.rows.rowCount():
            return self.tr("Move {rows} to the end").format(rows=rows)
        return self.tr("Move {rows} before row {n}").format(rows=rows, n=f"{place + 1:,}")

    def _scrolled(self) -> None:
        """Another row is under the pointer now."""
        if self._over is not None:
            self.viewport().update()  # the line stays where it is, while the rows move
            self._show_place(self.viewport().mapFromGlobal(QCursor.pos()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.palette.color("surface"))
        painter.end()
        super().paintEvent(event)
        if self._line_y is not None:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self._theme.palette.color("accent"), 2))
            y = min(max(1, self._line_y), self.viewport().height() - 1)
            painter.drawLine(0, y, self.viewport().width(), y)
            painter.end()
