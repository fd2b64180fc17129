"""The word over the whole window while a file hangs over it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tunedesk.ui.files.few_words import PATTERNS
from tunedesk.ui.widgets.text import PlainLabel

_SUFFIXES = {pattern.removeprefix("*") for pattern in PATTERNS.split()}


class DropOverlay(QFrame):
    """Lies over the pages, lets the mouse through, and is hidden until something comes."""

    def __init__(self, pages: QWidget, parent: QWidget) -> None:
        """Not a child of `pages`: a stack tells a screen reader of its pages only."""
        super().__init__(parent)
        self._pages = pages
        self.setProperty("look", "drop-overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title = PlainLabel("", "title")
        self._words = PlainLabel("", "second", wrap=True)
        box = QVBoxLayout(self)
        box.addStretch()
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            box.addWidget(label)
        box.addStretch()
        self.hide()

    def come(self, n_files: int, name: str) -> None:
        """Say what a drop here does; of what looks foreign, no more than is known of it."""
        if n_files == 1:
            is_ours = Path(name).suffix.lower() in _SUFFIXES
            words = self.tr("Drop {name} to open it")
            if not is_ours:
                words = self.tr("Drop {name} to look for examples in it")
            self._title.setText(words.format(name=name))
        else:
            self._title.setText(self.tr("Drop {n} files to open them").format(n=n_files))
        self._words.setText(
            self.tr("JSONL, JSON, CSV, TSV, Parquet or a folder of them. Files stay unchanged.")
        )
        self.setGeometry(self._pages.geometry().adjusted(8, 8, -8, -8))
        self.raise_()
        self.show()

    @property
    def words(self) -> str:
        """What it says; "" while it is hidden."""
        return self._title.text() if self.isVisible() else ""
