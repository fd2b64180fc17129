"""What every page owes to people who use keyboard, screen reader or a small screen."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTextEdit,
    QWidget,
)

from tunedesk.ui.widgets.text import ElidedLabel

_BUTTON_PAD_PX = 4
_HEAD_PAD_PX = 4

_ROLE = QAccessible.Role
_TABLES = (_ROLE.Table, _ROLE.List, _ROLE.Tree)
_TO_ACT_ON = (
    *_TABLES, _ROLE.Button, _ROLE.CheckBox, _ROLE.RadioButton, _ROLE.ComboBox, _ROLE.EditableText,
    _ROLE.SpinBox, _ROLE.Slider, _ROLE.ProgressBar, _ROLE.ButtonMenu, _ROLE.Link, _ROLE.Chart,
    _ROLE.Client, _ROLE.Grouping, _ROLE.Document,
)  # fmt: skip

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


def roleless(root: QWidget) -> list[str]:
    """What a screen reader meets without a role or, where it can be acted on, without a name.

    Read as it reads: through Qt's tree of accessible things, not from the widgets.
    """
    found: list[str] = []
    _look_through(QAccessible.queryAccessibleInterface(root.window()), found)
    return found


def _look_through(thing: QAccessibleInterface, found: list[str]) -> None:
    state = thing.state()
    if not thing.isValid() or state.invisible:
        return
    role = thing.role()
    name = thing.text(QAccessible.Text.Name).strip()
    if role == QAccessible.Role.NoRole:
        found.append(f"{described_thing(thing)}: no role")
    if not name and (role == _ROLE.Grip or (role in _TO_ACT_ON and state.focusable)):
        found.append(f"{described_thing(thing)}: no name")
    if role in _TABLES:  # its cells are the delegate's words, told apart in their own tests
        return
    for number in range(thing.childCount()):
        inner = thing.child(number)
        if inner is not None:
            _look_through(inner, found)


def described_thing(thing: QAccessibleInterface) -> str:
    made_of = thing.object()
    kind = type(made_of).__name__ if made_of is not None else "part"
    return f"{kind} {thing.role().name} {thing.text(QAccessible.Text.Name)!r}"


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


def out_of_order(reached: list[QWidget]) -> list[str]:
    """Steps of a round of Tab that go up, or back in a line, but for the one to the beginning.

    Two neighbours are judged as the parts of what holds both: panels by the panels' places.
    """
    steps = list(zip(reached, [*reached[1:], *reached[:1]], strict=True))
    back = [f"{described(a)} → {described(b)}" for a, b in steps if _goes_back(a, b)]
    return back if len(back) > 1 else []


def _goes_back(before: QWidget, after: QWidget) -> bool:
    first, second = _branches(before, after)
    a, b = _place(first), _place(second)
    is_line = min(a.bottom(), b.bottom()) - max(a.top(), b.top()) > min(a.height(), b.height()) / 3
    return b.left() < a.left() if is_line else b.top() < a.top()


def _branches(one: QWidget, other: QWidget) -> tuple[QWidget, QWidget]:
    """The two children of what holds both that hold one each; a part of the other stands for it."""
    ways = [_way_to(one), _way_to(other)]
    for first, second in zip(*ways, strict=False):
        if first is not second:
            return first, second
    return one, other


def _way_to(widget: QWidget) -> list[QWidget]:
    way = [widget]
    while (parent := way[0].parentWidget()) is not None:
        way.insert(0, parent)
    return way


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint()), widget.size())


def unseen_focus(reached: list[QWidget]) -> list[str]:
    """Controls that look the same with the keyboard and without."""
    found = []
    for number, control in enumerate(reached):
        control.setFocus(Qt.FocusReason.TabFocusReason)
        frame = control.parentWidget() if isinstance(control, QAbstractItemView) else control
        with_focus = frame.grab().toImage()
        reached[number - 1].setFocus(Qt.FocusReason.TabFocusReason)
        if frame.grab().toImage() == with_focus:
            found.append(described(control))
    return found


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


def cut_texts(root: QWidget) -> list[str]:
    """Texts of labels, buttons and headings of columns that have less room than they need.

    Labels that shorten what they are given (a name, a path) do so on purpose, and are left out.
    """
    found = []
    for widget in root.findChildren(QWidget):
        if widget.isVisible() and (cut := _cut(widget)):
            found.append(f"{described(widget)}: {cut}")
    return found


def _cut(widget: QWidget) -> str:
    if isinstance(widget, ElidedLabel):
        return ""
    if isinstance(widget, QLabel):
        return _cut_label(widget)
    if isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
        return ", ".join(_cut_heads(widget))
    if isinstance(widget, QAbstractButton) and widget.text() and not _is_part(widget):
        needed = widget.fontMetrics().horizontalAdvance(widget.text().replace("&&", "&"))
        needed = max(needed, min(widget.sizeHint().width(), needed + 2 * _BUTTON_PAD_PX))
        return f"{widget.text()!r} needs {needed}" if widget.width() < needed else ""
    return ""


def _cut_label(label: QLabel) -> str:
    room = label.contentsRect().adjusted(label.margin(), 0, -label.margin(), 0)
    if not label.text():
        return ""
    flags = Qt.TextFlag.TextWordWrap.value if label.wordWrap() else 0
    needed = label.fontMetrics().boundingRect(
        QRect(0, 0, room.width(), 10_000), flags, label.text()
    )
    is_cut = needed.width() > room.width() + 1 or needed.height() > room.height() + 2
    size = f"{needed.width()}x{needed.height()} in {room.width()}x{room.height()}"
    return f"{label.text()!r} needs {size}" if is_cut else ""


def _cut_heads(header: QHeaderView) -> Iterator[str]:
    model = header.model()
    for section in range(header.count() if model is not None else 0):
        text = model.headerData(section, Qt.Orientation.Horizontal)
        if header.isSectionHidden(section) or not isinstance(text, str):
            continue
        needed = header.fontMetrics().horizontalAdvance(text) + _HEAD_PAD_PX
        if header.sectionSize(section) < needed:
            yield f"{text!r} needs {needed} of {header.sectionSize(section)}"


def overlapping(root: QWidget) -> list[str]:
    """Neighbours of one layout that lie over each other."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        layout = widget.layout() if widget.isVisible() else None
        parts = [part for part in _laid_out(layout) if part.isVisible()] if layout else []
        for number, one in enumerate(parts):
            for other in parts[number + 1 :]:
                shared = one.geometry().intersected(other.geometry())
                if shared.width() > 1 and shared.height() > 1:
                    found.append(f"{described(one)} over {described(other)} by {shared}")
    return found


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _laid_out(inner)
