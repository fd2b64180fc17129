"""What a person can do now, and every key: read from the widgets themselves, for Ctrl+K and F1."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QMenu,
    QPushButton,
    QWidget,
)
from shiboken6 import isValid

from tunedesk.core.rows import one_line
from tunedesk.ui.widgets.named_keys import HasInnerKeys, OffersMenu, told, words_of_key
from tunedesk.ui.widgets.page import Page

_TO_OTHERS = (QAbstractItemView, QComboBox)  # what Qt puts into these is a part of them
_MAX_CHARS = 120


def _tr(text: str) -> str:
    return QCoreApplication.translate("ActionFinder", text)


@dataclass(frozen=True, slots=True)
class FoundAction:
    """`place`: the page or menu it stands in; `keys`: as shown, "" for none; `why_not`: the reason
    where it cannot be done now."""

    name: str
    place: str
    source: QObject
    act: Callable[[], object]
    keys: str = ""
    why_not: str = ""

    def run(self) -> None:
        """Do it, unless what it was read from is gone meanwhile."""
        if isValid(self.source):
            self.act()


_Found = dict[tuple[str, str], FoundAction]
"""By place and bare name."""


class FoundActions:
    """One look at `window` and the `page` it shows, until `forget`: menus were made for it."""

    def __init__(self, window: QWidget, page: Page | None) -> None:
        self._window, self._page = window, page
        self._menus: list[QMenu] = []

    def forget(self) -> None:
        for menu in self._menus:
            if isValid(menu):
                menu.deleteLater()
        self._menus.clear()

    def possible(self) -> list[FoundAction]:
        """What is on the page and around it, each once, in the order of the screen; a thing that is
        switched off has the reason."""
        found: _Found = {}
        if self._page is not None:
            for gather in (_buttons_of, _keys_of, self._menus_of, _inner_acts_of):
                for one in gather(self._page):
                    _merge(found, one)
        for button in _buttons_of(self._window, apart_from=self._page):
            _merge(found, button)
        for shortcut in self._window.findChildren(QShortcut):
            if shortcut.parent() is self._window and shortcut.isEnabled():
                _merge(found, _of_shortcut(shortcut, ""))
        for one in self._menus_of(self._window, apart_from=self._page):
            _merge(found, one)
        return list(found.values())

    def every_key(self) -> list[FoundAction]:
        """All that has a key: of the page that is shown, of everywhere, of the other pages."""
        others = [page for page in self._window.findChildren(Page) if page is not self._page]
        pages = [*([self._page] if self._page is not None else []), None, *others]
        return [one for page in pages for one in self._keys_on(page)]

    def _keys_on(self, page: Page | None) -> list[FoundAction]:
        found: _Found = {}
        if page is None:
            for shortcut in self._window.findChildren(QShortcut):
                if shortcut.parent() is self._window:
                    _merge(found, _of_shortcut(shortcut, _tr("everywhere")))
            for one in _inner_keys_of(self._window, apart=self._window.findChildren(Page)):
                _merge(found, one)
            return list(found.values())
        for gather in (_keys_of, self._menus_of, _actions_of):
            for one in gather(page):
                if one.keys:
                    _merge(found, replace(one, place=page.accessibleName()))
        for one in _inner_keys_of(page):
            _merge(found, one)
        if page is self._page:
            return list(found.values())
        words = _tr("Works on the page {page}").format(page=page.accessibleName())
        return [replace(one, why_not=words) for one in found.values()]

    def _menus_of(self, page: QWidget, apart_from: QWidget | None = None) -> Iterator[FoundAction]:
        """What the menus of what is chosen offer; around a page, those that are seen."""
        for widget in (page, *page.findChildren(QWidget)):
            if page is self._window and not _is_around(widget, apart_from):
                continue
            menu = widget.offered_menu() if isinstance(widget, OffersMenu) else None
            if menu is not None:
                self._menus.append(menu)
                yield from _of_menu(menu, widget.accessibleName() or page.accessibleName())


def bare(name: str) -> str:
    """The words of a name, by which a button and its key know each other."""
    return name.replace("…", "").replace("→", "").strip().casefold()


def _merge(found: _Found, one: FoundAction) -> None:
    """A button and its key in one place are one; what came first is what is run."""
    name = (one.place, bare(one.name))
    known = found.setdefault(name, one)
    if one.keys and not known.keys:
        found[name] = replace(known, keys=one.keys)


def _keys_of(page: QWidget) -> Iterator[FoundAction]:
    for shortcut in page.findChildren(QShortcut):
        if words_of_key(shortcut):
            yield _of_shortcut(shortcut, page.accessibleName())


def _is_around(widget: QWidget, page: QWidget | None) -> bool:
    is_inside = page is not None and (widget is page or page.isAncestorOf(widget))
    return widget.isVisible() and not is_inside


def _inner_acts_of(page: QWidget) -> Iterator[FoundAction]:
    """What the widgets in sight do by keys of their own."""
    for widget in page.findChildren(QWidget):
        if isinstance(widget, HasInnerKeys) and widget.isVisible():
            for key in widget.inner_keys():
                if key.act is not None:
                    yield FoundAction(key.name, page.accessibleName(), widget, key.act, key.keys)


def _inner_keys_of(place: QWidget, apart: Sequence[QWidget] = ()) -> Iterator[FoundAction]:
    """Each once, however many widgets of a kind there are; to choose one goes there."""
    for widget in (place, *place.findChildren(QWidget)):
        if not isinstance(widget, HasInnerKeys) or any(one.isAncestorOf(widget) for one in apart):
            continue
        kind = place.accessibleName() or widget.accessibleName()
        for key in widget.inner_keys():
            yield FoundAction(key.name, kind, widget, key.act or widget.setFocus, key.keys)


def _of_shortcut(shortcut: QShortcut, place: str) -> FoundAction:
    keys = told(shortcut.key())
    return FoundAction(words_of_key(shortcut), place, shortcut, shortcut.activated.emit, keys)


def _actions_of(page: QWidget) -> Iterator[FoundAction]:
    for action in page.findChildren(QAction):
        if not action.shortcut().isEmpty():
            yield _of_action(action, page.accessibleName())


def _buttons_of(place: QWidget, apart_from: QWidget | None = None) -> Iterator[FoundAction]:
    for button in place.findChildren(QAbstractButton):
        name = one_line(button.accessibleName())[:_MAX_CHARS]
        is_part = isinstance(button.parentWidget(), _TO_OTHERS)
        is_apart = apart_from is not None and apart_from.isAncestorOf(button)
        if not name or is_part or is_apart or not button.isVisible():
            continue
        menu = button.menu() if isinstance(button, QPushButton) and button.isEnabled() else None
        if menu is not None:
            menu.aboutToShow.emit()  # some are filled at that moment
            yield from _of_menu(menu, name)
        yield FoundAction(
            name,
            place.accessibleName(),
            button,
            button.click if menu is None else button.showMenu,  # type: ignore[attr-defined]
            told(button.shortcut()),
            _why_not(button),
        )


def _why_not(button: QAbstractButton) -> str:
    if button.isEnabled():
        return ""
    reason = one_line(button.accessibleDescription() or button.toolTip())
    is_reason = reason and not bare(reason).startswith(bare(button.accessibleName()))
    return reason if is_reason else _tr("Not possible just now")


def _of_menu(menu: QMenu, title: str) -> Iterator[FoundAction]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _of_menu(inner, one_line(action.text()))
        elif not action.isSeparator():
            yield _of_action(action, title)


def _of_action(action: QAction, place: str) -> FoundAction:
    name, _, keys = action.text().replace("&&", "&").partition("\t")
    why_not = "" if action.isEnabled() else _tr("Not possible just now")
    name = one_line(name)[:_MAX_CHARS]
    keys = keys or told(action.shortcut())
    return FoundAction(name, place, action, action.trigger, keys, why_not)
