"""One box that feeds every pane."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text_boxes import EnterEdit


class AskBox(QFrame):
    """`asked(text)` on Enter or the button; `stopped()` on Escape or the button beside."""

    asked = Signal(str)
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("promptBox")
        self.text = EnterEdit(self.tr("Prompt for every model"))
        self.text.setFixedHeight(52)
        self.text.entered.connect(self.ask)
        self.text.left.connect(self.stopped)
        self.text.textChanged.connect(self._show_ability)
        self.send = button(self.tr("Send"), self.ask, look="primary")
        self.send.setAccessibleDescription(
            self.tr("Once there is a prompt, and no answer under way")
        )
        self.stop = button(self.tr("Stop"), self.stopped.emit)
        bottom = Qt.AlignmentFlag.AlignBottom
        line = row(spacing=10, margins=(18, 10, 18, 10))
        line.addWidget(self.text, 1)
        line.addWidget(self.stop, 0, bottom)
        line.addWidget(self.send, 0, bottom)
        self.setLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._may_ask = False
        self.show_state(may_ask=False, is_writing=False, wants_result=False)

    def show_state(self, *, may_ask: bool, is_writing: bool, wants_result: bool) -> None:
        """What can be done now; `wants_result`: a tool was called, and its answer is wanted."""
        self._may_ask = may_ask
        if not is_writing and self.window().focusWidget() is self.stop:
            self.text.setFocus()  # else it goes to whatever comes first in the window
        self.stop.setVisible(is_writing)
        words = self.tr("Ask…  Enter sends, Shift+Enter breaks")
        if wants_result:
            words = self.tr("What the tool that was called answers…  Enter sends")
        self.text.setPlaceholderText(words)
        self._show_ability()

    def ask(self) -> None:
        """Send what is written, if anything is."""
        if self.send.isEnabled():
            text = self.text.toPlainText().strip()
            if self.send.hasFocus():
                self.text.setFocus()
            self.text.clear()
            self.asked.emit(text)

    def _show_ability(self) -> None:
        self.send.setEnabled(self._may_ask and bool(self.text.toPlainText().strip()))
