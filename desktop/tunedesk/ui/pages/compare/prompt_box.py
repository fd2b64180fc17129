"""Free chat's prompt: one box feeds both panes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.ui.pages.compare.prompts import typed_prompt
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text_boxes import EnterEdit, LineEdit


class PromptBox(QFrame):
    """`asked(HeldOutPrompt)` on Enter or the button; Shift+Enter breaks the line."""

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("promptBox")
        self.system = LineEdit()
        self.system.setPlaceholderText(self.tr("System prompt (optional)"))
        self.system.setAccessibleName(self.tr("System prompt for both models"))
        self.text = EnterEdit(self.tr("Prompt for both models"))
        self.text.setPlaceholderText(self.tr("Ask both models…  Enter sends, Shift+Enter breaks"))
        self.text.setFixedHeight(52)
        self.text.entered.connect(self.ask)
        self.text.textChanged.connect(self._show_ability)
        self.send = button(self.tr("Ask both"), self.ask, look="primary")
        self.send.setAccessibleDescription(
            self.tr("Once there is a prompt, and no answer under way")
        )
        self._may_ask = True
        line = row(spacing=10)
        line.addWidget(self.text, 1)
        line.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        self.setLayout(column(self.system, line, spacing=6, margins=(18, 10, 18, 10)))
        self._show_ability()

    def set_may_ask(self, may_ask: bool) -> None:
        """False while answers are being written."""
        self._may_ask = may_ask
        self._show_ability()

    def ask(self) -> None:
        """Send what is written, if anything is."""
        if not self.send.isEnabled():
            return
        messages = [{"role": "user", "content": self.text.toPlainText().strip()}]
        if self.system.text().strip():
            messages.insert(0, {"role": "system", "content": self.system.text().strip()})
        self.text.clear()
        self.asked.emit(typed_prompt(messages))

    def _show_ability(self) -> None:
        self.send.setEnabled(self._may_ask and bool(self.text.toPlainText().strip()))
