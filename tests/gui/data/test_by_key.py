"""The Data page by keys alone: on to the next problem, from Find to Replace, rows into a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.dataset_rows import chat, user
from tests.support.desk_bench import Desks, RunningDesk
from tests.support.dialogs import opened
from tests.support.projects import rows_of, write_rows
from tunedesk.ui.files.export_dialog import ExportDialog
from tunedesk.ui.pages.data.columns import Column
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


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)  # offscreen menus
def test_import_mend_reorder_split_and_export_by_keys_alone(
    app: RunningDesk, tmp_path: Path
) -> None:
    rows = [*rows_of(5), chat(user("Who?"))]
    app.ask.files = [write_rows(tmp_path / "brought.jsonl", rows)]
    _press(Qt.Key.Key_O, _CTRL)
    app.until_open("rows", "brought.jsonl")
    grid, session = app.data.rows.grid, app.session

    for _ in range(4):  # what is said of the whole file may come first
        _press(Qt.Key.Key_F8)
        if grid.chosen() == 5:
            break
    assert grid.chosen() == 5
    _press(Qt.Key.Key_Period, _CTRL)
    app.loop.settle(QApplication.activePopupWidget)
    popup = QApplication.activePopupWidget()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    app.loop.settle(app.data.undo.canUndo)
    app.until_idle()

    grid.setFocus()
    _press(Qt.Key.Key_Home)
    first, second = session.row(0), session.row(1)
    _press(Qt.Key.Key_Down, _CTRL)
    app.loop.settle(lambda: (session.row(0), session.row(1)) == (second, first))

    def side() -> object:
        return grid.rows.index(grid.chosen(), Column.SPLIT).data()

    before = side()
    _press(Qt.Key.Key_T)
    app.loop.settle(lambda: side() != before)

    app.ask.files = [tmp_path / "out.jsonl"]
    _press(Qt.Key.Key_E, _CTRL | Qt.KeyboardModifier.ShiftModifier)
    dialog = opened(app, ExportDialog)
    app.loop.settle(dialog.go.isEnabled)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    app.loop.settle(lambda: dialog.report is not None)
    app.until_idle()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert second in (tmp_path / "out.jsonl").read_bytes().split(b"\n")[:1]


def _press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Wherever the keyboard is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, held)
