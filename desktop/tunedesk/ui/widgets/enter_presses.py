"""Enter presses the button that has the keyboard, in every window; Qt's own goes to another."""

from __future__ import annotations

from PySide6 import QtCore  # not `Qt`, whose making would delay the first paint
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget


def enter_presses(event: QKeyEvent, window: QWidget) -> bool:
    """Press the focused button of the window, if the key is Enter; whether it was done."""
    focus = window.focusWidget()
    enter = (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter)
    if event.key() not in enter or not isinstance(focus, QAbstractButton):
        return False
    if event.modifiers() & ~QtCore.Qt.KeyboardModifier.KeypadModifier:
        return False
    focus.click()
    return True
