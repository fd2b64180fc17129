"""How many rows train and how many test, as a bar that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.named_keys import InnerKey

_HEIGHT = 18
_STRIPE = 6
_MOST_TEST = 0.9
_DRAG_PX = 3
_STEPS = {
    Qt.Key.Key_Left: 0.01,
    Qt.Key.Key_Down: 0.01,
    Qt.Key.Key_Right: -0.01,
    Qt.Key.Key_Up: -0.01,
    Qt.Key.Key_PageDown: 0.05,
    Qt.Key.Key_PageUp: -0.05,
}


class SplitBar(QWidget):
    """Grey for train, accent for test; the words beside it carry the same figures.

    `previewed(test share)` while it is dragged or stepped, `chosen(test share)` at the end, -1 for
    "no, as before"; `opened()` at a click or Enter.
    """

    previewed = Signal(float)
    chosen = Signal(float)
    opened = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._train, self._test = 0, 0
        self._pressed_at: float | None = None  # on the screen, as `_left`
        self._left = 0.0
        self._preview: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        self.setFixedHeight(_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName(self.tr("Split between train and test"))
        self.setAccessibleDescription(
            self.tr("Arrow keys move the border, Enter keeps it or opens the settings of the split")
        )
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def set_counts(self, train: int, test: int) -> None:
        """The rows as they are split now."""
        self._train, self._test = train, test
        self.update()

    @property
    def percent(self) -> tuple[int, int]:
        """Train and test shares in whole percent, adding to 100 where there are rows."""
        rows = self._train + self._test
        if not rows:
            return (0, 0)
        test = round(100 * self._share)
        return (100 - test, test)

    @property
    def counts(self) -> tuple[int, int]:
        """Train and test rows; while it is dragged, what is to be expected."""
        if self._preview is None:
            return self._train, self._test
        test = round((self._train + self._test) * self._preview)
        return self._train + self._test - test, test

    @property
    def is_previewing(self) -> bool:
        return self._preview is not None

    @property
    def _share(self) -> float:
        """Of test."""
        if self._preview is not None:
            return self._preview
        return self._test / max(1, self._train + self._test)

    # -- hands -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.globalPosition().x()
            self._left = self._pressed_at - event.position().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.globalPosition().x()  # should the bar move, the hand has not
        if self._pressed_at is None:
            return
        if self._preview is not None or abs(x - self._pressed_at) >= _DRAG_PX:
            self._show(1 - (x - self._left) / max(1, self.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_pressed, self._pressed_at = self._pressed_at is not None, None
        if self._preview is not None:
            self._choose()
        elif was_pressed:
            self.opened.emit()

    def inner_keys(self) -> list[InnerKey]:
        return [
            InnerKey("←", self.tr("More rows for the test")),
            InnerKey("→", self.tr("More rows to learn from")),
            InnerKey("Enter", self.tr("Keep the border, or open the settings of the split")),
        ]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._show(round(self._share + _STEPS[key], 2))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose() if self._preview is not None else self.opened.emit()
        elif key == Qt.Key.Key_Escape and self._preview is not None:
            self._give_up()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: object) -> None:
        """What was stepped to by key and not kept with Enter is not meant."""
        if self._preview is not None and self._pressed_at is None:
            self._give_up()
        self.update()

    def focusInEvent(self, event: object) -> None:
        self.update()

    def _show(self, share: float) -> None:
        if self._train + self._test:
            self._preview = round(min(max(share, 0.0), _MOST_TEST), 2)
            self.previewed.emit(self._preview)
            self.update()

    def _choose(self) -> None:
        share, self._preview = self._preview, None
        if share is not None:
            self.chosen.emit(share)
        self.update()

    def _give_up(self) -> None:
        self._preview = None
        self.chosen.emit(-1.0)
        self.update()

    # -- picture -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(0, (self.height() - _STRIPE) / 2, self.width(), _STRIPE)
        palette = self._theme.palette
        painter.setBrush(palette.color("track"))
        painter.drawRoundedRect(box, 3, 3)
        if self._train + self._test:
            painter.setBrush(palette.color("accent"))
            painter.drawRoundedRect(box, 3, 3)
            painter.setBrush(palette.color("second"))
            box.setWidth(box.width() * (1 - self._share))
            painter.drawRoundedRect(box, 3, 3)
            self._paint_grip(painter, box.right())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color("accent"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.end()

    def _paint_grip(self, painter: QPainter, x: float) -> None:
        x = min(max(x, 3.0), self.width() - 3.0)
        painter.setPen(QPen(self._theme.palette.color("surface"), 1.5))
        painter.setBrush(self._theme.palette.color("ink"))
        painter.drawRoundedRect(QRectF(x - 3, 2, 6, self.height() - 4), 3, 3)
        painter.setPen(Qt.PenStyle.NoPen)
