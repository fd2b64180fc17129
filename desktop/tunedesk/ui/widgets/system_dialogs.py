"""The desktop's own file dialogs on Linux, where it offers them to every program by a portal.

Qt takes them by itself for GTK's and KDE's own libraries alone, which a bundle does not bring.
Where the portal does not answer in the end, Qt shows its own dialog.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QApplication, QDialog

_THEME = ["-platformtheme", "xdgdesktopportal"]
_PROPERTY = "hasSystemDialogs"
_DATA_FOLDERS = "/usr/local/share:/usr/share"


def theme_arguments(environment: Mapping[str, str]) -> list[str]:
    """What QApplication is to be told; nothing where the person has chosen a theme, or where no
    desktop is known that has a portal with file dialogs."""
    is_on_screen = environment.get("QT_QPA_PLATFORM", "xcb").startswith(("xcb", "wayland"))
    if "QT_QPA_PLATFORMTHEME" in environment or not is_on_screen:
        return []
    folders = (environment.get("XDG_DATA_DIRS") or _DATA_FOLDERS).split(":")
    is_desktop = bool(environment.get("XDG_CURRENT_DESKTOP"))
    return list(_THEME) if is_desktop and any(map(_offers_files, folders)) else []


def _offers_files(data_folder: str) -> bool:
    try:
        found = list(Path(data_folder, "xdg-desktop-portal", "portals").glob("*.portal"))
        return any("impl.portal.FileChooser" in file.read_text("utf-8") for file in found)
    except (OSError, ValueError):
        return False


def remember(qt: QApplication, arguments: list[str]) -> None:
    """Once `qt` is made with these arguments."""
    qt.setProperty(_PROPERTY, bool(arguments))


def asks_before_replacing(dialog: QDialog) -> bool:
    """Whether `dialog`, which was shown, was a portal's: those ask themselves whether a file that
    is there may go. Qt's own, which stands in for it, has a layout."""
    qt = QApplication.instance()
    return qt is not None and bool(qt.property(_PROPERTY)) and dialog.layout() is None
