"""Every page of the real app with the sample open: named, reached in order, seen, plain, small."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.widget_audit import (
    controls,
    nameless,
    out_of_order,
    out_of_reach,
    rich_labels,
    roleless,
    tab_round,
    tab_traps,
    unseen_focus,
)
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


def test_every_page_is_named_reached_in_order_seen_plain_and_small(app: RunningDesk) -> None:
    """Of every page and every section of Settings; one launch for all, which takes seconds."""
    problems: list[str] = []
    for page_id in _PAGES:
        _show(app, page_id)
        assert list(controls(app.window))
        problems += [f"{page_id}: {one}" for one in _problems(app)]
    page = app.window.page("settings")
    assert isinstance(page, SettingsPage)
    for section in page.sections():
        section.setFocus()
        section.click()
        app.loop.turn()
        problems += [f"settings: {one}" for one in _problems(app)]
    assert "\n".join(problems) == ""


def _problems(app: RunningDesk) -> list[str]:
    window = app.window
    reached = tab_round(window)
    needed = window.minimumSizeHint()
    is_small = needed.width() <= _SIZE[0] and needed.height() <= _SIZE[1]
    found = {
        "no name": nameless(window),
        "no role": roleless(window),
        "not reached": out_of_reach(window),
        "keeps Tab": tab_traps(window),
        "reached out of order": out_of_order(reached),
        "focus unseen": unseen_focus(reached),
        "reads markup": rich_labels(window),
        "too large": [] if is_small else [str(needed)],
    }
    return [f"{what}: {one}" for what, ones in found.items() for one in ones]
