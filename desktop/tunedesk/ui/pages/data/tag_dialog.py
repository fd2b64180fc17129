"""A short question about rows: which tags they have."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.memory import Memory
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.words import counted

_SIZE = QSize(380, 420)


class TagDialog(ToolDialog):
    """`add` and `remove` say what was chosen. A half tick: some of the rows have the tag."""

    def __init__(
        self,
        n_rows: int,
        tags: Mapping[str, int],
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        """`tags` has every tag of the dataset, with how many of the rows have it."""
        super().__init__(parent, self.tr("Tags"), "tags", memory, _SIZE)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Tags of the selected rows"))
        for tag, n_with in tags.items():
            self._add(tag, _state(n_with, n_rows))
        self.new = LineEdit()
        self.new.setPlaceholderText(self.tr("A new tag, or several with commas between"))
        self.new.setAccessibleName(self.tr("New tags"))
        self.new.setMaxLength(200)
        self._before = self._states()
        rows = counted(n_rows, self.tr("1 row."), self.tr("{n} rows."))
        lead = f"{rows} {self.tr('Rows that ask the same share their tags.')}"
        ok = default(button(self.tr("Set tags"), self.accept, look="primary"))
        self.arrange(
            PlainLabel(lead, "second", wrap=True),
            self.new,
            self.list,
            buttons=[None, button(self.tr("Cancel"), self.reject), ok],
        )
        self.new.setFocus()

    @property
    def add(self) -> list[str]:
        """Tags that every row is to have."""
        typed = [tag.strip() for tag in self.new.text().split(",") if tag.strip()]
        return typed + self._turned_to(Qt.CheckState.Checked)

    @property
    def remove(self) -> list[str]:
        """Tags that no row is to have."""
        return self._turned_to(Qt.CheckState.Unchecked)

    def _turned_to(self, state: Qt.CheckState) -> list[str]:
        now = self._states()
        return [tag for tag, is_now in now.items() if is_now == state != self._before[tag]]

    def _states(self) -> dict[str, Qt.CheckState]:
        items = [self.list.item(i) for i in range(self.list.count())]
        return {item.text(): item.checkState() for item in items}

    def _add(self, tag: str, state: Qt.CheckState) -> None:
        item = QListWidgetItem(tag)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(state)
        self.list.addItem(item)


def _state(n_with: int, n_rows: int) -> Qt.CheckState:
    if n_with == 0:
        return Qt.CheckState.Unchecked
    return Qt.CheckState.Checked if n_with >= n_rows else Qt.CheckState.PartiallyChecked
