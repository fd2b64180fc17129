"""The line below the chips while one searches: how, in which texts, how many, and the next."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from tunedesk.services.dataset.finding import FIELDS, FindField, Query
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import ElidedLabel
from tunedesk.ui.widgets.tips import set_tip


class FindOptions(QWidget):
    """How a text is looked for: as an expression, with case, in whose texts. `changed()`."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.regex = _toggle(".*", self.tr("Regular expression"), self.tr("Alt+R"))
        self.case = _toggle("Aa", self.tr("Match case"), self.tr("Alt+C"))
        self.field = ChoiceBox(theme, self.tr("Search in"))
        words: dict[FindField, str] = {
            "all": self.tr("All texts"),
            "prompt": self.tr("Prompts"),
            "reply": self.tr("Replies"),
            "system": self.tr("System"),
        }
        for field in FIELDS:
            self.field.addItem(words[field], field)
        self.regex.toggled.connect(lambda _: self.changed.emit())
        self.case.toggled.connect(lambda _: self.changed.emit())
        self.field.activated.connect(lambda _: self.changed.emit())
        self.setLayout(row(self.regex, self.case, self.field, spacing=6))

    def query(self, text: str) -> Query | None:
        """What is looked for, None for nothing."""
        if not text:
            return None
        return Query(
            text=text,
            is_regex=self.regex.isChecked(),
            has_case=self.case.isChecked(),
            field=self.field.currentData(),
        )

    def take(self, other: FindOptions) -> None:
        """Be set as another is."""
        self.regex.setChecked(other.regex.isChecked())
        self.case.setChecked(other.case.isChecked())
        self.field.setCurrentIndex(other.field.currentIndex())


class FindBar(QFrame):
    """`changed()` when the way of searching is; `step(1 or -1)`; `replace_asked()`; `cancelled()`;
    `closed()`."""

    changed = Signal()
    step = Signal(int)
    replace_asked = Signal()
    cancelled = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.options = FindOptions(theme)
        self.options.changed.connect(self.changed)
        self.result = ElidedLabel("", "second")
        self.progress = ProgressBar()
        self.progress.setMaximumWidth(90)
        self.progress.setAccessibleName(self.tr("Search under way"))
        self.cancel = button(self.tr("Stop"), self.cancelled.emit, look="link")
        previous = self.tr("Previous row found (Shift+F3)")
        self.previous = IconButton(theme, "up", previous, lambda: self.step.emit(-1))
        following = self.tr("Next row found (F3)")
        self.following = IconButton(theme, "down", following, lambda: self.step.emit(1))
        self.replace = button(self.tr("Replace…"), self.replace_asked.emit, look="link")
        set_tip(self.replace, self.tr("Replace in all, selected or shown rows (Ctrl+H)"))
        close = IconButton(theme, "close", self.tr("End the search (Esc)"), self.closed.emit)
        line = row(self.options, spacing=6, margins=(14, 4, 10, 4))
        line.addWidget(self.result, 1)
        for part in (self.progress, self.cancel, self.previous, self.following, self.replace):
            line.addWidget(part)
        line.addWidget(close)
        self.setLayout(line)
        self.show_busy(False)
        self.hide()

    def say(self, text: str, *, is_error: bool = False) -> None:
        """The result in words, or what is wrong with the expression."""
        self.result.set_look("second-error" if is_error else "second")
        self.result.setText(text)
        self.result.setAccessibleName(text)

    def show_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.cancel.setVisible(is_busy)
        self.replace.setVisible(not is_busy)  # room for what is found so far
        self.progress.setRange(0, 0)

    def show_progress(self, n_done: int, n_all: int) -> None:
        self.progress.setRange(0, max(n_all, 1))
        self.progress.setValue(n_done)


def _toggle(sign: str, name: str, key: str) -> QPushButton:
    made = button(sign, look="filter", name=name)
    set_tip(made, f"{name} ({key})")
    made.setShortcut(key)
    return made
