"""Applies a palette to the whole app and tells widgets when it changes."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from tunedesk.ui.theme.fonts import load_own_fonts
from tunedesk.ui.theme.icons import line_icon
from tunedesk.ui.theme.palette import Palette, load_palette, qt_palette
from tunedesk.ui.theme.style import style_sheet

Appearance = Literal["light", "dark", "system"]

FAMILIES = ("Inter", "Noto Sans", "Noto Sans Thai", "Sarabun", "Loma", "Waree", "sans-serif")
MONO_FAMILIES = ("JetBrains Mono", "DejaVu Sans Mono", "Noto Sans Mono", "monospace")


_MOVING = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
"""Nothing slides or fades, whether the system asks for less motion or not."""


class Theme(QObject):
    """One per app. Widgets that paint by hand read `palette` and repaint on `changed`."""

    changed = Signal()

    def __init__(self, app: QApplication, appearance: Appearance = "system") -> None:
        super().__init__(app)
        self._app = app
        self._appearance: Appearance = appearance
        load_own_fonts()
        app.setFont(ui_font())
        for effect in _MOVING:
            app.setEffectEnabled(effect, False)
        self.palette = load_palette(self._resolved())
        self._dressed: list[QWidget] = []
        self._icons: dict[tuple[str, str, int, float], QIcon] = {}
        self._apply()
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def app(self) -> QApplication:
        return self._app

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    def set_appearance(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._switch()

    def dress(self, window: QWidget) -> None:
        """Give a window the style sheet, now and at each change; its dialogs and menus have it too.

        The sheet is not the app's: then each widget that gets a parent is styled at once, with all
        that it holds, and a page that is built from its leaves takes four times as long.
        """
        self._dressed.append(window)
        window.setFont(self._app.font())  # it was painted before, and keeps the font of then
        window.setStyleSheet(style_sheet(self.palette))

    def icon(self, name: str, color: str = "ink", size_px: int = 18) -> QIcon:
        """A line icon in one of the palette's colours."""
        wanted = (name, getattr(self.palette, color), size_px, self._app.devicePixelRatio())
        if wanted not in self._icons:
            self._icons[wanted] = line_icon(*wanted)
        return self._icons[wanted]

    def _resolved(self) -> str:
        if self._appearance != "system":
            return self._appearance
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if dark else "light"

    def _follow_system(self) -> None:
        if self._appearance == "system":
            self._switch()

    def _switch(self) -> None:
        wanted = self._resolved()
        if wanted != self.palette.name:
            self.palette = load_palette(wanted)
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        self._app.setPalette(qt_palette(self.palette))
        self._dressed = [window for window in self._dressed if isValid(window)]
        for window in self._dressed:
            window.setStyleSheet(style_sheet(self.palette))


def ui_font(size_px: int = 13) -> QFont:
    """The reading font, with a Thai-capable family behind it."""
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(size_px)
    return font


def mono_font(size_px: int = 12) -> QFont:
    font = QFont()
    font.setFamilies(list(MONO_FAMILIES))
    font.setPixelSize(size_px)
    return font


def palette_of(theme: Theme | None) -> Palette:
    """The palette to paint with; light where a widget stands alone, as in a test."""
    return theme.palette if theme is not None else load_palette("light")
