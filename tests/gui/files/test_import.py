"""Files of any kind, dropped or chosen, become datasets or rows, and what is lost is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.dialogs import is_open, opened
from tests.support.dropping import drop_files
from tests.support.projects import rows_of, write_rows
from tests.support.widget_audit import nameless, out_of_reach
from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.columns import Column
from tunedesk.ui.files.import_dialog import ImportDialog
from tunedesk.ui.files.unused_dialog import UnusedDialog
from tunedesk.ui.widgets.notice import Notice

_FORMATS = Path(__file__).parents[2] / "data" / "formats"
_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def app(desks: Desks) -> RunningDesk:
    made = desks.start()
    made.until_open()
    return made


def _set(box: QComboBox, column: Column) -> None:
    """As a person chooses from the menu."""
    box.setCurrentIndex(box.findData(column))
    box.activated.emit(box.currentIndex())


def _cells(dialog: ImportDialog, row: int) -> list[str]:
    items = [dialog.sample.item(row, column) for column in range(4)]
    return [item.text() for item in items if item is not None]


def _names(app: RunningDesk) -> list[str]:
    """The datasets as the rail lists them."""
    return [line.line.name for line in app.window.rail.datasets.lines.values()]


def _said(app: RunningDesk) -> Notice:
    assert app.desk.project is not None
    return app.desk.project.files.said


def test_a_table_is_shown_as_it_will_be_and_follows_the_columns(app: RunningDesk) -> None:
    app.window.show_page("train")
    assert drop_files(app.window, _FORMATS / "table.csv")
    dialog = opened(app, ImportDialog)
    assert "separated by commas" in dialog.said.text()
    assert "The column notes is not used." in dialog.lost.text()
    assert _cells(dialog, 0) == ["2", "conversation", "Which is larger, 2 or 3?", "3 of course"]
    _set(dialog.mapping.columns[1], Column.IGNORED)
    assert dialog.sample.rowCount() == 0
    assert "holds the answer" in dialog.mapping.problem.text()
    assert not dialog.go.isEnabled()
    _set(dialog.mapping.columns[2], Column.ASSISTANT)
    assert dialog.mapping.problem.isHidden()
    _set(dialog.mapping.columns[1], Column.ASSISTANT)
    _set(dialog.mapping.columns[2], Column.SYSTEM)
    dialog.name.setText("Questions")
    dialog.go.click()
    app.until_open(dataset="Questions.jsonl")
    assert app.page == "data"
    assert b'"role": "system"' in app.session.row(0) or b'"role":"system"' in app.session.row(0)
    assert app.desk.project is not None
    assert app.data.head.name.text() == "Questions.jsonl"


def test_a_mixed_file_is_split_and_what_cannot_be_read_is_shown(app: RunningDesk) -> None:
    drop_files(app.window, _FORMATS / "mixed.jsonl")
    dialog = opened(app, ImportDialog)
    assert "one dataset each of" in dialog.said.text()
    dialog.go.click()
    app.loop.settle(lambda: len(_names(app)) >= 3)
    app.until_idle()
    said = _said(app)
    assert "could not be read" in said.text.text()
    control(said, "Show them").click()
    unused = opened(app, UnusedDialog)
    app.loop.settle(lambda: unused.list.rowCount() > 0)
    first = unused.list.item(0, 1)
    assert first is not None and first.text()
    unused.reject()


def test_rows_are_added_to_the_open_dataset_in_one_step(app: RunningDesk) -> None:
    before = [app.session.row(i) for i in range(len(app.session))]
    drop_files(app.window, _FORMATS / "thai.tsv")
    dialog = opened(app, ImportDialog)
    dialog.adds.setChecked(True)
    assert dialog.go.text() == "Add rows"
    dialog.go.click()
    app.loop.settle(lambda: len(app.session) > 54)
    app.until_idle()
    assert _names(app) == ["marv.jsonl"]
    assert "added to marv.jsonl" in _said(app).text.text()
    app.data.undo.undo()
    assert [app.session.row(i) for i in range(len(app.session))] == before
    assert not [p for p in app.session.info.path.parent.iterdir() if p.name.startswith(".")]


def test_a_folder_and_files_dropped_together_are_one_question(
    app: RunningDesk, tmp_path: Path
) -> None:
    plain = write_rows(tmp_path / "plain.jsonl", rows_of(3))
    drop_files(app.window, plain, _FORMATS / "sharegpt.json", _FORMATS / "alpaca.json")
    dialog = opened(app, ImportDialog)
    assert dialog.files.count() == 2  # the third opened at once
    dialog.go.click()
    app.loop.settle(lambda: not is_open(app, ImportDialog))
    app.loop.settle(lambda: len(_names(app)) == 4)
    app.until_idle()
    assert {"plain.jsonl", "sharegpt.jsonl", "alpaca.jsonl"} < set(_names(app))


def test_cancel_leaves_nothing(app: RunningDesk) -> None:
    drop_files(app.window, _FORMATS / "table.csv")
    dialog = opened(app, ImportDialog)
    dialog.reject()
    app.until_idle()
    assert _names(app) == ["marv.jsonl"]


def _hopeless(folder: Path, kind: str) -> Path:
    path = folder / "photo.png"
    if kind == "folder":
        path = folder / "bare"
        path.mkdir()
    else:
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    return path


@pytest.mark.parametrize(
    ("kind", "said"), [("picture", "photo.png: No row of a known"), ("folder", "bare: there is no")]
)
@pytest.mark.parametrize("page", ["results", "welcome"])
def test_what_holds_no_examples_is_said_in_a_sentence_and_nothing_is_made(
    app: RunningDesk, tmp_path: Path, kind: str, said: str, page: str
) -> None:
    app.window.show_page(page)
    app.until_idle()
    drop_files(app.window, _hopeless(tmp_path, kind))
    error = app.until_told()
    assert isinstance(error, TunedeskError)
    assert said in error.what
    assert "JSONL, JSON, CSV" in error.next_step
    assert not is_open(app, ImportDialog)
    assert (app.page, app.project) == (page, "Marv, the sarcastic one")
    assert _names(app) == ["marv.jsonl"]


def test_a_foreign_file_among_others_is_named_and_the_others_are_shown(
    app: RunningDesk, tmp_path: Path
) -> None:
    drop_files(app.window, _hopeless(tmp_path, "picture"), _FORMATS / "table.csv")
    dialog = opened(app, ImportDialog)
    assert "nothing to use" in dialog.files.item(0).text()
    assert dialog.files.currentRow() == 1
    dialog.go.click()
    app.loop.settle(lambda: len(_names(app)) == 2)
    app.until_idle()


def test_by_keyboard_alone(app: RunningDesk, qtbot: QtBot) -> None:
    app.activate()
    app.ask.files = [_FORMATS / "alpaca.json"]
    qtbot.keyClick(app.data, Qt.Key.Key_O, _CTRL)
    dialog = opened(app, ImportDialog)
    assert nameless(dialog) == []
    assert out_of_reach(dialog) == []
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    app.until_open(dataset="alpaca.jsonl")


@pytest.mark.parametrize("page", ["results", "welcome"])
def test_files_are_chosen_by_key_on_pages_that_take_a_drop(
    app: RunningDesk, qtbot: QtBot, page: str
) -> None:
    app.activate()
    app.window.show_page(page)
    app.until_idle()
    app.ask.files = [_FORMATS / "alpaca.json"]
    qtbot.keyClick(app.window, Qt.Key.Key_O, _CTRL)
    qtbot.keyClick(opened(app, ImportDialog).name, Qt.Key.Key_Return)
    app.until_open(dataset="alpaca.jsonl")


def test_a_table_dropped_on_welcome_starts_a_project(app: RunningDesk) -> None:
    app.window.show_page("welcome")
    app.until_idle()
    drop_files(app.window, _FORMATS / "table.csv")
    opened(app, ImportDialog).go.click()
    app.until_open("table", "table.jsonl")
    assert app.page == "data"


def test_a_broken_jsonl_opens_as_it_is_to_be_mended(app: RunningDesk, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b'{"messages": [\nnot json\n')
    drop_files(app.window, broken)
    app.until_open(dataset="broken.jsonl")
    assert app.session.counts().errors == 2


def test_the_window_says_what_a_drop_does(app: RunningDesk, tmp_path: Path) -> None:
    app.window.show_page("compare")
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path / "ของฉัน.csv"))])
    enter = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        files,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(app.window, enter)
    assert enter.isAccepted()
    assert app.window.overlay.words == "Drop ของฉัน.csv to open it"
    QApplication.sendEvent(app.window, QDragLeaveEvent())
    assert app.window.overlay.words == ""
    app.until_idle()


def test_a_folder_by_keyboard_and_a_name_for_all_its_kinds(app: RunningDesk, qtbot: QtBot) -> None:
    app.activate()
    app.ask.files = [_FORMATS / "mixed.jsonl"]
    qtbot.keyClick(app.data, Qt.Key.Key_I, _CTRL | Qt.KeyboardModifier.ShiftModifier)
    dialog = opened(app, ImportDialog)
    dialog.name.setText("Mine")
    dialog.go.click()
    app.loop.settle(lambda: len(_names(app)) == 4)
    app.until_idle()
    made = {"Mine.chat.jsonl", "Mine.preference.jsonl", "Mine.completion.jsonl"}
    assert made < set(_names(app))
