"""Files that a drag carries; apart from rows on their way, whose module is not light."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

ROWS_MIME = "application/x-tunedesk-rows"


def dragged_files(mime: QMimeData) -> list[str]:
    """Local paths a drag carries; rows on their way are none, and are not written to look."""
    if mime.hasFormat(ROWS_MIME):
        return []
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
