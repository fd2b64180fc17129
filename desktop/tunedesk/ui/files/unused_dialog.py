"""Rows that could not be used, each with its line and the reason."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from tunedesk.services.transfer.unused_rows import UnusedRow, read_unused
from tunedesk.services.work.background import Background
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.folders import show_in_folder
from tunedesk.ui.files.sample_table import plain_table, put_row
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.ask import DialogAsk
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel

_SIZE = QSize(820, 480)
_MAX_SHOWN = 1_000


class UnusedDialog(ToolDialog):
    """Shows the first thousand of each file; the files hold all of them."""

    def __init__(
        self,
        paths: list[Path],
        *,
        background: Background,
        operations: Operations,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, self.tr("Rows that could not be read"), "unused", memory, _SIZE)
        self._paths, self._background = paths, background
        headings = (self.tr("Line"), self.tr("Reason"), self.tr("Text"))
        self.list = plain_table(self.windowTitle(), headings)
        self.list.setColumnWidth(0, 70)
        self.list.setColumnWidth(1, 360)
        names = ", ".join(path.name for path in paths)
        kept = PlainLabel(self.tr("They are kept in {names}.").format(names=names), wrap=True)
        folder = button(
            self.tr("Show in folder"), lambda: show_in_folder(paths[0], DialogAsk(self))
        )
        folder.setEnabled(bool(paths))
        close = default(button(self.tr("Close"), self.reject, look="primary"))
        heading = PlainLabel(self.windowTitle(), "title")
        self.arrange(heading, kept, self.list, buttons=[folder, None, close])
        operations.run(self._read(), owner=self, done=self._show)

    async def _read(self) -> list[UnusedRow]:
        found: list[UnusedRow] = []
        for path in self._paths:
            found += await self._background.run(read_unused, path, _MAX_SHOWN)
        return found

    def _show(self, rows: list[UnusedRow]) -> None:
        for row in rows[:_MAX_SHOWN]:
            put_row(self.list, (f"{row.line:,}", row.reason, row.text))
