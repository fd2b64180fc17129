"""Labels left, controls right, in one column width for both cards of the form."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from tunedesk.ui.widgets.text import PlainLabel

_LABEL_WIDTH = 112


def form_grid() -> QGridLayout:
    """An empty grid with the form's distances."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(10)
    grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
    grid.setColumnStretch(2, 1)
    return grid


def add_line(
    grid: QGridLayout, name: str, control: QWidget, beside: QWidget | None = None
) -> PlainLabel:
    """One more line: `control` takes the whole width unless something stands beside it. The label
    is given back."""
    line = grid.rowCount()
    label = PlainLabel(name, "second")
    label.setBuddy(control)
    grid.addWidget(label, line, 0)
    if beside is None:
        grid.addWidget(control, line, 1, 1, 2)
    else:
        grid.addWidget(control, line, 1)
        grid.addWidget(beside, line, 2)
    return label
