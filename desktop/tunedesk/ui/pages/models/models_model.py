"""The models as lines of a table, filtered by a chip and by words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tunedesk.services.model_list import ModelRow
from tunedesk.ui.pages.models.words import ends_words, kind_word, learned_words, tip, where_words

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE = Qt.ItemDataRole.UserRole


class Column(IntEnum):
    MODEL = 0
    KIND = 1
    WHERE = 2
    LEARNED = 3
    ENDS = 4
    ACT = 5


class ModelsModel(QAbstractTableModel):
    """`show_rows` replaces all; `filter` leaves a chip's ("all", "tuned", "ending") with words."""

    def __init__(self, now_ms: Callable[[], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now_ms = now_ms
        self._rows: list[ModelRow] = []
        self._shown: list[ModelRow] = []
        self._chip, self._words = "all", ""
        self._heads = (
            self.tr("Model"),
            self.tr("Kind"),
            self.tr("Where"),
            self.tr("Learned from"),
            self.tr("Ends"),
            "",
        )

    def show_rows(self, rows: Sequence[ModelRow]) -> None:
        self._rows = list(rows)
        self._apply()

    def filter(self, chip: str, words: str) -> None:
        self._chip, self._words = chip, words.casefold()
        self._apply()

    def row(self, line: int) -> ModelRow:
        return self._shown[line]

    def line_of(self, provider_id: str, model: str) -> int:
        """Where a model stands now; -1 if it is not shown."""
        keys = [(row.provider_id, row.model) for row in self._shown]
        return keys.index((provider_id, model)) if (provider_id, model) in keys else -1

    def act_words(self, row: ModelRow) -> str:
        """What a click at the end of the line does."""
        if row.has_ended:
            return ""
        return self.tr("Train on it") if row.kind == "base" else self.tr("Compare")

    def _apply(self) -> None:
        self.beginResetModel()
        self._shown = [row for row in self._rows if self._is_wanted(row)]
        self.endResetModel()

    def _is_wanted(self, row: ModelRow) -> bool:
        if self._chip == "tuned" and row.kind == "base":
            return False
        if self._chip == "ending" and not row.is_ending:
            return False
        said = f"{row.label} {row.model} {row.provider} {row.owner}".casefold()
        return all(word in said for word in self._words.split())

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._heads[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._shown[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row, Column(index.column()))
        return None

    def _text(self, row: ModelRow, column: Column) -> str:
        match column:
            case Column.MODEL:
                return row.label
            case Column.KIND:
                return kind_word(row.kind)
            case Column.WHERE:
                return where_words(row)
            case Column.LEARNED:
                return learned_words(row, self._now_ms())
            case Column.ENDS:
                return ends_words(row)
        return self.act_words(row)
