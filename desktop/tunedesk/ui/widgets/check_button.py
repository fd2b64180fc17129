"""A push button that may stay down, and hears a screen reader's click, too."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QPushButton


class CheckButton(QPushButton):
    """Where it can be checked, a screen reader's action is `toggle`: Qt then changes how the
    button looks and emits no `clicked`, so that nothing would happen. Here that is a click."""

    _is_told = False  # what changes it now is a click, or our own code

    def setCheckable(self, is_checkable: bool) -> None:
        super().setCheckable(is_checkable)
        self.toggled.connect(self._toggled)

    def setChecked(self, is_checked: bool) -> None:
        before, self._is_told = self._is_told, True
        super().setChecked(is_checked)
        self._is_told = before

    def nextCheckState(self) -> None:
        self._is_told = True
        super().nextCheckState()
        self._is_told = False

    def _toggled(self, is_on: bool) -> None:
        group = self.group()
        is_one_of_several = self.autoExclusive() or (group is not None and group.exclusive())
        if not self._is_told and (is_on or not is_one_of_several):
            clicked: Any = self.clicked
            clicked[bool].emit(is_on)
