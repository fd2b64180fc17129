"""Earlier versions of a dataset's file: what differs, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QSize
from PySide6.QtWidgets import QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.file_differences import (
    Backup,
    Difference,
    RowsSnapshot,
    compare,
    count_rows,
)
from tunedesk.services.work.background import Background
from tunedesk.ui.files.changes_view import ChangesView
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.files.folders import show_in_folder
from tunedesk.ui.files.sample_table import plain_table, put_row
from tunedesk.ui.files.work_bar import WorkBar
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import DialogAsk
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import size

_SIZE = QSize(860, 640)


class BackupsDialog(ToolDialog):
    """`restore` is the version to put in the file's place, None if none is wanted."""

    def __init__(
        self,
        name: str,
        backups: Sequence[Backup],
        *,
        now: Callable[[], RowsSnapshot],
        background: Background,
        operations: Operations,
        memory: Memory,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        """`now` gives the rows as they are now."""
        title = self.tr("Earlier versions of {name}").format(name=name)
        super().__init__(parent, title, "backups", memory, _SIZE)
        self.restore: Backup | None = None
        self._backups, self._now = list(backups), now
        self._background, self._operations = background, operations
        headings = (self.tr("Written"), self.tr("Size"), self.tr("Rows"))
        self.list = plain_table(self.tr("Versions"), headings)
        self.list.setColumnWidth(0, 260)
        self.list.setColumnWidth(1, 120)
        self.list.setMaximumHeight(200)
        self.said = PlainLabel("", "second", wrap=True)
        self.work = WorkBar(self.tr("Comparing"))
        self._comparing: asyncio.Task[Difference] | None = None
        self.view = ChangesView(background, operations, theme)
        self.view.hide()
        self.compare = button(self.tr("Compare with now"), self._compare)
        self.folder = button(self.tr("Show in folder"), self._show_folder)
        self.back = button(self.tr("Restore…"), self._restore)
        self.close_button = default(button(self.tr("Close"), self.reject, look="primary"))
        buttons = [self.folder, None, self.compare, self.back, self.close_button]
        self.arrange(
            PlainLabel(title, "title"),
            self.list,
            self.said,
            self.work,
            self.view,
            None,
            buttons=buttons,
        )
        self._fill()

    def _fill(self) -> None:
        for backup in self._backups:
            put_row(self.list, (when(backup.at_ms), size(backup.size_bytes), "…"))
        there = bool(self._backups)
        for part in (self.compare, self.back, self.folder):
            part.setEnabled(there)
        if not there:
            self.said.setText(self.tr("There is none yet. Each save keeps the version before it."))
            return
        self.list.setCurrentCell(0, 0)
        self.said.setText(self.tr("The last versions, and one a day, week and month are kept."))
        self._operations.run(self._count_rows(), owner=self)

    async def _count_rows(self) -> None:
        for at, backup in enumerate(self._backups):
            n_rows = await count_rows(self._background, backup.path)
            item = self.list.item(at, 2)
            if item is not None:
                item.setText(f"{n_rows:,}")

    def _chosen(self) -> Backup:
        return self._backups[max(self.list.currentRow(), 0)]

    def _compare(self) -> None:
        if self._comparing is not None and not self._comparing.done():
            self._comparing.cancel()
            self.work.end(self.tr("Stopped."))
            self._set_comparing(None)
            return
        self.said.clear()
        self.work.begin(self.tr("Comparing…"))
        work = compare(self._background, self._chosen().path, self._now(), self.work.at)
        done, failed = self._show_difference, self._failed
        self._set_comparing(self._operations.run(work, owner=self, done=done, failed=failed))

    def _set_comparing(self, task: asyncio.Task[Difference] | None) -> None:
        """The button that begins it ends it, too."""
        self._comparing = task
        words = self.tr("Compare with now") if task is None else self.tr("Stop comparing")
        self.compare.setText(words)
        self.compare.setAccessibleName(words)

    def _failed(self, error: TunedeskError) -> None:
        self._set_comparing(None)
        self.work.end(f"{error.title} {error.what} {error.next_step}", "error")

    def _show_difference(self, found: Difference) -> None:
        self._set_comparing(None)
        self.work.end()
        self.said.setText(difference_words(found))
        self.view.setVisible(bool(found.changes))
        self.view.show_changes(found.changes)

    def _show_folder(self) -> None:
        show_in_folder(self._chosen().path, DialogAsk(self))

    def _restore(self) -> None:
        self.restore = self._chosen()
        self.accept()


def when(at_ms: int) -> str:
    """Date and time of day in the window's language."""
    return QLocale().toString(QDateTime.fromMSecsSinceEpoch(at_ms), QLocale.FormatType.ShortFormat)


def difference_words(found: Difference) -> str:
    """ "From then to now: 2 rows changed, 1 row came, none went." """
    tr = _tr
    if found.is_same:
        return tr("The rows are the same.")
    if found.is_reordered:
        return tr("The rows are the same, in another order.")
    return tr(
        "{changed} changed, {added} new, {removed} removed; {before} then, {after} now."
    ).format(
        changed=rows_words(found.n_changed),
        added=f"{found.n_added:,}",
        removed=f"{found.n_removed:,}",
        before=rows_words(found.n_before),
        after=f"{found.n_after:,}",
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)
