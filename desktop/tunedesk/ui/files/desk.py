"""Everything about files for one open project, put together and tied to the Data page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from tunedesk.ui.files.context import FileContext
from tunedesk.ui.files.exporter import ALL, CHOSEN, Exporter
from tunedesk.ui.files.guardian import Guardian
from tunedesk.ui.files.importer import Importer
from tunedesk.ui.files.shelf_desk import ShelfDesk
from tunedesk.ui.shell.rail_datasets import RailDatasets
from tunedesk.ui.widgets.named_keys import named_key


class FileDesk(QObject):
    """Lives as long as the project is open; what it has under way ends with it."""

    def __init__(self, context: FileContext, rail: RailDatasets, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.said = context.said
        self.importer = Importer(context, self)
        self.exporter = Exporter(context, self)
        self.guardian = Guardian(context, self)
        self.shelf = ShelfDesk(context, rail, self.importer, self.guardian, self)
        page = context.page
        page.outer.insertWidget(1, context.said)
        page.import_asked.connect(self.importer.choose)
        page.head.folder_asked.connect(self.importer.choose_folder)
        page.head.export_menu.aboutToShow.connect(lambda: self.exporter.fill(page.head.export_menu))
        page.send_asked.connect(self.shelf.move_rows)
        named_key(page, "Ctrl+Shift+E", self.tr("Export rows…"), self._export)
        page.export_asked.connect(lambda: self.exporter.open(part=CHOSEN))
        self._told_of = self._open_id()
        context.current.changed.connect(self._dataset_changed)
        self.shelf.refresh()

    def _export(self) -> None:
        """All rows, or the selected ones where there are several."""
        is_choice = self._context.page.rows.grid.n_chosen() > 1
        self.exporter.open(part=CHOSEN if is_choice else ALL)

    def _open_id(self) -> int:
        session = self._context.current.session
        return -1 if session is None else session.info.id

    def _dataset_changed(self) -> None:
        """What was said was said about the dataset before; one that is read again is the same."""
        open_id = self._open_id()
        if open_id >= 0:
            if open_id != self._told_of:
                self.said.hide()
            self._told_of = open_id

    def take(self, paths: list[Path]) -> None:
        """Open or import what was dropped or named."""
        self._context.operations.run(self.importer.take(paths), owner=self)
