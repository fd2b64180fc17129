"""A value at the right of its name, whole wherever there is room for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent

from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip

_LONG = 24
_LONG_WORD = 14
_LEAST_PX = 40


class ValueLabel(PlainLabel):
    """Takes as many lines as a long value needs, and never makes its card wider. What cannot be
    broken and is too wide all the same is cut in its middle, and whole in its tooltip."""

    def __init__(self, look: str = "body") -> None:
        self._value = ""
        super().__init__("", look)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    @property
    def value(self) -> str:
        """All of it, whatever is shown."""
        return self._value

    def show_value(self, value: str) -> None:
        """Show another value."""
        self._value = value
        is_name = " " not in value and len(value) > _LONG_WORD
        self.setWordWrap(is_name or len(value) > _LONG)
        self._fit(self.width())

    def minimumSizeHint(self) -> QSize:
        """A long value may become narrow: it is broken or cut then."""
        hint = super().minimumSizeHint()
        return QSize(_LEAST_PX, hint.height()) if self.wordWrap() else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _fit(self, width_px: int) -> None:
        if self.text() != self._value:
            self.setText(self._value)
        widest_px = super().minimumSizeHint().width()
        is_cut = self.wordWrap() and 0 < width_px < widest_px
        if is_cut:
            middle = Qt.TextElideMode.ElideMiddle
            self.setText(self.fontMetrics().elidedText(self._value, middle, width_px))
        set_tip(self, self._value if is_cut else "")
