"""Rows on the way from one place to another: what a drag carries, and what a drop finds."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import (
    QByteArray,
    QCoreApplication,
    QMetaType,
    QMimeData,
    QObject,
    QUrl,
)

from tunedesk.ui.widgets.dropped_files import ROWS_MIME

JSONL_MIME = "application/jsonl"
_URI_MIME = "text/uri-list"
MOST_BYTES = 32 << 20
"""What is handed to other programs at most; more is for Export."""
_THIS_APP = secrets.token_hex(8)


class DraggedRows(msgspec.Struct, frozen=True):
    """Rows of one dataset, as ranges of indices from 0, both ends included, ascending."""

    dataset_id: int
    ranges: tuple[tuple[int, int], ...]
    app: str = _THIS_APP
    """Two Tunedesks can be open, and both have a dataset 1."""

    @property
    def n_rows(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def rows(self) -> list[int]:
        """Every index, ascending."""
        return [row for first, last in self.ranges for row in range(first, last + 1)]


def ranges_of(rows: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending indices as ranges."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return tuple(found)


def dragged_rows(mime: QMimeData) -> DraggedRows | None:
    """The rows a drag carries, None if it carries others' things, another app's rows, nonsense."""
    if isinstance(mime, RowsMime):
        return mime.rows
    if not mime.hasFormat(ROWS_MIME):
        return None
    try:
        rows = msgspec.json.decode(bytes(mime.data(ROWS_MIME).data()), type=DraggedRows)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return rows if rows.app == _THIS_APP else None


class DropFolder(QObject):
    """Where files for other programs are written; gone with its parent."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._made: list[str] = []
        made = self._made
        parent.destroyed.connect(lambda: _remove(made))

    def write(self, name: str, data: bytes) -> Path:
        """A file of this name with these bytes; raises OSError."""
        folder = tempfile.mkdtemp(prefix="tunedesk-rows-")
        self._made.append(folder)
        path = Path(folder) / name
        path.write_bytes(data)
        return path


def _remove(folders: Sequence[str]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


class RowsMime(QMimeData):
    """Rows for our own windows at once; as JSONL text or file when another program asks for it.

    `problem` is why such a program got nothing, "" while it can.
    """

    def __init__(
        self, rows: DraggedRows, name: str, read: Callable[[], bytes | None], folder: DropFolder
    ) -> None:
        """`read` gives the rows as JSONL, or None where there are too many to hand over."""
        super().__init__()
        self.rows, self.problem = rows, ""
        self._name, self._read, self._folder = name, read, folder
        self._data: bytes | None = None
        self._uri = b""
        self.setData(ROWS_MIME, QByteArray(msgspec.json.encode(rows)))

    def formats(self) -> list[str]:
        return [ROWS_MIME, _URI_MIME, JSONL_MIME, "text/plain"]

    def hasFormat(self, mime_type: str) -> bool:
        return mime_type in self.formats()

    def retrieveData(self, mime_type: str, preferred: QMetaType | QMetaType.Type) -> Any:
        if mime_type == ROWS_MIME:
            return super().retrieveData(mime_type, preferred)
        if self._data is None:
            self._data = self._all_bytes()
        if mime_type == _URI_MIME:
            uri = self._file_uri()
            if _wants_list(preferred):
                return [QUrl.fromEncoded(QByteArray(uri.strip()))] if uri else []
            return QByteArray(uri)
        if mime_type.startswith("text/plain"):
            return self._data.decode("utf-8", "replace")
        return QByteArray(self._data)

    def _all_bytes(self) -> bytes:
        data = self._read()
        if data is None:
            self.problem = _tr("These rows are too many to drag out: export them instead.")
        return data or b""

    def _file_uri(self) -> bytes:
        if not self._uri and self._data:
            try:
                path = self._folder.write(self._name, self._data)
            except OSError as error:  # the text is still there to be dropped
                words = _tr("The rows cannot be handed over as a file: {why}. Export them instead.")
                self.problem = words.format(why=error.strerror or error)
                return b""
            self._uri = bytes(QUrl.fromLocalFile(str(path)).toEncoded().data()) + b"\r\n"
        return self._uri


def _wants_list(preferred: QMetaType | QMetaType.Type) -> bool:
    wanted = preferred.id() if isinstance(preferred, QMetaType) else preferred.value
    return bool(wanted == QMetaType.Type.QVariantList.value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("RowsMime", text)
