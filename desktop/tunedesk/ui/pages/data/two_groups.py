"""Two groups of buttons: on one line where there is room, else one below the other."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class TwoGroups(QWidget):
    """The first group stands left, the second fills the rest."""

    def __init__(self, first: QHBoxLayout, second: QHBoxLayout, *, spacing: int = 2) -> None:
        super().__init__()
        self._groups = (first, second)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._box = QBoxLayout(_ACROSS, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(spacing)
        self._box.addLayout(first)
        self._box.addLayout(second, 1)

    def minimumSizeHint(self) -> QSize:
        margins = self.contentsMargins()
        widest = max(group.minimumSize().width() for group in self._groups)
        return QSize(
            widest + margins.left() + margins.right(),
            self._box.minimumSize().height(),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a button came or went
            self._place()
        return super().event(event)

    def _place(self) -> None:
        needed = sum(group.sizeHint().width() for group in self._groups) + self._box.spacing()
        direction = _ACROSS if self.contentsRect().width() >= needed else _DOWN
        if direction != self._box.direction():
            self._box.setDirection(direction)
