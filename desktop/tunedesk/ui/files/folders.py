"""The way to a file in the system's own file manager."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_in_folder(path: Path) -> None:
    """Open the folder a file is in; nothing happens where there is no file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
