"""The files of a provider as lines of a table."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt

from tunedesk.services.providers.files import ProviderFile
from tunedesk.ui.pages.provider_files.words import (
    date_of,
    digest_words,
    name_of,
    tip,
    use_words,
)
from tunedesk.ui.widgets.lines_model import Index, LinesModel
from tunedesk.ui.widgets.tips import tip as plain_tip
from tunedesk.ui.words import size


class Column(IntEnum):
    NAME = 0
    PURPOSE = 1
    SIZE = 2
    DATE = 3
    USED = 4
    DIGEST = 5
    ACT = 6


class FilesModel(LinesModel[ProviderFile]):
    """A line a file."""

    def __init__(self, now_ms: Callable[[], int], parent: QObject | None = None) -> None:
        self._now_ms = now_ms
        super().__init__(_heads(), parent)

    def line_of(self, file_id: str) -> int:
        """Where a file stands; -1 if it is not there."""
        ids = [file.info.id for file in self._lines]
        return ids.index(file_id) if file_id in ids else -1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        file = self.line(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(tip(file))
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(file, Column(index.column()))
        return None

    def _text(self, file: ProviderFile, column: Column) -> str:
        match column:
            case Column.NAME:
                return name_of(file)
            case Column.PURPOSE:
                return file.info.purpose
            case Column.SIZE:
                return size(file.info.size_bytes)
            case Column.DATE:
                return date_of(file, self._now_ms())
            case Column.USED:
                return use_words(file)
            case Column.DIGEST:
                return digest_words(file)
        return _tr("Delete…")


def _tr(text: str) -> str:
    return QCoreApplication.translate("FilesModel", text)


def _heads() -> list[str]:
    return [
        _tr("File"),
        _tr("Purpose"),
        _tr("Size"),
        _tr("Since"),
        _tr("Used by"),
        _tr("Digest"),
        "",
    ]
