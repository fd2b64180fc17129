"""One-line boxes for texts of a row: what such a box would change is shown and not edited (D5)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit

from tunedesk.ui.pages.data.special_text import survives_editing
from tunedesk.ui.widgets.tips import set_tip


def show_held(line: QLineEdit, text: str, tip: str = "") -> None:
    """Show `text`; read-only, with the reason as its tip instead of `tip`, where it would change.

    The line then counts as not modified. A text that it shows already is left alone.
    """
    if line.text() != text:
        line.setText(text)
        line.setModified(False)
    lock_unheld(line, text, tip)


def lock_unheld(line: QLineEdit, text: str, tip: str = "") -> None:
    """Let `line` be edited only if it gives `text` back unchanged."""
    held = "\n" not in text and survives_editing(text)
    line.setReadOnly(not held)
    why = QCoreApplication.translate(
        "HeldLine", "Holds characters a text box would change; edit this row as JSON."
    )
    set_tip(line, tip if held else why)
