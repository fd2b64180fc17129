"""Finding the one button a person would press."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QAbstractButton, QWidget


def control(root: QWidget, name: str) -> QAbstractButton:
    """The one visible button below `root` with this accessible name."""
    found = visible(root, lambda made: made.accessibleName() == name)
    assert len(found) == 1, f"{len(found)} visible buttons called {name!r}"
    return found[0]


def visible(
    root: QWidget, is_wanted: Callable[[QAbstractButton], bool] = lambda _: True
) -> list[QAbstractButton]:
    """The visible buttons below `root`."""
    return [b for b in root.findChildren(QAbstractButton) if b.isVisible() and is_wanted(b)]
