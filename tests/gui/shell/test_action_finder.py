"""Ctrl+K and F1 in the real app: every action is found by its words, and says why it is off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.support.desk_bench import Desks, RunningDesk
from tunedesk.ui.shell.action_finder import ActionFinder
from tunedesk.ui.shell.found_actions import FoundActions, bare, told
from tunedesk.ui.widgets.named_keys import words_of_key

_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def app(desks: Desks) -> Iterator[RunningDesk]:
    made = desks.start()
    made.until_open()
    made.activate()
    yield made
    made.close()
    made.desk.language.choose("en")


def _find(app: RunningDesk, key: Qt.Key = Qt.Key.Key_K) -> ActionFinder:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, _CTRL if key is Qt.Key.Key_K else Qt.KeyboardModifier.NoModifier)
    app.loop.settle(lambda: app.window.finder is not None)
    made = app.window.finder
    assert made is not None
    app.loop.settle(made.box.hasFocus)
    return made


def _leave(app: RunningDesk, finder: ActionFinder) -> None:
    QTest.keyClick(finder.box, Qt.Key.Key_Escape)
    app.loop.settle(lambda: app.window.finder is None)
    app.activate()


def test_every_action_is_found_and_every_key_is_listed(app: RunningDesk) -> None:
    """One launch for all: each takes seconds."""
    _every_button_and_menu(app)
    app.window.show_page("data")
    app.until_idle()
    _off_says_why(app)
    _every_key_is_listed(app)
    _typed_and_done(app)
    _in_either_language(app)


def _typed_and_done(app: RunningDesk) -> None:
    finder = _find(app)
    assert len(finder.model.shown) > 50
    QTest.keyClicks(finder.box, "new row")
    assert [one.name for one in finder.model.shown][:1] == ["New row"]
    before = len(app.session)
    QTest.keyClick(finder.box, Qt.Key.Key_Return)
    app.loop.settle(lambda: len(app.session) == before + 1)
    app.until_idle()


def _off_says_why(app: RunningDesk) -> None:
    finder = _find(app)
    QTest.keyClicks(finder.box, "redo")
    one = finder.chosen()
    assert one is not None
    assert (one.name, one.keys) == ("Redo", "Ctrl+Shift+Z")
    assert one.why_not == finder.told.text() == "Nothing to redo"
    QTest.keyClick(finder.box, Qt.Key.Key_Return)
    assert finder.isVisible()
    _leave(app, finder)


def _every_key_is_listed(app: RunningDesk) -> None:
    finder = _find(app, Qt.Key.Key_F1)
    listed = {one.keys for one in finder.model.shown}
    kept = {told(key.key()) for key in app.window.findChildren(QShortcut)}
    assert kept <= listed
    assert {"T", "Del", "Ctrl+Shift+D", "Ctrl+K", "F1", "Ctrl+2", "N"} <= listed
    names = {one.name for one in finder.model.shown}
    assert {"Rename the dataset", "Zoom into the curve", "More rows for the test"} <= names
    assert "Tick or untick the selected changes of a preview" in names
    assert all(words_of_key(key) for key in app.window.findChildren(QShortcut))
    _leave(app, finder)


def _every_button_and_menu(app: RunningDesk) -> None:
    for page_id in ("welcome", "data", "train", "compare", "results", "models", "settings"):
        app.window.show_page(page_id)
        app.until_idle()
        page = app.window.page(page_id)
        assert page is not None
        found = FoundActions(app.window, page)
        names = {bare(one.name) for one in found.possible()}
        shown = [b for b in page.findChildren(QPushButton) if b.isVisible()]
        assert {bare(b.accessibleName()) for b in shown} <= names, page_id
        menus = [b.menu() for b in shown if b.menu() is not None and b.isEnabled()]
        plain = {bare(a.text()) for m in menus for a in m.actions() if a.text() and not a.menu()}
        assert plain <= {bare(n) for n in names}, page_id
        if app.window.rail.isVisible():
            assert {"split off the selected rows", "show in folder"} <= names, page_id
        found.forget()


def _in_either_language(app: RunningDesk) -> None:
    app.window.show_page("settings", "appearance")
    app.desk.choose_language("th")
    app.until_open()
    app.window.show_page("data")
    app.activate()
    for words in ("problem before", "ปัญหาก่อนหน้า"):
        finder = _find(app)
        QTest.keyClick(finder.box, Qt.Key.Key_Delete)
        finder.box.setText(words)  # QTest types Latin letters alone
        one = finder.chosen()
        assert one is not None
        assert one.keys == "Shift+F8"
        _leave(app, finder)
