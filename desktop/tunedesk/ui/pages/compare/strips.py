"""What comes between the panes and the voting row: a notice with its remedy, the reference."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row, scrolled
from tunedesk.ui.widgets.text import PlainLabel

REFERENCE_CHARS = 20_000


class Notice(QFrame):
    """One sentence and the button that helps. Hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._act: Callable[[], object] | None = None
        self.text = PlainLabel("", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.action = button("", self._pressed)
        line = row(spacing=12, margins=(18, 8, 18, 8))
        line.addWidget(self.text, 1)
        line.addWidget(self.action)
        self.setLayout(line)
        self.hide()

    def tell(
        self, text: str, action: str = "", act: Callable[[], object] | None = None, *,
        is_error: bool = False,
    ) -> None:  # fmt: skip
        """Show `text`; with `action`, a button that calls `act`."""
        self.setObjectName("noticeError" if is_error else "notice")
        self.style().unpolish(self)
        self.style().polish(self)
        self.text.setText(text)
        self._act = act
        self.action.setText(action)
        self.action.setAccessibleName(action)
        self.action.setVisible(act is not None)
        self.setAccessibleName(text)
        self.show()

    def _pressed(self) -> None:
        if self._act is not None:
            self._act()


class Reference(QFrame):
    """The held-out reply a row of the dataset gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.text = PlainLabel("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.text)
        inner.addStretch()
        area = scrolled(body)
        area.setFixedHeight(84)
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 8, 18, 8)
        box.setSpacing(4)
        box.addWidget(PlainLabel(self.tr("Reference reply, from the dataset"), "second"))
        box.addWidget(area)
        self.hide()

    def set_text(self, text: str) -> None:
        self.text.setText(text[:REFERENCE_CHARS])
        self.text.setAccessibleName(text[:REFERENCE_CHARS])
