"""The sunken line at the bottom: engine, dataset, and when the file was last written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.tips import set_tip

_COLOR_OF = {"ready": "ok", "attention": "warning_mark", "failed": "error", "waiting": "faint"}


class StateDot(QWidget):
    """A state by colour *and* shape: ● ready, ▲ attention, ◆ failed, ○ waiting."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = "waiting"
        self.setFixedSize(10, 10)
        theme.changed.connect(self.update)

    def set_state(self, state: str) -> None:
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.palette.color(_COLOR_OF[self._state])
        painter.setPen(color)
        painter.setBrush(color if self._state != "waiting" else Qt.BrushStyle.NoBrush)
        draw_state(painter, self._state, QRectF(1.5, 1.5, 7, 7))
        painter.end()


def draw_state(painter: QPainter, state: str, box: QRectF) -> None:
    """Draw the state's shape into `box` with the painter's pen and brush."""
    middle_x, middle_y = box.center().x(), box.center().y()
    if state == "attention":
        corners = [(middle_x, box.top()), (box.right(), box.bottom()), (box.left(), box.bottom())]
    elif state == "failed":
        corners = [
            (middle_x, box.top()),
            (box.right(), middle_y),
            (middle_x, box.bottom()),
            (box.left(), middle_y),
        ]
    else:
        painter.drawEllipse(box)
        return

    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))


class StatusBar(QFrame):
    """Four words: the engine's state, the other providers', what the page says, and the file's;
    during a drag, what a drop would do instead of what the page says. At the end, the way to every
    action: `find_asked`."""

    find_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        self.setFixedHeight(27)
        self._dot = StateDot(theme)
        self.engine = PlainLabel("")
        self.providers = ElidedLabel("")
        self.providers.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.providers.hide()
        self.page = PlainLabel("")
        self.hint = ElidedLabel("", "accent")
        self.hint.hide()
        self.saved = PlainLabel("")
        self.finder = button("", self.find_asked.emit, look="link")
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 0, 14, 0)
        line.setSpacing(7)
        for part in (self._dot, self.engine):
            line.addWidget(part)
        line.addSpacing(10)
        line.addWidget(self.providers)
        line.addSpacing(10)
        line.addWidget(self.page)
        line.addWidget(self.hint, 100)
        line.addStretch()
        line.addWidget(self.saved)
        line.addWidget(self.finder)

    def name_finder(self, words: str, keys: str) -> None:
        """The link to all actions, with its key."""
        self.finder.setText(keys)
        self.finder.setAccessibleName(words)
        set_tip(self.finder, f"{words} ({keys})")

    def set_engine(self, state: str, text: str) -> None:
        """`state` is one of StateDot's: ready, attention, failed, waiting."""
        is_news = text != self.engine.text()
        self._dot.set_state(state)
        self.engine.setText(text)
        self.engine.setAccessibleName(text)
        if is_news:
            announce(self.engine, text, urgent=state == "failed")

    def set_saved(self, text: str) -> None:
        """When the file was last written."""
        is_news = text != self.saved.text()
        self.saved.setText(text)
        if is_news:
            announce(self.saved, text)

    def set_providers(self, words: Sequence[str]) -> None:
        """A word for each provider in use."""
        self.providers.setText("     ".join(words))
        self.providers.setAccessibleName("; ".join(words))
        self.providers.setVisible(bool(words))

    def set_hint(self, text: str) -> None:
        """What a drop here would do, "" when nothing is dragged any more."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        self.page.setVisible(not text)
