"""Every page of the real app with the sample open: reachable, named, plain, and small enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.widget_audit import controls, nameless, out_of_reach, rich_labels, tab_traps
from tunedesk.ui.pages.settings.page import SettingsPage

_CTRL = Qt.KeyboardModifier.ControlModifier
_LEFT = Qt.MouseButton.LeftButton
_IN_RAIL = {
    "data": ("Data", Qt.Key.Key_1),
    "train": ("Train", Qt.Key.Key_2),
    "compare": ("Compare", Qt.Key.Key_3),
    "results": ("Results", Qt.Key.Key_4),
    "models": ("Models", Qt.Key.Key_5),
    "guide": ("Guide", Qt.Key.Key_6),
    "settings": ("Settings", Qt.Key.Key_Comma),
}
_PAGES = [
    "welcome",
    "data",
    "new_fine_tune",
    "train",
    "compare",
    "chat",
    "rate",
    "results",
    "models",
    "rescue",
    "files",
    "guide",
    "settings",
]
_SIZE = (1024, 700)


@pytest.fixture
def app(desks: Desks) -> Iterator[RunningDesk]:
    """The sample is open, the window of the smallest size that is promised."""
    made = desks.start()
    made.until_open()
    made.window.resize(*_SIZE)
    made.activate()
    yield made
    made.close()


def _show(app: RunningDesk, page_id: str) -> None:
    app.window.show_page(page_id)
    app.until_idle()
    app.loop.turn()
    assert app.page == page_id


def test_every_page_of_the_rail_by_mouse_and_by_key(app: RunningDesk, qtbot: QtBot) -> None:
    for name, key in _IN_RAIL.values():
        qtbot.mouseClick(control(app.window.rail, "All projects"), _LEFT)
        app.until_idle()
        qtbot.keyClick(app.window, key, _CTRL)
        by_key = app.page
        qtbot.mouseClick(control(app.window.rail, "Results"), _LEFT)
        qtbot.mouseClick(control(app.window.rail, name), _LEFT)
        assert app.page == by_key
        assert _IN_RAIL[by_key] == (name, key)
        assert app.window.focusWidget() is not None
        app.until_idle()


def test_new_fine_tune_by_mouse_and_by_key(app: RunningDesk, qtbot: QtBot) -> None:
    qtbot.mouseClick(control(app.window, "Train on this →"), _LEFT)
    assert app.page == "new_fine_tune"
    app.until_idle()
    qtbot.keyClick(app.window, Qt.Key.Key_1, _CTRL)
    app.data.head.train.setFocus()
    qtbot.keyClick(app.data.head.train, Qt.Key.Key_Return)
    assert app.page == "new_fine_tune"
    app.until_idle()


@pytest.mark.parametrize("page_id", _PAGES)
def test_every_control_has_a_name(app: RunningDesk, page_id: str) -> None:
    _show(app, page_id)
    assert list(controls(app.window))
    assert nameless(app.window) == []


@pytest.mark.parametrize("page_id", _PAGES)
def test_tab_reaches_every_control(app: RunningDesk, page_id: str) -> None:
    _show(app, page_id)
    assert out_of_reach(app.window) == []
    assert tab_traps(app.window) == []


def test_every_section_of_settings_is_named_and_reached(app: RunningDesk) -> None:
    _show(app, "settings")
    page = app.window.page("settings")
    assert isinstance(page, SettingsPage)
    for section in page.sections():
        section.setFocus()
        section.click()
        assert nameless(app.window) == []
        assert out_of_reach(app.window) == []


def test_no_label_of_any_page_reads_its_text_as_markup(app: RunningDesk) -> None:
    for page_id in _PAGES:
        _show(app, page_id)
        assert rich_labels(app.window) == []


@pytest.mark.parametrize("page_id", _PAGES)
def test_no_page_needs_more_than_a_small_window(app: RunningDesk, page_id: str) -> None:
    _show(app, page_id)
    needed = app.window.minimumSizeHint()
    assert (needed.width() <= _SIZE[0], needed.height() <= _SIZE[1]) == (True, True), needed
