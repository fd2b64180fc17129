"""The states of the model that were kept, and those still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

import msgspec
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedLayout, QTableView, QWidget

from tunedesk.core.jobs import Checkpoint
from tunedesk.services.training import JobView
from tunedesk.ui.pages.train.progress import epoch_ends, is_settled, progress_of
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import Card, rule
from tunedesk.ui.widgets.text import PlainLabel

_ROW_HEIGHT = 34


class Column(IntEnum):
    EPOCH = 0
    STEP = 1
    LOSS = 2
    ACCURACY = 3
    CHAT = 4


class CheckpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line; `model` is empty for a checkpoint that is still to come."""

    epoch: str
    step: str
    loss: str = ""
    accuracy: str = ""
    model: str = ""

    def text(self, column: int) -> str:
        """What stands in a column."""
        chat = _tr("Chat with it") if self.model else ""
        return (self.epoch, self.step, self.loss, self.accuracy, chat)[column]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Checkpoints", text)


def rows_of(view: JobView) -> list[CheckpointRow]:
    """Kept checkpoints by step, then the epoch ends a running job has still to reach."""
    ends = epoch_ends(view)
    kept = sorted(view.checkpoints, key=lambda checkpoint: checkpoint.step_number)
    rows = [_kept_row(checkpoint, ends) for checkpoint in kept]
    if is_settled(view):
        return rows
    step = progress_of(view, 0).step
    reached = max((checkpoint.step_number for checkpoint in kept), default=0)
    for number, end in enumerate(ends, start=1):
        if end > max(step, reached):
            text = _tr("in {n} steps").format(n=end - step)
            rows.append(CheckpointRow(epoch=str(number), step=str(end), loss=text))
    return rows


def _kept_row(checkpoint: Checkpoint, ends: Sequence[int]) -> CheckpointRow:
    epoch = next((n for n, end in enumerate(ends, 1) if checkpoint.step_number <= end), None)
    metrics = checkpoint.metrics
    return CheckpointRow(
        epoch=str(epoch) if epoch else "–",
        step=str(checkpoint.step_number),
        loss=_metric(metrics, "full_valid_loss", "valid_loss"),
        accuracy=_metric(metrics, "full_valid_mean_token_accuracy", "valid_mean_token_accuracy"),
        model=checkpoint.model,
    )


def _metric(metrics: Mapping[str, float], *names: str) -> str:
    value = next((metrics[name] for name in names if metrics.get(name) is not None), None)
    return "–" if value is None else f"{value:.2f}"


class CheckpointsModel(QAbstractTableModel):
    """Rows updated in place while their number stays."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[CheckpointRow] = []
        self._heads = (
            self.tr("Epoch"),
            self.tr("Step"),
            self.tr("Held-out loss"),
            self.tr("Token acc."),
            "",
        )

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def row(self, line: int) -> CheckpointRow:
        return self._rows[line]

    def show(self, rows: Sequence[CheckpointRow]) -> None:
        """Take over `rows`; a selection stays where the lines stay."""
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
        elif list(rows) != self._rows:
            self._rows = list(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, Column.CHAT))

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text(column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.palette.color(_color(row, column))
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column < Column.LOSS else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _color(row: CheckpointRow, column: int) -> str:
    if not row.model:
        return "second"
    return "accent" if column == Column.CHAT else "ink"


class CheckpointTable(QTableView):
    """`chat_asked(model)` on "Chat with it", or Enter on its line."""

    chat_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.checkpoints = CheckpointsModel(theme, self)
        self.setModel(self.checkpoints)
        self.setAccessibleName(self.tr("Checkpoints"))
        self.setProperty("look", "lines")
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self._set_up_headers()
        self.clicked.connect(self._clicked)
        self.entered.connect(self._entered)
        theme.changed.connect(self.viewport().update)

    def _set_up_headers(self) -> None:
        across, down = self.horizontalHeader(), self.verticalHeader()
        down.hide()
        down.setDefaultSectionSize(_ROW_HEIGHT)
        across.setHighlightSections(False)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column, width in ((Column.EPOCH, 58), (Column.STEP, 58), (Column.CHAT, 108)):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.CHAT:
            self._ask(index.row())

    def _ask(self, line: int) -> None:
        model = self.checkpoints.row(line).model
        if model:
            self.chat_asked.emit(model)

    def _entered(self, index: QModelIndex) -> None:
        is_link = index.column() == Column.CHAT and bool(self.checkpoints.row(index.row()).model)
        shape = Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self.currentIndex().isValid():
            self._ask(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class CheckpointsCard(Card):
    """The table, or a sentence where there is nothing to show yet."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(self.tr("Checkpoints"))
        self.table = CheckpointTable(theme)
        self.note = PlainLabel("", "second", wrap=True)
        self.note.setContentsMargins(14, 10, 14, 10)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.setContentsMargins(1, 12, 1, 6)
        self.head.setContentsMargins(14, 0, 14, 0)
        self.body.setSpacing(0)
        self.body.addSpacing(10)
        self.body.addWidget(rule())
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack, 1)  # before it holds anything: that would be a window
        self._stack.addWidget(self.note)
        self._stack.addWidget(self.table)
        self.setMinimumHeight(160)

    def show_job(self, view: JobView) -> None:
        rows = rows_of(view)
        self.table.checkpoints.show(rows)
        self.note.setText(
            self.tr("One is kept at the end of each epoch.")
            if not is_settled(view)
            else self.tr("This job ended before its first checkpoint.")
        )
        self._stack.setCurrentWidget(self.table if rows else self.note)
