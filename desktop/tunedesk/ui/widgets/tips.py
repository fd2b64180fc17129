"""Tooltips show data as what it is: Qt would read a text that looks like HTML as HTML (U1)."""

from __future__ import annotations

from PySide6 import QtGui  # not `Qt`, whose making would delay the first paint
from PySide6.QtWidgets import QWidget


def tip(text: str) -> str:
    """`text` for a tooltip: as it is, or escaped where Qt would take it for markup."""
    if not QtGui.Qt.mightBeRichText(text):
        return text
    from html import escape  # not on the way to the first paint

    return f"<qt>{escape(text)}</qt>"


def set_tip(widget: QWidget, text: str) -> None:
    """Give `widget` a tooltip that shows exactly `text`."""
    widget.setToolTip(tip(text))
