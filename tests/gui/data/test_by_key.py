"""The Data page by keys alone: on to the next problem, from Find to Replace, rows into a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.dataset_rows import chat, user
from tests.support.desk_bench import Desks, RunningDesk
from tests.support.projects import rows_of, write_rows
from tunedesk.ui.pages.data.preview_table import compared

_CTRL = Qt.KeyboardModifier.ControlModifier
_BAD = 150


@pytest.fixture
def app(desks: Desks, tmp_path: Path) -> RunningDesk:
    rows = rows_of(300)
    rows[_BAD] = chat(user("Who?"))
    made = desks.start(write_rows(tmp_path / "rows.jsonl", rows))
    made.until_open("rows", "rows.jsonl")
    made.activate()
    return made


def test_the_next_problem_is_shown_among_its_neighbours(app: RunningDesk) -> None:
    grid = app.data.rows.grid
    QTest.keyClick(grid, Qt.Key.Key_F8)
    assert grid.chosen() == _BAD
    shown = grid.viewport().rect()
    for row in (_BAD - 3, _BAD, _BAD + 3):
        assert shown.contains(grid.visualRect(grid.rows.index(row, 2)).center())
    top = grid.verticalScrollBar().value()
    grid.choose(_BAD - 2)
    QTest.keyClick(grid, Qt.Key.Key_F8)
    assert grid.chosen() == _BAD
    assert grid.verticalScrollBar().value() == top, "what is in view stays where it is"


def test_replacing_goes_from_find_to_its_button_by_tab_and_enter(app: RunningDesk) -> None:
    QTest.keyClick(app.data.rows.grid, Qt.Key.Key_H, _CTRL)
    dialog = app.data.replacing
    assert dialog is not None
    app.loop.settle(lambda: QApplication.focusWidget() is dialog.find_box)
    QTest.keyClick(dialog.find_box, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is dialog.replace_box
    dialog.find_box.setText("Question 7?")
    dialog.replace_box.setText("Why?")
    app.loop.settle(lambda: dialog.table.preview.n_ticked == 1)
    dialog.apply.setFocus()
    QTest.keyClick(dialog.apply, Qt.Key.Key_Return)
    assert b"Why?" in app.session.row(7)
    assert app.data.undo.undoText() == "replace in 1 row"


def test_escape_ends_a_search_and_the_row_found_stays_open(app: RunningDesk) -> None:
    grid, search = app.data.rows.grid, app.data.head.search
    QTest.keyClick(grid, Qt.Key.Key_F, _CTRL)
    app.loop.settle(search.hasFocus)
    QTest.keyClicks(search, "Question 200")
    app.loop.settle(lambda: grid.rows.rowCount() == 1)
    QTest.keyClick(search, Qt.Key.Key_Escape)
    app.loop.settle(lambda: grid.rows.rowCount() == 300)
    assert grid.hasFocus()
    assert grid.chosen() == 200
    assert search.text() == ""
    assert not app.data.rows.find_bar.isVisible()


def test_selected_rows_are_exported_by_key(app: RunningDesk) -> None:
    asked: list[list[int]] = []
    grid = app.data.rows.grid
    grid.choose_all_of(3, 2)
    app.data.export_asked.disconnect()
    app.data.export_asked.connect(lambda: asked.append(grid.chosen_rows()))
    QTest.keyClick(grid, Qt.Key.Key_E, _CTRL)
    assert asked == [[3, 4]]


def test_each_place_that_changes_is_marked_by_itself() -> None:
    before, after = compared("a stone, a tree, a stone.", "a rock, a tree, a rock.")
    assert [piece.text for piece in before if piece.differs] == ["stone", "stone"]
    assert [piece.text for piece in after if piece.differs] == ["rock", "rock"]
    assert "".join(piece.text for piece in after) == "a rock, a tree, a rock."
    long_before, long_after = compared("x" * 5_000, "y" * 5_000)
    assert [len(piece.text) for piece in (*long_before, *long_after)] == [301, 301]
    assert compared("same", "same")[0][0].differs is False
