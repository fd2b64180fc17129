"""The models as lines of a table, filtered by a chip and by words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt

from tunedesk.services.providers.model_list import ModelRow
from tunedesk.ui.pages.models.words import (
    context_words,
    ends_words,
    kind_word,
    learned_words,
    price_words,
    tip,
    where_words,
)
from tunedesk.ui.widgets.lines_model import Index, LinesModel
from tunedesk.ui.widgets.tips import tip as plain_tip

ROW_ROLE = Qt.ItemDataRole.UserRole


class Column(IntEnum):
    MODEL = 0
    KIND = 1
    WHERE = 2
    LEARNED = 3
    CONTEXT = 4
    PRICE = 5
    ENDS = 6
    ACT = 7


RIGHT = frozenset({Column.ACT})
"""Columns whose words stand at their right end."""


class ModelsModel(LinesModel[ModelRow]):
    """`show_rows` replaces all; `filter` leaves a chip's ("all", "tuned", "ending") with words."""

    def __init__(self, now_ms: Callable[[], int], parent: QObject | None = None) -> None:
        super().__init__(_heads(), parent)
        self._now_ms = now_ms
        self._rows: list[ModelRow] = []
        self._chip, self._words = "all", ""
        self._has_sizes = True

    def tell_sizes(self, has_room: bool) -> None:
        """Whether there is room for what a model takes of the disk."""
        self._has_sizes = has_room

    def show_rows(self, rows: Sequence[ModelRow]) -> None:
        self._rows = list(rows)
        self._apply()

    def filter(self, chip: str, words: str) -> None:
        self._chip, self._words = chip, words.casefold()
        self._apply()

    def line_of(self, provider_id: str, model: str) -> int:
        """Where a model stands now; -1 if it is not shown."""
        keys = [(row.provider_id, row.model) for row in self._lines]
        return keys.index((provider_id, model)) if (provider_id, model) in keys else -1

    def act_words(self, row: ModelRow) -> str:
        """What a click at the end of the line does."""
        if row.has_ended:
            return ""
        return self.tr("Train on it") if row.kind == "base" else self.tr("Compare")

    def _apply(self) -> None:
        self.show_lines([row for row in self._rows if self._is_wanted(row)])

    def _is_wanted(self, row: ModelRow) -> bool:
        if self._chip == "tuned" and row.kind != "tuned":
            return False
        if self._chip == "ending" and not row.is_ending:
            return False
        said = f"{row.label} {row.model} {row.provider} {row.owner}".casefold()
        return all(word in said for word in self._words.split())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.line(index.row())
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(tip(row, self._now_ms()))
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
                return where_words(row, with_size=self._has_sizes)
            case Column.LEARNED:
                return learned_words(row, self._now_ms())
            case Column.CONTEXT:
                return context_words(row)
            case Column.PRICE:
                return price_words(row)
            case Column.ENDS:
                return ends_words(row)
        return self.act_words(row)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelsModel", text)


def _heads() -> list[str]:
    return [
        _tr("Model"),
        _tr("Kind"),
        _tr("Where"),
        _tr("Learned from"),
        _tr("Reads"),
        _tr("Training, 1M"),
        _tr("Ends"),
        "",
    ]
