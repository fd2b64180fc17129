"""Data's way back to Results: a row on whose prompt there are votes says so, and leads there."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from tunedesk.services.compare.votes_of_row import VotesOn, votes_of_row
from tunedesk.services.project.workspace import Project
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage

_PAUSE_MS = 60  # holding a key asks for the row it stops at


class RowVotes(QObject):
    """Belongs to the Data page."""

    def __init__(self, data: DataPage, project: Project, operations: Operations) -> None:
        super().__init__(data)
        self._data, self._project, self._operations = data, project, operations
        self._generation = 0
        self._votes: VotesOn | None = None
        self._raw = b""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        data.row.shown.connect(self._look)
        data.row.form.votes_asked.connect(lambda: data.navigate.emit("results", self._votes))
        if data.row.shown_row >= 0:
            self._look(data.row.raw)

    def _look(self, raw: bytes) -> None:
        self._generation += 1  # an answer about another row is dropped
        self._raw = raw
        self._pause.start()

    def _ask(self) -> None:
        asked = self._generation

        def show(found: VotesOn | None) -> None:
            if asked == self._generation:
                self._votes = found
                self._data.row.form.show_votes(len(found.round_ids) if found is not None else 0)

        work = votes_of_row(self._project, self._raw)
        self._operations.run(work, owner=self, done=show, failed=lambda _error: show(None))
