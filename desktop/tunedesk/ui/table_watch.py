"""Notices that the tables of prices and dates are others than before, whoever changed them."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from tunedesk.services.providers.fact_tables import FactTables, TablesStamp
from tunedesk.ui.operations import Operations

_PAUSE_MS = 100  # an editor writes, renames and removes in one go


class TableWatch(QObject):
    """`changed()` when a table counts that did not count before, or no longer does."""

    changed = Signal()

    def __init__(
        self, tables: FactTables, operations: Operations, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tables, self._operations = tables, operations
        self._stamp: TablesStamp | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.look)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(lambda _path: self._pause.start())
        self._watcher.directoryChanged.connect(lambda _path: self._pause.start())

    def look(self) -> None:
        """Look now; from the first look on the files are watched."""
        self._operations.run(self._tables.stamp(), owner=self, done=self._seen)

    def _seen(self, stamp: TablesStamp) -> None:
        before, self._stamp = self._stamp, stamp
        watched = {*self._watcher.files(), *self._watcher.directories()}
        new = [str(path) for path in stamp.watched if str(path) not in watched]
        if new:
            self._watcher.addPaths(new)
        if before is not None and before.files != stamp.files:
            self.changed.emit()
        elif new:
            self._pause.start()  # something may have happened between the look and the watching
