"""The one style sheet. Widgets choose a look by the dynamic property `look`, never inline."""

from __future__ import annotations

from string import Template

from tunedesk.assets import resource
from tunedesk.ui.theme.palette import Palette


def style_sheet(palette: Palette) -> str:
    """`resources/palettes/tunedesk.qss` with every `$token` replaced by the palette's colour."""
    sheet = resource("palettes", "tunedesk.qss").read_text(encoding="utf-8")
    return Template(sheet).substitute(palette._asdict())
