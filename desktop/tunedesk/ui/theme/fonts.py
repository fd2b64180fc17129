"""Fonts that a bundle brings along; a checkout has none, and the system's do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFontDatabase

from tunedesk.assets import resource


def load_own_fonts() -> list[str]:
    """Make the fonts in `resources/fonts` known to Qt; the names of their families."""
    try:
        folder = resource("fonts")
    except FileNotFoundError:
        return []
    return load_fonts(folder)


def load_fonts(folder: Path) -> list[str]:
    """Make each *.ttf of a folder known to Qt; the names of their families, each once."""
    families: list[str] = []
    for file in sorted(folder.glob("*.ttf")):
        families += QFontDatabase.applicationFontFamilies(
            QFontDatabase.addApplicationFont(str(file))
        )
    return list(dict.fromkeys(families))


def can_draw_thai() -> bool:
    """Whether any font has Thai letters; a bare system often has none."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.Thai))
