"""Enter presses the button that has the keyboard, in every window; Qt's own goes to another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def enter_presses(event: QKeyEvent, window: QWidget) -> bool:
    """Press the focused button of the window, if the key is Enter; whether it was done."""
    focus = window.focusWidget()
    if event.key() not in _ENTER or not isinstance(focus, QAbstractButton):
        return False
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    focus.click()
    return True
