"""The right side of Settings: cards one below the other, no wider than they can be read."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget

from tunedesk.ui.widgets.layout import column, row, scrolled

_WIDEST_PX = 780


def section(*cards: QWidget) -> QScrollArea:
    """A page of these cards that scrolls by itself."""
    body = QWidget()
    holder = QWidget()
    holder.setMaximumWidth(_WIDEST_PX)
    holder.setLayout(column(*cards, None, spacing=14))
    line = row(holder, None, margins=(24, 20, 24, 20))
    line.setStretch(0, 30)
    line.setStretch(1, 1)
    body.setLayout(line)
    return scrolled(body)
