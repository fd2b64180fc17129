"""The jobs that were saved, a line each, with the way to train them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from tunedesk.services.train.training import JobRecord
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.plain_table import dress_table
from tunedesk.ui.words import counted, day

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROW_PX, _MOST_ROWS = 34, 8
_WIDTHS_PX = {2: 104, 3: 104, 4: 66, 5: 112}


class Column(IntEnum):
    NAME = 0
    BASE = 1
    ROWS = 2
    WHEN = 3
    SHOW = 4
    AGAIN = 5


class SavedJobsModel(QAbstractTableModel):
    """Lines to read; the last two columns say what a click does."""

    def __init__(self, theme: Theme, now_ms: Callable[[], int], parent: QObject) -> None:
        super().__init__(parent)
        self._theme, self._now_ms = theme, now_ms
        self.jobs: Sequence[JobRecord] = ()

    def show_jobs(self, jobs: Sequence[JobRecord]) -> None:
        self.beginResetModel()
        self.jobs = jobs
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.jobs)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        job, column = self.jobs[index.row()], Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(job, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return job.remote_id
        if role == Qt.ItemDataRole.ForegroundRole and column is not Column.NAME:
            return QColor(self._theme.palette.color("second"))
        return None

    def _text(self, job: JobRecord, column: Column) -> str:
        match column:
            case Column.NAME:
                return job.name
            case Column.BASE:
                return job.base_model
            case Column.ROWS:
                if not self.can_train_again(job):
                    return self.tr("not saved")
                return counted(job.n_train, self.tr("1 row"), self.tr("{n} rows"))
            case Column.WHEN:
                return day(job.created_at_ms, self._now_ms())
            case Column.SHOW:
                return self.tr("Show")
        return self.tr("Train again…") if self.can_train_again(job) else ""

    @staticmethod
    def can_train_again(job: JobRecord) -> bool:
        """Whether its training file could be had."""
        return bool(job.train_digest)


class _Links(QStyledItemDelegate):
    """What a click does has the accent's colour also in the chosen line."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        state: QStyle.StateFlag = option.state
        palette, cell = self._theme.palette, option.rect
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, palette.color("accent_soft"))
        painter.setPen(palette.color("line"))
        painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        painter.setPen(palette.color("accent"))
        inside = cell.adjusted(8, -1, -8, -1)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter), str(index.data()))
        painter.restore()


class SavedJobsCard(Card):
    """`again_wanted(local id)` and `show_wanted(local id)`; hidden while there are none."""

    again_wanted = Signal(str)
    show_wanted = Signal(str)

    def __init__(self, theme: Theme, now_ms: Callable[[], int]) -> None:
        super().__init__(self.tr("Saved jobs"))
        self.table = QTableView()
        self.lines = SavedJobsModel(theme, now_ms, self.table)
        dress_table(self.table, self.tr("Saved jobs"), _ROW_PX)
        self.table.setProperty("look", "lines")
        self.table.setModel(self.lines)
        for link in (Column.SHOW, Column.AGAIN):
            self.table.setItemDelegateForColumn(link, _Links(theme, self.table))
        across = self.table.horizontalHeader()
        across.hide()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for column in (Column.NAME, Column.BASE):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column_number, width_px in _WIDTHS_PX.items():
            across.resizeSection(column_number, width_px)
        self.body.addWidget(self.table)
        self.table.clicked.connect(self._clicked)
        self.table.activated.connect(lambda index: self._again(index.row()))
        theme.changed.connect(self.table.viewport().update)
        self.hide()

    def show_jobs(self, jobs: Sequence[JobRecord]) -> None:
        self.lines.show_jobs(jobs)
        self.table.setFixedHeight(min(len(jobs), _MOST_ROWS) * _ROW_PX + 2)
        if jobs:
            self.table.selectRow(0)
        self.setVisible(bool(jobs))

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.AGAIN:
            self._again(index.row())
        elif index.column() == Column.SHOW:
            self.show_wanted.emit(self.lines.jobs[index.row()].local_id)

    def _again(self, line: int) -> None:
        job = self.lines.jobs[line]
        if self.lines.can_train_again(job):
            self.again_wanted.emit(job.local_id)
