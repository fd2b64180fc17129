"""A button as large as what stands in it: a card or a line of a list to click."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLayout, QPushButton, QSizePolicy, QWidget


class CardButton(QPushButton):
    """Clickable anywhere; its words are labels in `content`, which get no mouse of their own."""

    def __init__(
        self,
        content: QLayout,
        name: str,
        on_click: Callable[[], object] | None = None,
        look: str = "choice",
    ) -> None:
        super().__init__()
        self.setProperty("look", look)
        self.setAccessibleName(name)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setLayout(content)
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if on_click is not None:
            self.clicked.connect(lambda _checked=False: on_click())

    def sizeHint(self) -> QSize:
        return self._content().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._content().minimumSize()

    def hasHeightForWidth(self) -> bool:
        return self._content().hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        return self._content().heightForWidth(width)

    def _content(self) -> QLayout:
        content = self.layout()
        assert content is not None
        return content
