"""The window's first moment: empty, in its color, and really on the screen.

`Theme`, with fonts, icons and the style sheet, comes after it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from tunedesk.assets import resource

if TYPE_CHECKING:
    from tunedesk.ui.theme.theme import Appearance

_LONGEST_MS = 400
"""For a desktop that shows no window now, as one that is locked: the app starts all the same."""

_MIDDLE_LIGHTNESS = 128


def take_first_color(app: QApplication, appearance: Appearance, last: str) -> None:
    """Give `app` the window's color of an appearance. Where that is the system's, it is taken to be
    as it was `last`, "light" or "dark", or else as its own palette, which not every desktop colors:
    to ask for the color scheme would first make all that is in `Qt`, in 16 ms, as would `QColor`
    and `QPalette` of a color. `Theme` asks, a moment later."""
    palette, role = app.palette(), QPalette.ColorRole.Window
    is_dark = palette.color(role).lightness() < _MIDDLE_LIGHTNESS
    own = last or ("dark" if is_dark else "light")
    name = own if appearance == "system" else appearance
    colors = json.loads(resource("palettes", f"{name}.json").read_bytes())
    palette.setColor(role, QColor.fromString(colors["window"]))
    app.setPalette(palette)


def show_painted(window: QWidget, qt: QApplication) -> None:
    """Show the window and come back as soon as it is painted, or after a moment without."""
    watch, limit = _PaintWatch(window), QTimer()
    limit.setSingleShot(True)
    limit.start(_LONGEST_MS)
    window.show()
    while not watch.has_painted and limit.isActive():
        qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    window.removeEventFilter(watch)
    watch.deleteLater()


class _PaintWatch(QObject):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.has_painted = False
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.has_painted |= event.type() == QEvent.Type.Paint
        return False
