"""What every page owes to people who use keyboard, screen reader or a small screen."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTextEdit,
    QWidget,
)

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTextEdit,
)


def controls(root: QWidget) -> Iterator[QWidget]:
    """Visible controls below `root`; the parts Qt itself puts into a control are left out."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, CONTROLS) and widget.isVisible() and not _is_part(widget):
            yield widget


def described(widget: QWidget) -> str:
    """A widget in words for a failed test: kind, name, and where it stands."""
    parent = widget.parentWidget()
    inside = type(parent).__name__ if parent is not None else "nothing"
    return f"{type(widget).__name__} {widget.accessibleName()!r} in {inside}"


def nameless(root: QWidget) -> list[str]:
    """Controls without an accessible name."""
    return [described(c) for c in controls(root) if not c.accessibleName().strip()]


def out_of_reach(root: QWidget) -> list[str]:
    """Enabled controls that Tab does not reach, going round the whole window.

    A group of exclusive buttons counts as reached with one of its own: arrows do the rest.
    """
    reached = set(tab_round(root.window()))
    return [
        described(control)
        for control in controls(root)
        if control.isEnabled()
        and not isinstance(control, QProgressBar)
        and control not in reached
        and not _has_reached_sibling(control, reached)
    ]


def tab_traps(root: QWidget) -> list[str]:
    """Controls that keep the Tab key for themselves."""
    return [described(control) for control in controls(root) if _keeps_tab(control)]


def tab_round(window: QWidget) -> list[QWidget]:
    """What has the keyboard after each Tab from where it is, until it is there again."""
    found: list[QWidget] = []
    for _ in range(1000):
        focus = QApplication.focusWidget()
        if focus is None or focus in found:
            return found
        found.append(focus)
        window.focusNextChild()
    raise AssertionError("Tab goes on and on")


def rich_labels(root: QWidget) -> list[str]:
    """Labels that would read their text as markup."""
    labels = root.findChildren(QLabel)
    return [described(label) for label in labels if label.textFormat() != Qt.TextFormat.PlainText]


def _keeps_tab(widget: QWidget) -> bool:
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return not widget.isReadOnly() and not widget.tabChangesFocus()
    return isinstance(widget, QAbstractItemView) and widget.tabKeyNavigation()


def _is_part(widget: QWidget) -> bool:
    """A clear button in a line, a corner of a table, the edit or list of a combo box …"""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, CONTROLS) and not isinstance(parent, QAbstractButton):
            return not _is_own(widget)
        parent = parent.parentWidget()
    return False


def _is_own(widget: QWidget) -> bool:
    return type(widget).__module__.startswith("tunedesk.")


def _has_reached_sibling(control: QWidget, reached: set[QWidget]) -> bool:
    group = control.group() if isinstance(control, QAbstractButton) else None
    return group is not None and group.exclusive() and any(b in reached for b in group.buttons())
