"""Ctrl+K and F1: a line to type in, and below it everything that can be done, with its key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QListView, QWidget

from tunedesk.core.search_text import literal_pattern
from tunedesk.core.speech import in_english
from tunedesk.ui.shell.action_lines import ActionLines
from tunedesk.ui.shell.found_actions import FoundAction, FoundActions
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.lines_model import Index
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

_SIZE = QSize(620, 460)
_KEYS_OF_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FoundModel(QAbstractListModel):
    """Lines are FoundAction in the role UserRole; read aloud with their key or what hinders."""

    def __init__(self, actions: Sequence[FoundAction], parent: QObject) -> None:
        super().__init__(parent)
        self._all = [(one, _found_by(one)) for one in actions]
        self.shown = list(actions)

    def look_for(self, text: str) -> None:
        """Show what holds every word of `text`, names that begin with it first."""
        words = [re.compile(literal_pattern(word), re.IGNORECASE) for word in text.split()]
        self.beginResetModel()
        held = [one for one, said in self._all if all(word.search(said) for word in words)]
        first = re.compile(literal_pattern(text.strip()), re.IGNORECASE)
        self.shown = sorted(held, key=lambda one: not first.match(one.name))
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.shown[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return one
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (one.name, one.place, one.keys, one.why_not)))
        return one.name if role == Qt.ItemDataRole.DisplayRole else None


def _found_by(one: FoundAction) -> str:
    """Its words as shown, and in English."""
    shown = (one.name, one.place)
    return " ".join((*shown, *map(in_english, shown), one.keys))


class ActionFinder(QDialog):
    """Shown with `open`. What is chosen is done after it has closed, where the keyboard was."""

    def __init__(self, window: QWidget, theme: Theme, found: FoundActions, *, keys: bool) -> None:
        super().__init__(window)
        title = self.tr("Keyboard shortcuts") if keys else self.tr("Find an action")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._found = found
        self._taken: FoundAction | None = None
        self.model = FoundModel(found.every_key() if keys else found.possible(), self)
        self.box = LineEdit()
        self.box.setPlaceholderText(self.tr("What do you want to do?"))
        self.box.setAccessibleName(title)
        self.box.setClearButtonEnabled(True)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Actions"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(ActionLines(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.told = PlainLabel("", "second", wrap=True)
        self.setLayout(column(self.box, self.list, self.told, margins=(14, 14, 14, 12)))
        self.box.textChanged.connect(self._look)
        self.box.installEventFilter(self)
        self.list.activated.connect(lambda _index: self.take())
        self.list.clicked.connect(lambda _index: self.take())
        self.list.selectionModel().currentChanged.connect(lambda *_: self._tell())
        self.finished.connect(lambda _code: self._end())
        self.resize(_SIZE.boundedTo(window.size()))
        self._look("")
        self.box.setFocus()

    def chosen(self) -> FoundAction | None:
        index = self.list.currentIndex()
        return self.model.shown[index.row()] if index.isValid() else None

    def take(self) -> None:
        """Do what is chosen; where that cannot be, the reason stays to read."""
        one = self.chosen()
        if one is None or one.why_not:
            return
        self._taken = one
        self.accept()

    def _end(self) -> None:
        """After this window is gone; the menus it has read live until then."""
        taken, found = self._taken, self._found

        def do() -> None:
            if taken is not None:
                taken.run()
            found.forget()

        QTimer.singleShot(0, do)

    def _look(self, text: str) -> None:
        self.model.look_for(text)
        if self.model.shown:
            self.list.setCurrentIndex(self.model.index(0, 0))
        self._tell()

    def _tell(self) -> None:
        one = self.chosen()
        if one is None:
            self.told.setText(self.tr("No action has these words."))
        else:
            self.told.setText(one.why_not or self.tr("Enter does it, Escape goes back."))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the line of text, arrows go through the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _ENTER:
                self.take()
                return True
            if event.key() in _KEYS_OF_LIST:
                self.list.event(event)
                return True
        return super().eventFilter(watched, event)
