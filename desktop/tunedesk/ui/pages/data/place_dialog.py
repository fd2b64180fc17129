"""Where the selected rows shall stand: what dragging them does, without a mouse."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSpinBox, QWidget

from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.memory import Memory
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel


class PlaceDialog(ToolDialog):
    """`place` is the dataset index, from 0, before which the rows shall come."""

    def __init__(
        self, n_moved: int, n_rows: int, at: int, memory: Memory, parent: QWidget | None = None
    ) -> None:
        title = self.tr("Move {rows}").format(rows=rows_words(n_moved))
        super().__init__(parent, title, "place", memory, QSize(420, 150))
        self.number = QSpinBox()
        self.number.setRange(1, n_rows + 1)
        self.number.setValue(at + 1)
        self.number.setGroupSeparatorShown(True)
        self.number.selectAll()
        before = self.tr("Before row")
        self.number.setAccessibleName(before)
        end = self.tr("{n} is the end.").format(n=f"{n_rows + 1:,}")
        self.arrange(
            PlainLabel(title, "heading"),
            row(PlainLabel(before), self.number, PlainLabel(end, "second"), None),
            buttons=[
                None,
                button(self.tr("Cancel"), self.reject),
                default(button(self.tr("Move"), self.accept, look="primary")),
            ],
        )
        self.number.setFocus()

    @property
    def place(self) -> int:
        return self.number.value() - 1
