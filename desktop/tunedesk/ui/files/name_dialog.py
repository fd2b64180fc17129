"""Two small questions: what to call it, and which dataset."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QListWidget, QWidget

from tunedesk.services.project.project import DatasetInfo
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.memory import Memory
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit


class NameDialog(ToolDialog):
    """`chosen` is the name, "" when the question was not answered."""

    def __init__(
        self, title: str, name: str, yes: str, memory: Memory, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, title, "name", memory, QSize(440, 150))
        self.chosen = ""
        self.name = LineEdit(name)
        self.name.setAccessibleName(self.tr("Name"))
        self.name.selectAll()
        self.go = default(button(yes, self._go, look="primary"))
        cancel = button(self.tr("Cancel"), self.reject)
        self.name.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        self.arrange(PlainLabel(title, "heading"), self.name, buttons=[None, cancel, self.go])
        self.name.setFocus()

    def _go(self) -> None:
        self.chosen = self.name.text().strip()
        self.accept()


class PickDialog(ToolDialog):
    """`chosen` is a dataset; `is_new` says that it is to be made."""

    def __init__(
        self,
        title: str,
        datasets: Sequence[DatasetInfo],
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, title, "pick", memory, QSize(440, 340))
        self.chosen: DatasetInfo | None = None
        self.is_new = False
        self._datasets = list(datasets)
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        self.list.addItems([f"{info.name} · {rows_words(info.n_rows)}" for info in datasets])
        self.list.addItem(self.tr("A new dataset…"))
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(lambda _item: self._go())
        go = default(button(self.tr("Move"), self._go, look="primary"))
        cancel = button(self.tr("Cancel"), self.reject)
        self.arrange(PlainLabel(title, "heading"), self.list, buttons=[None, cancel, go])
        self.list.setFocus()

    def _go(self) -> None:
        at = self.list.currentRow()
        self.is_new = at >= len(self._datasets)
        self.chosen = None if self.is_new else self._datasets[at]
        self.accept()
