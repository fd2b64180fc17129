"""The page's single keys. They rest while a person types or picks from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from tunedesk.ui.widgets.named_keys import named_key

if TYPE_CHECKING:
    from tunedesk.ui.widgets.named_keys import Keys

_TYPING = (QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)


class VoteKeys(QObject):
    """Shortcuts that work wherever the focus is on `page`, but in no field that takes text."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._shortcuts: list[QShortcut] = []
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def add(self, key: Keys | Sequence[Keys], name: str, act: Callable[[], object]) -> None:
        """`act()` on `key`, once for each press; `name` as for a named key."""
        shortcut = named_key(self._page, key, name, act, only_inside=True)
        shortcut.setAutoRepeat(False)
        self._shortcuts.append(shortcut)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        resting = isinstance(now, _TYPING)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(not resting)
