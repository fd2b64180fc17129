"""The columns of the grid: names, widths, which sort and which a dataset has."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QCoreApplication

from tunedesk.services.dataset.row_view import SortColumn


class Column(IntEnum):
    NUMBER = 0
    STATUS = 1
    PROMPT = 2
    REPLY = 3
    REJECTED = 4
    TOKENS = 5
    SPLIT = 6
    TAGS = 7


COLUMNS = tuple(Column)
"""By number: quicker than `Column(number)`, which counts where each cell is asked for."""

WIDTHS = {
    Column.NUMBER: 54,
    Column.STATUS: 34,
    Column.REJECTED: 180,
    Column.TOKENS: 74,
    Column.SPLIT: 78,
    Column.TAGS: 110,
}
"""In pixels at first; prompt and reply share the rest."""

SORTED_BY: dict[Column, SortColumn] = {
    Column.STATUS: "status",
    Column.PROMPT: "prompt",
    Column.REPLY: "reply",
    Column.TOKENS: "tokens",
    Column.SPLIT: "split",
}

SORTED_BY_MARKS = (Column.STATUS, Column.TOKENS, Column.SPLIT)
"""Those that are known of every row only after the first check."""

RIGHT_ALIGNED = (Column.NUMBER, Column.TOKENS)
TEXTS = (Column.PROMPT, Column.REPLY, Column.REJECTED)


def heading(column: Column, *, is_preference: bool = False) -> str:
    """What stands above a column."""
    words = {
        Column.NUMBER: "#",
        Column.STATUS: "",
        Column.PROMPT: _tr("Prompt"),
        Column.REPLY: _tr("Preferred") if is_preference else _tr("Reply"),
        Column.REJECTED: _tr("Not preferred"),
        Column.TOKENS: _tr("Tokens"),
        Column.SPLIT: _tr("Split"),
        Column.TAGS: _tr("Tags"),
    }
    return words[column]


def spoken(column: Column, *, is_preference: bool = False) -> str:
    """The name of a column for a menu or a screen reader."""
    if column is Column.STATUS:
        return _tr("Status")
    return (
        _tr("Number") if column is Column.NUMBER else heading(column, is_preference=is_preference)
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Columns", text)
