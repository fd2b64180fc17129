"""Thai and English: changed while the app runs, and neither is cut off in a small window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.dialogs import opened
from tests.support.projects import rows_of, write_rows
from tests.support.widget_audit import cut_texts, nameless, overlapping
from tunedesk.core.edits import InsertRow
from tunedesk.core.errors import TunedeskError
from tunedesk.core.speech import said
from tunedesk.ui.files.dialog import ToolDialog
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.shell.found_actions import FoundActions

_LEFT = Qt.MouseButton.LeftButton
_SIZES = ((1024, 700), (1440, 900))
_TURNS = 30
_DIALOGS = ("Find and replace…", "Move before row…", "Move to dataset…", "Tag…", "Export rows…")
"""Of the Data page, over a chosen row; others are looked at where they are tested."""
_PAGES = ("welcome", "data", "train", "compare", "results", "models", "settings")
_PAGES_BESIDE = ("new_fine_tune", "chat", "rescue", "files", "guide")
_READ_IN_GUIDE = ("questions", "numbers")  # the longest of its articles


@pytest.fixture
def app(desks: Desks, tmp_path: Path) -> Iterator[RunningDesk]:
    made = desks.start(write_rows(tmp_path / "mine.jsonl", rows_of(12)))
    made.until_open("mine", "mine.jsonl")
    yield made
    made.close()
    made.desk.language.choose("en")


def _speak(app: RunningDesk, qtbot: QtBot, name: str) -> None:
    app.window.show_page("settings", "appearance")
    app.until_idle()
    qtbot.mouseClick(control(app.window, name), _LEFT)
    app.until_idle()
    app.until_open("mine", "mine.jsonl")


def _cut_anywhere(app: RunningDesk) -> list[str]:
    found = []
    for size in _SIZES:
        app.window.resize(*size)
        for page_id in (*_PAGES, *_PAGES_BESIDE):
            app.window.show_page(page_id)
            app.until_idle()
            found += [f"{page_id} at {size[0]}: {cut}" for cut in _cut_at_rest(app)]
        for part in _READ_IN_GUIDE:
            app.window.show_page("guide", part)
            app.until_idle()
            found += [f"guide, {part}, at {size[0]}: {cut}" for cut in _cut_at_rest(app)]
        settings = app.window.page("settings")
        assert isinstance(settings, SettingsPage)
        app.window.show_page("settings")
        for section in settings.sections():
            section.click()
            found += [f"settings at {size[0]}: {cut}" for cut in _cut_at_rest(app)]
    return found


def _cut_in_dialogs(app: RunningDesk) -> list[str]:
    """Each as it opens and as small as it can be made, and what is wrong with it otherwise."""
    app.window.show_page("data")
    app.data.rows.grid.choose(0)
    wanted = {said(name) for name in _DIALOGS}
    found, looked = FoundActions(app.window, app.data), set()
    problems: list[str] = []
    for one in found.possible():
        if one.name not in wanted - looked:
            continue
        looked.add(one.name)
        one.run()
        dialog = opened(app, ToolDialog)
        problems += [f"{one.name}: {cut}" for cut in _cut_at_rest(app, dialog)]
        dialog.resize(dialog.minimumSizeHint())
        problems += [f"{one.name}, small: {cut}" for cut in _cut_at_rest(app, dialog)]
        problems += [f"{one.name}: no name: {left}" for left in nameless(dialog)]
        dialog.reject()
        app.until_idle()
    found.forget()
    return problems + [f"not found: {name}" for name in wanted - looked]


def _cut_at_rest(app: RunningDesk, place: QWidget | None = None) -> list[str]:
    """Texts cut, and neighbours that overlap; a layout takes some turns to come to rest."""
    place = place or app.window
    for _ in range(_TURNS):
        app.loop.turn()
        if not (found := cut_texts(place) + overlapping(place)):
            return []
    return found


def test_the_language_changes_at_once_and_no_edit_is_lost(app: RunningDesk, qtbot: QtBot) -> None:
    n_rows = len(app.session)
    app.data.push("add a row", InsertRow(index=0, raw=rows_of(1)[0]))
    app.until_idle()
    _speak(app, qtbot, "ไทย")
    assert control(app.window.rail, "ข้อมูล").text() == "ข้อมูล"
    assert app.window.page("settings").accessibleName() == "การตั้งค่า"
    assert control(app.window, "ไทย").isChecked()
    assert len(app.session) == n_rows + 1
    assert app.desk.language.code == "th"
    assert QCoreApplication.translate("QLineEdit", "Select All") == "เลือกทั้งหมด"
    assert QLocale().toString(1_234) == "1,234"
    refused = TunedeskError("x", "Office does not accept the key.", "", "Try again.")
    assert (refused.title, refused.next_step) == ("Office ไม่รับคีย์นี้", "ลองใหม่")
    assert "\n".join(_cut_anywhere(app)) == ""
    assert "\n".join(_cut_in_dialogs(app)) == ""
    app.window.show_page("welcome")
    assert control(app.window, f"ชุดตัวอย่าง: {said('Marv in Thai')}").isVisible()
    _speak(app, qtbot, "English")
    assert control(app.window.rail, "Data").text() == "Data"
    assert QCoreApplication.translate("QLineEdit", "Select All") == "Select All"
    assert "\n".join(_cut_anywhere(app)) == ""
    assert "\n".join(_cut_in_dialogs(app)) == ""
