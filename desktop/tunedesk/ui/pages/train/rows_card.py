"""What a job was trained on: the frozen rows with their digest, and what another job had else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
)
from PySide6.QtWidgets import QHeaderView, QTableView

from tunedesk.core.errors import TunedeskError
from tunedesk.services.train.job_rows import FrozenRow, FrozenRows, RowsDifference, difference
from tunedesk.services.train.training import JobView
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.setup_words import setting_differences
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.plain_table import dress_table
from tunedesk.ui.widgets.text import PlainLabel

_ROW_PX = 28
_TABLE_PX = 240
_MAX_CHARS = 200

Entry = tuple[str, FrozenRows, int]
"""Mark ("", "−" here alone, "+" there alone), the rows, the number from 1."""


class Rows(Protocol):
    """As much of the frozen rows as is used here."""

    async def of(self, local_id: str) -> list[FrozenRows]:
        """Train rows, then test rows."""


class Jobs(Protocol):
    """As much of the training service as is used here."""

    @property
    def rows(self) -> Rows:
        """The frozen rows of jobs."""

    async def view(self, local_id: str) -> JobView:
        """One job with its settings."""


class RowsModel(QAbstractTableModel):
    """Reads a row when it is looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self._known: dict[int, FrozenRow] = {}
        self._heads = ("", self.tr("Row"), self.tr("Side"), self.tr("Asked"), self.tr("Reply"))

    def show(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._entries, self._known = entries, {}
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._heads)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        mark, rows, number = self._entries[index.row()]
        if index.column() < 3:
            side = self.tr("train") if rows.side == "train" else self.tr("test")
            return (mark, f"{number:,}", side)[index.column()]
        if index.row() not in self._known:
            self._known[index.row()] = rows.row(number)
        row = self._known[index.row()]
        return " ".join((row.asked, row.reply)[index.column() - 3][:_MAX_CHARS].split())

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        is_head = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._heads[section] if is_head else None


class RowsCard(Card):
    """Read on request: a job may have a million rows."""

    def __init__(self, theme: Theme, operations: Operations, jobs: Jobs) -> None:
        super().__init__(self.tr("What it was trained on"))
        self._operations, self._jobs = operations, jobs
        self._view: JobView | None = None
        self.show_rows = button(self.tr("Show the rows"), self._load)
        self.other = ChoiceBox(theme, self.tr("Differences from another job"))
        self.other.setMinimumWidth(200)
        self.other.setMaximumWidth(280)
        self.other.activated.connect(lambda _n: self._load())
        self.head.addWidget(self.other)
        self.head.addWidget(self.show_rows)
        self.digest = PlainLabel("", "second", wrap=True)
        self.digest.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.told = PlainLabel("", wrap=True)
        self.lines = RowsModel(self)
        self.table = QTableView()
        self.table.setModel(self.lines)
        self._dress()
        for part in (self.digest, self.told, self.table):
            self.body.addWidget(part)
        self._fold()

    def _dress(self) -> None:
        dress_table(self.table, self.tr("Rows it was trained on"), _ROW_PX)
        self.table.setProperty("look", "lines")
        self.table.setFixedHeight(_TABLE_PX)
        across = self.table.horizontalHeader()
        for column, width in enumerate((26, 64, 56)):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.table.setColumnWidth(column, width)
        for column in (3, 4):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _fold(self) -> None:
        self.lines.show(())
        self.table.hide()
        self.told.hide()
        self.show_rows.show()

    def show_job(self, view: JobView) -> None:
        before, self._view = self._view, view
        if before is None or before.record.local_id != view.record.local_id:
            self._fold()
            with QSignalBlocker(self.other):
                self.other.setCurrentIndex(0)
        record = view.record
        told = self.tr("sha256 of the train rows: {digest}").format(digest=record.train_digest)
        if record.held_out_digest:
            test = self.tr("of the test rows: {digest}").format(digest=record.held_out_digest)
            told = f"{told}\n{test}"
        self.digest.setText(told)
        self.setVisible(bool(record.train_digest))

    def show_others(self, others: Sequence[tuple[str, str]]) -> None:
        """The jobs (local id, name) to differ from."""
        shown = [self.other.itemData(n) for n in range(1, self.other.count())]
        if shown != [local_id for local_id, _ in others] or not self.other.count():
            chosen = self.other.currentData()
            with QSignalBlocker(self.other):
                self.other.clear()
                self.other.addItem(self.tr("differences: none"), "")
                for local_id, name in others:
                    words = self.tr("differences from {name}").format(name=name)
                    self.other.addItem(words, local_id)
                self.other.setCurrentIndex(max(0, self.other.findData(chosen)))
        self.other.setVisible(bool(others))

    def _load(self) -> None:
        view = self._view
        if view is not None:
            other = str(self.other.currentData() or "")
            self._operations.run(
                self._read(view.record.local_id, other),
                owner=self,
                done=lambda found: self._loaded(*found),
                failed=self._failed,
            )

    async def _read(
        self, local_id: str, other: str
    ) -> tuple[str, list[FrozenRows], list[FrozenRows], JobView | None]:
        here = await self._jobs.rows.of(local_id)
        there = await self._jobs.rows.of(other) if other else []
        return local_id, here, there, await self._jobs.view(other) if other else None

    def _loaded(
        self,
        local_id: str,
        here: list[FrozenRows],
        there: list[FrozenRows],
        other: JobView | None,
    ) -> None:
        view = self._view
        if view is None or view.record.local_id != local_id:
            return
        self.table.show()
        self.show_rows.hide()
        if not there:
            self.told.hide()
            self.lines.show([("", one, n) for one in here for n in range(1, len(one) + 1)])
            return
        found = difference(here, there)
        sides = {one.side: one for one in here}, {one.side: one for one in there}
        entries = [("−", sides[0][side], n) for side, n in found.only_here]
        self.lines.show(entries + [("+", sides[1][side], n) for side, n in found.only_there])
        self.told.setText(self._sentence(found, view, other))
        self.told.show()

    def _sentence(self, found: RowsDifference, view: JobView, other: JobView | None) -> str:
        words = self.tr("Rows in both: {both}; − only here: {here}; + only there: {there}.")
        said = words.format(
            both=f"{found.n_both:,}",
            here=f"{len(found.only_here):,}",
            there=f"{len(found.only_there):,}",
        )
        changes = setting_differences(view, other) if other is not None else []
        told = "; ".join(changes) or self.tr("the same")
        return f"{said}\n" + self.tr("Settings, here → there: {changes}.").format(changes=told)

    def _failed(self, error: TunedeskError) -> None:
        self.told.setText(f"{error.title} {error.what} {error.next_step}")
        self.told.show()
