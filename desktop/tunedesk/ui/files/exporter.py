"""The open dataset, or some of its rows, written for others."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from tunedesk.core.formats.export_rows import ExportKind, kinds_for
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.transfer.exporting import Exporting
from tunedesk.ui.files.context import FileContext
from tunedesk.ui.files.export_dialog import ExportDialog, ExportSource
from tunedesk.ui.files.words import export_words

ALL, TRAIN, TEST, ASIDE, CHOSEN = range(5)


class Exporter(QObject):
    """Fills the menu "Export", and opens the window where the rest is chosen."""

    def __init__(self, context: FileContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._exporting = Exporting(context.background)

    def fill(self, menu: QMenu) -> None:
        """The menu as it fits the open dataset and what is selected."""
        menu.clear()
        session = self._context.current.session
        if session is None:
            return
        for part, words in (
            (ALL, self.tr("JSONL, all rows…")),
            (TRAIN, self.tr("JSONL, train rows…")),
            (TEST, self.tr("JSONL, test rows…")),
            (CHOSEN, self.tr("JSONL, selected rows…")),
        ):
            menu.addAction(words, partial(self.open, ExportKind.JSONL, part))
        menu.addSeparator()
        for kind in kinds_for(session.format)[1:]:
            menu.addAction(f"{export_words(kind)[0]}…", partial(self.open, kind))

    def open(self, kind: ExportKind = ExportKind.JSONL, part: int = ALL) -> None:
        """Show the window with a first choice."""
        context, session = self._context, self._context.session
        if session is None:
            return
        dialog = ExportDialog(
            self._source(session),
            kind=kind,
            part=part,
            exporting=self._exporting,
            background=context.background,
            ask=context.ask,
            operations=context.operations,
            memory=context.memory,
            theme=context.theme,
            parent=context.page.window(),
        )
        self.destroyed.connect(dialog.deleteLater)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _source(self, session: DatasetSession) -> ExportSource:
        return ExportSource(
            name=session.info.name,
            folder=session.info.path.parent,
            format=session.format,
            row=session.row,
            parts=[
                (self.tr("All"), range(len(session))),
                (self.tr("Train"), session.rows_of("train")),
                (self.tr("Test"), session.rows_of("test")),
                (self.tr("Set aside"), session.rows_of("aside")),
                (self.tr("Selected"), self._context.page.rows.grid.chosen_rows()),
            ],
            save_all=session.save_copy,
        )
