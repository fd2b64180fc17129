"""Files dropped from a file manager, without one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_COPY, _LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
_NO_KEY = Qt.KeyboardModifier.NoModifier


def drop_files(target: QWidget, *paths: Path) -> bool:
    """Drag `paths` onto `target` and let go; whether it takes them."""
    return drop_urls(target, *(QUrl.fromLocalFile(str(path)) for path in paths))


def drop_urls(target: QWidget, *urls: QUrl) -> bool:
    """As `drop_files`, for any address."""
    files = QMimeData()
    files.setUrls(list(urls))
    return drop_mime(target, files)


def drop_mime(target: QWidget, mime: QMimeData) -> bool:
    """As `drop_files`, for whatever is dragged."""
    enter = QDragEnterEvent(QPoint(5, 5), _COPY, mime, _LEFT, _NO_KEY)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    drop = QDropEvent(QPointF(5, 5), _COPY, mime, _LEFT, _NO_KEY)
    QApplication.sendEvent(target, drop)
    return drop.isAccepted()
