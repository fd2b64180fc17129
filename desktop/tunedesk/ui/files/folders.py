"""The way to a file or a folder in the system's own programs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from tunedesk.core.errors import TunedeskError
from tunedesk.ui.widgets.ask import Ask


def _tr(text: str) -> str:
    return QCoreApplication.translate("Folders", text)


def show_in_folder(path: Path, ask: Ask) -> None:
    """Open the folder a file is in."""
    open_place(path.parent, ask)


def open_place(path: Path, ask: Ask) -> None:
    """Open a file or a folder; where the system has nothing that does it, say where it is."""
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        return
    ask.tell(
        TunedeskError(
            "nothing_opens",
            _tr("Nothing on this computer opens it."),
            _tr("It is at {path}").format(path=path),
            _tr("Go there in a terminal, or install a file manager and xdg-utils."),
        )
    )
