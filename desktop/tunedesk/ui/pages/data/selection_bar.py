"""The line that appears while several rows are selected: how many, and what can be done."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.giving_way import GivingWay
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip

_GIVE_WAY = ("duplicate", "tag", "aside")  # in a narrow window they are in the menu alone
SHORT = ("train", "test", "aside", "tag", "duplicate", "remove")


class RowActions(QWidget):
    """Every action on rows by name, with its words and key; holder of the menu. `asked(name)`."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = {"undo": "", "redo": ""}

    def name_steps(self, undone: str, redone: str) -> None:
        """What the next undo and redo would do, "" where there is nothing."""
        self._steps = {"undo": undone, "redo": redone}

    def words(self) -> dict[str, tuple[str, str]]:
        """Name → (words, key); "" ends a group."""
        return {
            "edit": (self.tr("Edit"), "Enter"),
            "-1": ("", ""),
            "train": (self.tr("Train"), ""),
            "test": (self.tr("Test"), ""),
            "split": (self.tr("Other side"), "T"),
            "aside": (self.tr("Set aside"), "A"),
            "seed": (self.tr("Back to the seed"), "U"),
            "tag": (self.tr("Tag…"), "G"),
            "-2": ("", ""),
            "copy": (self.tr("Copy as JSONL"), "Ctrl+C"),
            "paste": (self.tr("Paste rows"), "Ctrl+V"),
            "duplicate": (self.tr("Duplicate"), "Ctrl+D"),
            "up": (self.tr("Move up"), "Ctrl+Up"),
            "down": (self.tr("Move down"), "Ctrl+Down"),
            "place": (self.tr("Move before row…"), "Ctrl+M"),
            "send": (self.tr("Move to dataset…"), "Ctrl+Shift+M"),
            "export": (self.tr("Export these rows…"), "Ctrl+E"),
            "-3": ("", ""),
            "all": (self.tr("Select all"), "Ctrl+A"),
            "remove": (self.tr("Delete"), "Del"),
        }

    def offered_menu(self) -> QMenu:
        return self.menu()

    def menu(self) -> QMenu:
        """For the right mouse button and the menu key."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, words, key in (
            ("undo", self.tr("Undo {what}"), "Ctrl+Z"),
            ("redo", self.tr("Redo {what}"), "Ctrl+Shift+Z"),
        ):
            step = self._steps[name]
            act = made.addAction(f"{words.format(what=step).strip()}\t{key}")
            act.setEnabled(bool(step))
            act.triggered.connect(lambda _=False, n=name: self.asked.emit(n))
        made.addSeparator()
        for name, (words, key) in self.words().items():
            if not words:
                made.addSeparator()
                continue
            act = made.addAction(f"{words}\t{key}" if key else words)
            act.triggered.connect(lambda _=False, n=name: self.asked.emit(n))
        return made


class SelectionBar(QFrame):
    """`asked(name)` with a name of RowActions; hidden while at most one row is selected."""

    asked = Signal(str)

    def __init__(self, actions: RowActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "notice-info")
        self.count = PlainLabel("", "strong")
        line = row(self.count, None, spacing=4, margins=(14, 4, 10, 4))
        words, made_of = actions.words(), {}
        for name in SHORT:
            text, key = words[name]
            look = "danger-quiet" if name == "remove" else "quiet"
            made = made_of[name] = button(text, partial(self.asked.emit, name), look=look)
            if key:
                set_tip(made, f"{text} ({key})")
            line.addWidget(made)
        self.setLayout(line)
        GivingWay(line, [made_of[name] for name in _GIVE_WAY])
        self.hide()

    def show_count(self, n_rows: int) -> None:
        text = self.tr("{n} selected").format(n=f"{n_rows:,}")
        self.count.setText(text)
        self.setAccessibleName(text)
        self.setVisible(n_rows > 1)
