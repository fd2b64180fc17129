"""The datasets in the rail: switched, renamed, removed and brought back, and rows dropped on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.dialogs import opened
from tests.support.dropping import drop_files, drop_mime
from tests.support.projects import rows_of, write_rows
from tunedesk.ui.files.import_dialog import ImportDialog
from tunedesk.ui.files.name_dialog import NameDialog, PickDialog
from tunedesk.ui.pages.data.row_drag import ROWS_MIME, DraggedRows
from tunedesk.ui.shell.rail_datasets import DatasetLine, RailDataset, RailDatasets
from tunedesk.ui.widgets.answer_drag import DraggedAnswer, answer_mime
from tunedesk.ui.widgets.notice import Notice

_LEFT = Qt.MouseButton.LeftButton
_COPY, _NO_KEY = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def app(desks: Desks, tmp_path: Path) -> RunningDesk:
    """The sample, and a second dataset of three rows; the sample is open."""
    made = desks.start()
    made.until_open()
    drop_files(made.window, write_rows(tmp_path / "mine.jsonl", rows_of(3)))
    made.until_open(dataset="mine.jsonl")
    _line(made, "marv.jsonl").click()
    made.until_open(dataset="marv.jsonl")
    return made


def _line(app: RunningDesk, name: str) -> RailDataset:
    lines = app.window.rail.datasets.lines.values()
    app.loop.settle(lambda: any(line.line.name == name for line in lines))
    return next(line for line in lines if line.line.name == name)


def _said(app: RunningDesk) -> Notice:
    assert app.desk.project is not None
    return app.desk.project.files.said


def _drop_rows(app: RunningDesk, name: str, first: int, last: int) -> bool:
    dragged = DraggedRows(app.session.info.id, ((first, last),))
    mime = QMimeData()
    mime.setData(ROWS_MIME, msgspec.json.encode(dragged))
    return drop_mime(_line(app, name), mime)


def test_rows_dropped_on_a_dataset_move_there_and_come_back(
    app: RunningDesk, tmp_path: Path
) -> None:
    before = [app.session.row(i) for i in range(54)]
    file = tmp_path / "mine.jsonl"
    there = file.read_bytes()
    assert _drop_rows(app, "mine.jsonl", 1, 2)
    app.loop.settle(lambda: _said(app).text.text() == "2 rows moved to mine.jsonl.")
    app.until_idle()
    assert file.read_bytes() == there + before[1] + b"\n" + before[2] + b"\n"
    assert [app.session.row(i) for i in range(52)] == [before[0], *before[3:]]
    assert _line(app, "mine.jsonl").line.note == "5"
    control(_said(app), "Undo").click()
    app.loop.settle(lambda: len(app.session) == 54)
    app.until_idle()
    assert [app.session.row(i) for i in range(54)] == before
    assert file.read_bytes() == there


def test_undo_and_redo_of_a_move_take_the_other_dataset_along(
    app: RunningDesk, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    there, moved = file.read_bytes(), app.session.row(1) + b"\n"
    assert _drop_rows(app, "mine.jsonl", 1, 1)
    app.loop.settle(lambda: len(app.session) == 53)
    app.until_idle()
    assert app.data.undo.undoText() == "move 1 row to mine.jsonl"
    app.data.undo.undo()
    app.until_idle()
    assert (len(app.session), file.read_bytes()) == (54, there)
    app.data.undo.redo()
    app.until_idle()
    assert (len(app.session), file.read_bytes()) == (53, there + moved)
    app.data.undo.undo()
    app.data.undo.redo()
    app.data.undo.undo()
    app.until_idle()
    assert (len(app.session), file.read_bytes()) == (54, there)


def test_rows_moved_by_keyboard(app: RunningDesk, qtbot: QtBot) -> None:
    app.data.rows.grid.choose(0)
    app.data.rows.grid.setFocus()
    app.data.send_asked.emit()
    dialog = opened(app, PickDialog)
    assert dialog.list.item(0) is not None
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    app.loop.settle(lambda: len(app.session) == 53)
    app.until_idle()
    assert _line(app, "mine.jsonl").line.note == "4"


def test_the_selected_rows_are_split_off_into_a_new_dataset(app: RunningDesk) -> None:
    app.data.rows.grid.choose(4)
    row = app.session.row(4)
    assert app.desk.project is not None
    app.desk.project.files.shelf.split_off()
    dialog = opened(app, NameDialog)
    dialog.name.setText("ลูกค้า")
    dialog.go.click()
    app.loop.settle(lambda: len(app.session) == 53)
    app.until_idle()
    _line(app, "ลูกค้า.jsonl").click()
    app.until_open(dataset="ลูกค้า.jsonl")
    assert [app.session.row(i) for i in range(len(app.session))] == [row]


def test_files_dropped_on_a_dataset_are_added_to_it(app: RunningDesk, tmp_path: Path) -> None:
    more = write_rows(tmp_path / "more.jsonl", rows_of(2, first=10))
    assert drop_files(_line(app, "mine.jsonl"), more)
    dialog = opened(app, ImportDialog)
    assert dialog.adds.isChecked()
    dialog.go.click()
    app.loop.settle(lambda: app.session.info.name == "mine.jsonl" and len(app.session) == 5)
    app.until_idle()
    app.data.undo.undo()
    assert len(app.session) == 3
    assert more.read_bytes().count(b"\n") == 2


def test_a_dataset_is_renamed_in_the_project_and_its_file_is_not(
    app: RunningDesk, tmp_path: Path, qtbot: QtBot
) -> None:
    qtbot.keyClick(_line(app, "mine.jsonl"), Qt.Key.Key_F2)
    dialog = opened(app, NameDialog)
    dialog.name.setText("Other tone")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert _line(app, "Other tone").line.note == "3"
    app.until_idle()
    assert (tmp_path / "mine.jsonl").is_file()


def test_a_removed_dataset_comes_back_with_its_choices(
    app: RunningDesk, tmp_path: Path, qtbot: QtBot
) -> None:
    line = _line(app, "marv.jsonl")
    n_test = app.session.counts().test
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    app.loop.settle(lambda: app.session.info.name == "mine.jsonl")
    app.until_idle()
    assert app.window.rail._summary.text() == "1 dataset"
    assert "Its file stays at" in _said(app).text.text()
    control(_said(app), "Undo").click()
    app.until_idle()
    _line(app, "marv.jsonl").click()
    app.until_open(dataset="marv.jsonl")
    assert app.session.counts().test == n_test


def test_the_menu_of_a_dataset_and_a_copy_of_it(app: RunningDesk) -> None:
    assert app.desk.project is not None
    shelf = app.desk.project.files.shelf
    app.data.hands.do("duplicate")
    menu = shelf.menu_of(app.session.info.id)
    words = [action.text() for action in menu.actions() if action.text()]
    assert words[:3] == ["Open", "Rename…\tF2", "Duplicate"]
    assert "Earlier versions…" in words and "Show in folder" in words
    menu.actions()[2].trigger()
    assert _line(app, "marv 2.jsonl").line.note == "55"  # as they are now, unsaved edits too
    app.until_idle()
    menu.deleteLater()


def test_an_answer_dropped_on_a_dataset_is_its_last_row(app: RunningDesk) -> None:
    row = '{"messages": [{"role": "user", "content": "Hi"}]}'
    assert drop_mime(_line(app, "mine.jsonl"), answer_mime(DraggedAnswer(row=row)))
    app.until_open(dataset="mine.jsonl")
    app.loop.settle(lambda: len(app.session) == 4)
    assert app.session.row(3) == row.encode()
    app.data.undo.undo()
    assert len(app.session) == 3
    data = app.window.rail._buttons["data"]
    assert drop_mime(data, answer_mime(DraggedAnswer(row=row)))  # as on the one that is open
    app.loop.settle(lambda: len(app.session) == 4)
    app.data.undo.undo()
    others = QMimeData()
    others.setData("application/x-tunedesk-answer", b'{"row": "{}", "app": "another"}')
    assert not drop_mime(_line(app, "mine.jsonl"), others)
    assert not drop_mime(data, others)


def test_many_datasets_keep_their_height_and_the_open_one_is_in_sight(qtbot: QtBot) -> None:
    rail = RailDatasets()
    qtbot.addWidget(rail)
    rail.show_lines([DatasetLine(n, f"set {n}", "12") for n in range(30)], 25)
    with qtbot.waitExposed(rail):
        rail.show()
    places = [line.geometry() for line in rail.lines.values()]
    assert all(one.bottom() < other.top() for one, other in pairwise(places))
    assert not rail.lines[25].visibleRegion().isEmpty()
