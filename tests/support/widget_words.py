"""Every word a window shows or tells: for tests that look for what must not be there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)


def words_of(root: QWidget, leave_out: Collection[QWidget] = ()) -> Iterator[str]:
    """Texts, tooltips, names and descriptions of `root` and all its children, hidden ones too."""
    for widget in (root, *root.findChildren(QWidget)):
        if any(widget is part or part.isAncestorOf(widget) for part in leave_out):
            continue
        yield widget.objectName()
        yield widget.windowTitle()
        yield widget.toolTip()
        yield widget.statusTip()
        yield widget.whatsThis()
        yield widget.accessibleName()
        yield widget.accessibleDescription()
        yield from _own_text(widget)
        yield str(widget.property("look"))


def _own_text(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.text()
        yield widget.placeholderText()
    elif isinstance(widget, QPlainTextEdit):
        yield widget.toPlainText()
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(at) for at in range(widget.count()))
