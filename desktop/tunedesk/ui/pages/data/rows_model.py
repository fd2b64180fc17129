"""The rows of a dataset as a Qt table, drawn on demand: nothing is decoded before it is seen."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Set

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tunedesk.core import many
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    InsertRows,
    MoveRows,
    RestoreRows,
    SetRow,
    SetRows,
    SetSplit,
    SetSplitRule,
    SetSplits,
    SetTags,
)
from tunedesk.core.orders import order_after, unpacked
from tunedesk.core.row_parts import parts_of
from tunedesk.core.rows import VOTES_TAG, Format, RowError, one_line, parse_row
from tunedesk.services.dataset.row_view import View
from tunedesk.services.dataset.session import DatasetSession, RowState
from tunedesk.ui.pages.data.columns import (
    COLUMNS,
    RIGHT_ALIGNED,
    SORTED_BY,
    Column,
    heading,
    spoken,
)

__all__ = ["Column", "RowsModel"]

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MOST_REJECTED = 2_048


class RowsModel(QAbstractTableModel):
    """Shows all rows of the session, or those that `show_only` or `show_view` names."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: DatasetSession | None = None
        self._only: array[int] | None = None
        self._is_ascending = True
        self._n_rows = 0
        self._rejected: dict[int, str] = {}
        self.words: Mapping[int, tuple[str, ...]] = {}
        self._status_words = {
            "ok": self.tr("valid"),
            "warning": self.tr("warning"),
            "error": self.tr("error"),
            "pending": self.tr("not checked yet"),
        }
        self._split_words = {
            "train": self.tr("train"),
            "test": self.tr("test"),
            "aside": self.tr("aside"),
        }

    # -- which rows --------------------------------------------------------------------------

    def set_session(self, session: DatasetSession | None) -> None:
        self.beginResetModel()
        self._session = session
        self._only, self.words = None, {}
        self._count()
        self.endResetModel()

    def show_only(self, rows: array[int] | None) -> None:
        """Show these dataset rows (indices from 0), in this order, or all for None."""
        self.show_view(View(rows))

    def show_view(self, view: View) -> None:
        """Show a view; its words are what an expression matched, by dataset row."""
        self.beginResetModel()
        self._only, self.words = view.rows, view.words
        self._is_ascending = view.is_in_file_order
        self._count()
        self.endResetModel()

    def extend_view(self, view: View) -> bool:
        """Show a view that begins as the one shown and goes on; False if it does not."""
        only, rows = self._only, view.rows
        if only is None or rows is None or rows[: len(only)] != only:
            return False
        self.words = view.words
        if len(rows) > len(only):
            self.beginInsertRows(_ROOT, len(only), len(rows) - 1)
            self._only, self._n_rows = rows, len(rows)
            self.endInsertRows()
        return True

    @property
    def is_whole(self) -> bool:
        """Whether every row is shown as it stands in the file."""
        return self._only is None

    @property
    def n_in_dataset(self) -> int:
        """How many rows there are, shown or not."""
        return 0 if self._session is None else len(self._session)

    @property
    def is_preference(self) -> bool:
        return self._session is not None and self._session.format is Format.PREFERENCE

    def source_row(self, row: int) -> int:
        """Dataset index of the shown row `row`."""
        return row if self._only is None else self._only[row]

    def source_rows(self, first: int, stop: int) -> range | array[int]:
        """Dataset indices of the shown rows [first, stop)."""
        return range(first, stop) if self._only is None else self._only[first:stop]

    def shown_row(self, source: int) -> int | None:
        """Where dataset row `source` is shown, or None when a filter hides it."""
        if self._only is None:
            return source if 0 <= source < self._n_rows else None
        if self._is_ascending:
            place = bisect_left(self._only, source)
            is_here = place < len(self._only) and self._only[place] == source
            return place if is_here else None
        try:
            return self._only.index(source)
        except ValueError:
            return None

    def shown_rows(self, sources: Set[int]) -> list[int]:
        """Where these dataset rows are shown, ascending; hidden ones are left out."""
        return [row for row in range(self._n_rows) if self.source_row(row) in sources]

    def _count(self) -> None:
        self._rejected.clear()
        only = self._only
        if only is None:
            self._n_rows = 0 if self._session is None else len(self._session)
        else:
            self._n_rows = len(only)

    # -- edits -------------------------------------------------------------------------------

    def edited(self, edit: Edit) -> None:
        """The session has applied `edit`: repaint, or let the rows come, go and move."""
        self._rejected.clear()
        match edit:
            case SetRow() | SetSplit():
                shown = self.shown_row(edit.index)
                if shown is not None:
                    self.dataChanged.emit(self.index(shown, 0), self.index(shown, len(Column) - 1))
            case SetRows() | SetSplits() | SetSplitRule() | SetTags():
                self.refresh()
            case InsertRow() if self._only is None:
                self.beginInsertRows(_ROOT, edit.index, edit.index)
                self._n_rows += 1
                self.endInsertRows()
            case DeleteRow() if self._only is None:
                self.beginRemoveRows(_ROOT, edit.index, edit.index)
                self._n_rows -= 1
                self.endRemoveRows()
            case MoveRows() if self._only is None:
                self._move(edit)
            case _:
                self._follow(edit)

    def _move(self, edit: MoveRows) -> None:
        if edit.to != edit.first and edit.count:
            before = edit.to + edit.count if edit.to > edit.first else edit.to
            last = edit.first + edit.count - 1
            self.beginMoveRows(_ROOT, edit.first, last, _ROOT, before)
            self.endMoveRows()

    def _follow(self, edit: Edit) -> None:
        """Many rows moved, or rows moved under a view: the view keeps its rows."""
        assert not isinstance(
            edit, SetRow | SetRows | SetSplit | SetSplits | SetSplitRule | SetTags
        )
        self.beginResetModel()
        if self._only is not None and self._session is not None:
            self._only = self._moved_along(edit)
            self._is_ascending = False
            self.words = {}
        self._count()
        self.endResetModel()

    def _moved_along(self, edit: Edit) -> array[int]:
        """The view's rows where they are after the edit; rows that came in are shown last."""
        assert self._session is not None and self._only is not None
        n_before = len(self._session) - _n_more(edit)
        order = order_after(edit, n_before)  # type: ignore[arg-type]
        return many.moved_along(self._only, order, n_before)

    def refresh(self) -> None:
        """Repaint what is seen, after a check brought news."""
        self._rejected.clear()
        if self.rowCount():
            last = self.index(self.rowCount() - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # -- what Qt asks ------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._n_rows

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return heading(column, is_preference=self.is_preference)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(column, is_preference=self.is_preference)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = column in RIGHT_ALIGNED
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole and column in SORTED_BY:
            return self.tr("Click to sort; right-click for more")
        return None

    def state(self, row: int) -> RowState:
        assert self._session is not None
        return self._session.state(self.source_row(row))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._session is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), COLUMNS[index.column()])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            column = COLUMNS[index.column()]
            text = self.text(index.row(), column)
            return f"{heading(column, is_preference=self.is_preference)} {text}".strip()
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.SPLIT:
            return self.tr("Click or press T to change")
        return None

    def split_word(self, split: str) -> str:
        """A side in the window's language."""
        return self._split_words.get(split, split)

    def text(self, row: int, column: Column) -> str:
        """What a cell says, "" for a row that went."""
        if self._session is None:
            return ""
        source = self.source_row(row)
        if not 0 <= source < len(self._session):
            return ""
        if column is Column.NUMBER:
            return str(source + 1)
        if column in (Column.PROMPT, Column.REPLY):
            summary = self._session.summary(source)
            return summary.prompt if column is Column.PROMPT else summary.reply
        if column is Column.REJECTED:
            return self._rejected_text(source)
        if column is Column.TAGS:
            return ", ".join(tag for tag in self._session.tags(source) if tag != VOTES_TAG)
        state = self._session.state(source)
        if column is Column.STATUS:
            return self._status_words[state.status]
        if column is Column.TOKENS:
            return "" if state.tokens is None else f"{state.tokens:,}"
        return self.split_word(state.split)

    def _rejected_text(self, source: int) -> str:
        assert self._session is not None
        if source not in self._rejected:
            if len(self._rejected) >= _MOST_REJECTED:
                self._rejected.clear()
            self._rejected[source] = _not_preferred(self._session.row(source))
        return self._rejected[source]


def _not_preferred(raw: bytes) -> str:
    try:
        parts = list(parts_of(parse_row(raw)))
    except RowError:
        return ""
    return one_line(" ".join(p.text for p in parts if p.path.startswith("$.non_preferred_output")))


def _n_more(edit: Edit) -> int:
    """How many more rows there are after the edit."""
    match edit:
        case InsertRow():
            return 1
        case InsertRows():
            return len(edit.rows)
        case RestoreRows():
            return len(unpacked(edit.indices))
        case DeleteRow():
            return -1
        case DeleteRows():
            return -len(edit.indices)
    return 0
