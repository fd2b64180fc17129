"""A plain-text box as high as its text, that leaves undo to the page."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.ui.pages.data.unseen_marks import paint_unseen
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.text_boxes import PlainEdit

_PAUSE_MS = 500
_NO_BAR = Qt.ScrollBarPolicy.ScrollBarAlwaysOff


class GrowingEdit(PlainEdit):
    """`committed(text)` after a pause in typing or at focus out, only if a hand changed it.

    Escape gives back what the box held when the hand came to it. Invisible characters are
    flagged. Nothing but plain text is taken, whatever a clipboard or a drag offers (fault U4).
    """

    committed = Signal(str)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        theme: Theme | None = None,
        max_lines: int = 14,
        least_px: int = 0,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._max_lines, self._least_px = max_lines, least_px
        self._shown = ""
        self._at_entry = ""
        self.setUndoRedoEnabled(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.commit)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.textChanged.connect(self._typed)
        self.verticalScrollBar().valueChanged.connect(self._stay)
        self._fit()

    def show_text(self, text: str) -> None:
        """Show `text` without taking it for an edit; the cursor stays where it can."""
        if text == self.toPlainText():
            self._shown = text
            return
        position = self.textCursor().position()
        self._shown = self._at_entry = text
        self.setPlainText(text)
        self._pause.stop()
        cursor = self.textCursor()
        cursor.setPosition(min(position, self.document().characterCount() - 1))
        self.setTextCursor(cursor)

    def begin(self) -> None:
        """Another thing is shown now: Escape shall not bring back a text of the one before."""
        self._at_entry = self.toPlainText()

    def commit(self) -> None:
        """Report what was typed, if it differs from what was shown."""
        self._pause.stop()
        text = self.toPlainText()
        if text != self._shown and not self.isReadOnly():
            self._shown = text
            self.committed.emit(text)

    def restore(self) -> bool:
        """Give back what was there when the hand came; whether anything was different."""
        if self.isReadOnly() or self.toPlainText() == self._at_entry:
            return False
        self.setPlainText(self._at_entry)
        self.commit()
        return True

    def _typed(self) -> None:
        if self.toPlainText() != self._shown:
            self._pause.start()

    def _fit(self) -> None:
        needed = max(1, round(self.document().size().height()))
        lines = min(self._max_lines, needed)
        border = self.contentsMargins()
        around = round(self.document().documentMargin() * 2) + border.top() + border.bottom()
        height = max(self._least_px, lines * self.fontMetrics().lineSpacing() + around)
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if needed > lines else _NO_BAR
        if bar != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(bar)
        if height != self.height():
            self.setFixedHeight(height)

    def _stay(self, value: int) -> None:
        """A text that is shown whole is not scrolled away, as End does where nothing is typed."""
        if value and self.verticalScrollBarPolicy() == _NO_BAR:
            self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._theme is not None:
            paint_unseen(self, self._theme.palette)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._at_entry = self.toPlainText()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.commit()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.restore():
            event.accept()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Qt's editors claim Ctrl+Z even with undo switched off; it belongs to the page's stack.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo):
                if event.matches(key):
                    self.commit()
                    event.ignore()
                    return False
        return super().event(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Text from another box of the row is moved by us: Qt would write the two boxes down one
        after the other, and the row, shown again in between, would lose one of the changes."""
        source = _box_of(event.source())
        is_moved = source is not self and event.dropAction() == Qt.DropAction.MoveAction
        super().dropEvent(event)
        if source is None or source is self or not event.isAccepted():
            return
        event.setDropAction(Qt.DropAction.CopyAction)  # so that Qt does not take it away, too
        event.accept()
        if is_moved:
            source.textCursor().removeSelectedText()
        around = self.parentWidget()
        while around is not None and not isinstance(around, HoldsTexts):
            around = around.parentWidget()
        if around is not None:
            around.commit_together(self.tr("move text") if is_moved else self.tr("copy text"))
        self.setFocus(Qt.FocusReason.MouseFocusReason)


@runtime_checkable
class HoldsTexts(Protocol):
    """Around boxes whose texts are parts of one thing."""

    def commit_together(self, what: str) -> None:
        """Write down what is still being typed in all of them, as one step with this name."""


def _box_of(viewport: QObject | None) -> GrowingEdit | None:
    box = viewport.parent() if viewport is not None else None
    return box if isinstance(box, GrowingEdit) else None
