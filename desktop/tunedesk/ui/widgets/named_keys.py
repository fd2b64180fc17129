"""Keys with a name. F1 lists them and Ctrl+K finds what they do, so there is no second list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from PySide6 import QtCore, QtGui  # not their names: making these would delay the first paint
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QKeySequence, QShortcut
    from PySide6.QtWidgets import QMenu

    Keys = str | QtCore.Qt.Key | QKeySequence | QKeySequence.StandardKey


def named_key(
    place: QWidget,
    keys: Keys | Sequence[Keys],
    name: str,
    act: Callable[[], object],
    *,
    only_inside: bool = False,
) -> QShortcut:
    """`act()` on `keys`, in the whole window of `place` or `only_inside` it; of several keys the
    first is the one told. `name` says what it does in the words of its button, if it has one."""
    several = [keys] if isinstance(keys, str) or not isinstance(keys, Sequence) else keys
    made = QtGui.QShortcut(place)
    made.setKeys([QtGui.QKeySequence(one) for one in several])
    name_key(made, name)
    if only_inside:
        made.setContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.activated.connect(lambda: act())
    return made


def name_key(shortcut: QShortcut, words: str) -> None:
    """What it does, in the language of the moment."""
    shortcut.setProperty("words", words)


def words_of_key(shortcut: QShortcut) -> str:
    """What it does; "" for one that has no name."""
    return str(shortcut.property("words") or "")


def told(keys: QKeySequence) -> str:
    """A key as the person's system writes it."""
    return keys.toString(QtGui.QKeySequence.SequenceFormat.NativeText)


def keyed(words: str, keys: QKeySequence | QKeySequence.StandardKey | str) -> str:
    """What stands in a menu of something that a key does as well; the key is not bound by it."""
    return f"{words}\t{told(QtGui.QKeySequence(keys))}"


class InnerKey(NamedTuple):
    """A key that a widget takes while it has the keyboard; `act` does the same from elsewhere, None
    where that means nothing."""

    keys: str
    name: str
    act: Callable[[], object] | None = None


@runtime_checkable
class HasInnerKeys(Protocol):
    """A widget with keys of its own, which F1 lists: to choose one there goes to the widget."""

    def inner_keys(self) -> Sequence[InnerKey]:
        """Keys as a person reads them, with what they do."""


@runtime_checkable
class OffersMenu(Protocol):
    """A widget with a menu of its own: what it would open now is found by Ctrl+K, too."""

    def offered_menu(self) -> QMenu | None:
        """A new menu, which the caller deletes; None where nothing is chosen."""
