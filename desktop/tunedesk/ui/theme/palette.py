"""The colours of one appearance, read from `resources/palettes`."""

from __future__ import annotations

import json
from typing import NamedTuple

from PySide6.QtGui import QColor, QPalette

from tunedesk.assets import resource


class Palette(NamedTuple):
    """Every colour the app draws with, as `#RRGGBB`. `base`/`tuned` are the two identities, as
    `base_ink`/`tuned_ink` where they are text; `control` is the edge of what can be acted on."""

    name: str
    window: str
    surface: str
    sunken: str
    line: str
    line_strong: str
    control: str
    ink: str
    second: str
    faint: str
    accent: str
    accent_hover: str
    accent_ink: str
    accent_soft: str
    ok: str
    ok_soft: str
    warning: str
    warning_mark: str
    warning_soft: str
    error: str
    error_soft: str
    base: str
    base_ink: str
    base_soft: str
    tuned: str
    tuned_ink: str
    tuned_soft: str
    tie: str
    track: str
    chip: str
    rail_selected: str
    grid: str

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"

    def color(self, token: str) -> QColor:
        return QColor(getattr(self, token))


def load_palette(name: str) -> Palette:
    """Palette "light" or "dark". Raises FileNotFoundError for any other name."""
    return Palette(**json.loads(resource("palettes", f"{name}.json").read_bytes()))


def qt_palette(palette: Palette) -> QPalette:
    """The same colours in Qt's roles, so that unstyled native parts fit in."""
    qt = QPalette()
    role = QPalette.ColorRole
    for target, token in (
        (role.Window, "window"),
        (role.WindowText, "ink"),
        (role.Base, "surface"),
        (role.AlternateBase, "sunken"),
        (role.Text, "ink"),
        (role.Button, "surface"),
        (role.ButtonText, "ink"),
        (role.BrightText, "error"),
        (role.ToolTipBase, "surface"),
        (role.ToolTipText, "ink"),
        (role.PlaceholderText, "faint"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "accent_ink"),
        (role.Link, "accent"),
        (role.LinkVisited, "accent"),
        (role.Mid, "line_strong"),
        (role.Midlight, "line"),
        (role.Dark, "line_strong"),
        (role.Light, "surface"),
        (role.Accent, "accent"),
    ):
        qt.setColor(target, palette.color(token))
    for target in (role.WindowText, role.Text, role.ButtonText):
        qt.setColor(QPalette.ColorGroup.Disabled, target, palette.color("faint"))
    return qt
