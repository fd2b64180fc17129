"""Code in answers: coloured by Pygments, if it knows the language the fence names."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument

from tunedesk.ui.theme import Palette
from tunedesk.ui.widgets.code_lexers import lexer_of

_TOKENS = (
    ("Comment", "faint"),
    ("Keyword", "accent"),
    ("Literal.String", "ok"),
    ("Literal.Number", "warning"),
    ("Name.Function", "tuned_ink"),
    ("Name.Class", "tuned_ink"),
    ("Name.Decorator", "tuned_ink"),
    ("Name.Tag", "accent"),
    ("Operator.Word", "accent"),
)


def color_code(document: QTextDocument, code: str, language: str, palette: Palette) -> None:
    """Colour `document`, which holds `code`; without a known language nothing happens."""
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    for start, length, token in _tokens(code, language):
        look = QTextCharFormat()
        look.setForeground(palette.color(token))
        cursor.setPosition(_utf16(code, start))
        cursor.setPosition(_utf16(code, start + length), QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)
    cursor.endEditBlock()


def _utf16(code: str, at: int) -> int:
    """Qt counts UTF-16 units, Python characters."""
    return at if code.isascii() else len(code[:at].encode("utf-16-le", "surrogatepass")) // 2


def _tokens(code: str, language: str) -> Iterator[tuple[int, int, str]]:
    """(start, length, palette token) of what gets a colour."""
    lexer = lexer_of(language) if language else None
    if lexer is None:
        return
    for start, kind, text in lexer.get_tokens_unprocessed(code):
        name = str(kind).removeprefix("Token.")
        token = next((color for prefix, color in _TOKENS if name.startswith(prefix)), None)
        if token and text.strip():
            yield start, len(text), token
