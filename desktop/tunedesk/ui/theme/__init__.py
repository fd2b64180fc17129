"""How Tunedesk looks: two palettes, one style sheet, tinted line icons."""

from tunedesk.ui.theme.palette import Palette, load_palette
from tunedesk.ui.theme.theme import Theme

__all__ = ["Palette", "Theme", "load_palette"]
