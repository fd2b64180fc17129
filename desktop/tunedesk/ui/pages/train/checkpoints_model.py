"""Checkpoints as the rows of a table: those that are, and those still to come."""

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
)

from tunedesk.core.jobs import Checkpoint
from tunedesk.services.train.training import JobView
from tunedesk.ui.pages.train.progress import epoch_ends, is_settled, progress_of
from tunedesk.ui.theme import Theme
from tunedesk.ui.words import counted


class Column(IntEnum):
    EPOCH = 0
    STEP = 1
    LOSS = 2
    ACCURACY = 3
    CHAT = 4
    MORE = 5


class CheckpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line; `model` is empty for a checkpoint that is still to come, `kept` is the name of
    one that is kept."""

    epoch: str
    step: str
    loss: str = ""
    accuracy: str = ""
    model: str = ""
    kept: str = ""

    def text(self, column: int) -> str:
        """What stands in a column."""
        chat = _tr("Chat with it") if self.model else ""
        step = f"{self.step} ★" if self.kept else self.step
        more = "⋯" if self.model else ""
        return (self.epoch, step, self.loss, self.accuracy, chat, more)[column]

    def sentence(self, column: int) -> str:
        """A cell for a screen reader, where its sign says too little."""
        if column == Column.STEP and self.kept:
            return _tr("step {n}, kept as {name}").format(n=self.step, name=self.kept)
        if column == Column.MORE and self.model:
            return _tr("More for step {n}").format(n=self.step)
        return self.text(column)


_ACCURACIES = (
    "full_valid_mean_token_accuracy",
    "valid_mean_token_accuracy",
    "full_valid_reward_accuracy",
    "valid_reward_accuracy",
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Checkpoints", text)


def rows_of(view: JobView) -> list[CheckpointRow]:
    """Kept checkpoints by step, then the epoch ends a running job has still to reach."""
    ends = epoch_ends(view)
    kept = sorted(view.checkpoints, key=lambda checkpoint: checkpoint.step_number)
    rows = [_kept_row(checkpoint, ends, view.kept) for checkpoint in kept]
    if is_settled(view):
        return rows
    step = progress_of(view, 0).step
    reached = max((checkpoint.step_number for checkpoint in kept), default=0)
    for number, end in enumerate(ends, start=1):
        if end > reached and end >= step:
            text = counted(end - step, _tr("in 1 step"), _tr("in {n} steps"))
            if end == step:
                text = _tr("being saved")
            rows.append(CheckpointRow(epoch=str(number), step=str(end), loss=text))
    return rows


def _kept_row(
    checkpoint: Checkpoint, ends: Sequence[int], kept: Mapping[str, str]
) -> CheckpointRow:
    epoch = next((n for n, end in enumerate(ends, 1) if checkpoint.step_number <= end), None)
    metrics = checkpoint.metrics
    return CheckpointRow(
        epoch=str(epoch) if epoch else "–",
        step=str(checkpoint.step_number),
        loss=_metric(metrics, "full_valid_loss", "valid_loss"),
        accuracy=_metric(metrics, *_ACCURACIES),
        model=checkpoint.model,
        kept=kept.get(checkpoint.model, ""),
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
            "",
        )

        self._is_of_pairs = False

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def row(self, line: int) -> CheckpointRow:
        return self._rows[line]

    def show(self, rows: Sequence[CheckpointRow], *, is_of_pairs: bool = False) -> None:
        """Take over `rows`; a selection stays where the lines stay."""
        if is_of_pairs != self._is_of_pairs:
            self._is_of_pairs = is_of_pairs
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, Column.LOSS, Column.ACCURACY)
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
        elif list(rows) != self._rows:
            self._rows = list(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, Column.MORE))

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text(column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.sentence(column)
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
            if self._is_of_pairs and section == Column.ACCURACY:
                return self.tr("Pair acc.")
            return self._heads[section]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._unit(section)
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _unit(self, section: int) -> str | None:
        units: dict[int, str] = {
            Column.STEP: self.tr("Steps of the optimiser, from the start"),
            Column.LOSS: self.tr("Nats for each token of the held-out replies; less is better"),
            Column.ACCURACY: self.tr("Share of the held-out replies' tokens, 0 to 1"),
        }
        of_pairs: dict[int, str] = {
            Column.LOSS: self.tr("Nats for each held-out pair; less is better"),
            Column.ACCURACY: self.tr("Share of the held-out pairs, 0 to 1"),
        }
        if self._is_of_pairs:
            units |= of_pairs
        return units.get(section)


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column < Column.LOSS else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _color(row: CheckpointRow, column: int) -> str:
    if not row.model:
        return "second"
    return "accent" if column >= Column.CHAT else "ink"
