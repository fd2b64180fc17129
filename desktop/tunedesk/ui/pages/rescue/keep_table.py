"""The tuned models that can be asked: a tick, how many prompts, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from tunedesk.services.rescue.keeping_types import KeepOffer
from tunedesk.ui.pages.rescue.keep_words import last_words, standing_words, tip_words
from tunedesk.ui.widgets.named_keys import InnerKey
from tunedesk.ui.widgets.plain_table import dress_table
from tunedesk.ui.widgets.tips import tip as plain_tip

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
ROW_PX = 32
_MOST_ROWS = 8


class Column(IntEnum):
    MODEL = 0
    PROMPTS = 1
    PRICE = 2


class KeepModel(QAbstractTableModel):
    """Tuned models that can be asked are ticked, checkpoints not, until the person says otherwise.
    `ticked_changed()`."""

    ticked_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.offers: Sequence[KeepOffer] = ()
        self._turned: set[str] = set()
        self._is_locked = False

    def show_offers(self, offers: Sequence[KeepOffer]) -> None:
        """Ticks stay with their models."""
        self.beginResetModel()
        self.offers = offers
        self.endResetModel()
        self.ticked_changed.emit()

    def lock(self, is_locked: bool) -> None:
        """Ticks cannot be changed while something is asked."""
        self._is_locked = is_locked

    @property
    def ticked(self) -> list[KeepOffer]:
        return [offer for offer in self.offers if self._is_ticked(offer)]

    def _is_ticked(self, offer: KeepOffer) -> bool:
        return offer.can_be_asked and offer.is_extra == (offer.model in self._turned)

    def turn(self, line: int) -> None:
        offer = self.offers[line]
        if self._is_locked or not offer.can_be_asked:
            return
        self._turned ^= {offer.model}
        self.dataChanged.emit(self.index(line, 0), self.index(line, Column.PRICE))
        self.ticked_changed.emit()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.offers)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        can_be_ticked = self.offers[index.row()].can_be_asked and index.column() == Column.MODEL
        return plain | Qt.ItemFlag.ItemIsUserCheckable if can_be_ticked else plain

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        offer, column = self.offers[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(offer, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(offer, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(tip_words(offer))
            case Qt.ItemDataRole.CheckStateRole if column is Column.MODEL and offer.can_be_asked:
                is_on = self._is_ticked(offer)
                return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.TextAlignmentRole if column is not Column.MODEL:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.turn(index.row())
        return True

    def _text(self, offer: KeepOffer, column: Column) -> str:
        if column is Column.MODEL:
            return offer.label.rpartition(" · ")[2] if offer.is_extra else offer.label
        return standing_words(offer) if column is Column.PROMPTS else last_words(offer)

    def _spoken(self, offer: KeepOffer, column: Column) -> str:
        words = offer.label if column is Column.MODEL else self._text(offer, column)
        if column is not Column.MODEL or not offer.can_be_asked:
            return words
        is_on = self._is_ticked(offer)
        return self.tr("{model}, to be asked").format(model=words) if is_on else words


class KeepTable(QTableView):
    """As high as its lines, up to eight; Space ticks the line or takes its tick away."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = KeepModel(self)
        dress_table(self, self.tr("Tuned models to ask"), ROW_PX)
        self.setProperty("look", "lines")
        self.setModel(self.lines)
        across = self.horizontalHeader()
        across.hide()
        across.setSectionResizeMode(Column.MODEL, QHeaderView.ResizeMode.Stretch)
        for column in (Column.PROMPTS, Column.PRICE):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.lines.modelReset.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(min(max(1, self.lines.rowCount()), _MOST_ROWS) * ROW_PX + 2)

    def inner_keys(self) -> list[InnerKey]:
        return [InnerKey("Space", self.tr("Tick or untick the model"))]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.lines.turn(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
