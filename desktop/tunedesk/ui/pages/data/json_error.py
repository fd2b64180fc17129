"""Where JSON text is broken, for people: a sentence and a mark."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.json_text import JSONTextError
from tunedesk.ui.pages.data.text_marks import Mark


def error_words(error: JSONTextError) -> str:
    """One sentence with line and column, where they are known."""
    reason = QCoreApplication.translate("JsonError", error.reason)
    if error.line is None or error.column is None:
        return f"{reason[:1].upper()}{reason[1:]}."
    place = QCoreApplication.translate("JsonError", "Line {line}, column {column}: {reason}.")
    return place.format(line=error.line, column=error.column, reason=reason)


def error_mark(text: str, error: JSONTextError) -> Mark | None:
    """The character at fault; at the end of the text the one before."""
    if error.line is None or error.column is None:
        return None
    start = 0
    for _ in range(error.line - 1):
        start = text.find("\n", start) + 1
    at = min(start + error.column - 1, max(0, len(text) - 1))
    return Mark(at, at + 1, "wrong") if text else None
