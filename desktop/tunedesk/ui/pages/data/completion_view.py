"""A prompt and completion row: two boxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.ui.pages.data.long_text import LongText
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import counted

KEYS = ("prompt", "completion")


class CompletionView(QWidget):
    """`edited(key, text)`."""

    edited = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = {"prompt": self.tr("Prompt"), "completion": self.tr("Completion")}
        self.boxes = {key: LongText(theme, words[key], look="", least_px=80) for key in KEYS}
        self._tokens = {key: PlainLabel("", "second") for key in KEYS}
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 6)
        box.setSpacing(6)
        for key in KEYS:
            box.addLayout(row(PlainLabel(words[key], "heading"), None, self._tokens[key]))
            box.addWidget(self.boxes[key])
            box.addSpacing(8)
            self.boxes[key].committed.connect(lambda text, key=key: self.edited.emit(key, text))
        box.addStretch()

    def show_value(self, value: Mapping[str, Any]) -> None:
        """Show a parsed row; what is no text is for the JSON view."""
        for key in KEYS:
            text = value.get(key)
            is_text = isinstance(text, str) or (text is None and key not in value)
            self.boxes[key].show_text(text if isinstance(text, str) else "", editable=is_text)

    def begin_row(self) -> None:
        for box in self.boxes.values():
            box.edit.begin()

    def commit(self) -> None:
        """Write down what is still being typed."""
        for box in self.boxes.values():
            box.edit.commit()

    def show_tokens(self, counts: list[int]) -> None:
        """Tokens of both."""
        for key, n_tokens in zip(KEYS, counts, strict=True):
            words = counted(n_tokens, self.tr("1 token"), self.tr("{n} tokens"))
            self._tokens[key].setText(words)

    def focus_path(self, steps: list[Any]) -> None:
        key = steps[0] if steps and steps[0] in KEYS else "completion"
        self.boxes[key].edit.setFocus()
