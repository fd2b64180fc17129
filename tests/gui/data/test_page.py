"""The Data page over a real project: hands on the rows, and what the file then holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.open_project import OpenProject
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.core.edits import SetRow
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.store.atomic import AtomicFile
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.pages.data.rows_model import Column
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme

_NO_REPLY = b'{"messages": [{"role": "user", "content": "How do I reset my password?"}]}'


@pytest.fixture
def ask() -> ScriptedAsk:
    return ScriptedAsk()


@pytest.fixture
def page(
    opened: OpenProject,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    ask: ScriptedAsk,
    qtbot: QtBot,
) -> Iterator[DataPage]:
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ask, theme=theme)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.resize(1200, 800)
        made.show()
    gui_loop.run(current.open(opened.dataset))
    gui_loop.settle(lambda: _session(made).is_checked)
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def _session(page: DataPage) -> DatasetSession:
    assert page._session is not None
    return page._session


def _save(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> list[bytes]:
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    gui_loop.settle(lambda: not _session(page).is_dirty)
    return _session(page).info.path.read_bytes().split(b"\n")


def test_the_sample_is_shown_with_counts(page: DataPage) -> None:
    model = page.rows.grid.rows
    assert model.rowCount() == 54
    assert model.index(0, Column.REPLY).data().startswith("Two, Phobos and Deimos.")
    assert page.rows._chips["train"].text() == "Train 44"
    assert page.rows._chips["test"].text() == "Test 10"
    assert page.head.valid.text() == "54 valid"
    assert page.row.title.text() == "Row 1"


def test_a_scroll_paints_only_what_comes_into_view(page: DataPage, gui_loop: GuiLoop) -> None:
    page.window().resize(1440, 900)
    viewport, bar = page.rows.grid.viewport(), page.rows.grid.verticalScrollBar()
    paints = _Paints(viewport)
    gui_loop.settle(lambda: bar.maximum() > 100 and paints.heights_px)
    bar.setValue(0)
    QApplication.processEvents()
    paints.heights_px.clear()
    bar.setValue(8)
    gui_loop.settle(lambda: paints.heights_px)
    assert max(paints.heights_px) <= 8


class _Paints(QObject):
    """How much of a widget is painted at each paint event."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.heights_px: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.heights_px.append(event.rect().height())
        return False


def test_typing_into_a_reply_changes_that_row_of_the_file_only(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    before = _session(page).info.path.read_bytes().split(b"\n")
    box = page.row.conversation._cards[2].text
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(box, " Sigh.")
    after = _save(page, gui_loop, qtbot)
    assert after[0] == before[0].replace(b"browser tabs.", b"browser tabs. Sigh.")
    assert after[1:] == before[1:]


def test_a_row_is_typed_in_while_the_file_is_written(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said = _session(page).info.path, list[str]()
    page.saved.connect(said.append)
    before = path.read_bytes()
    let_go = threading.Event()
    finish = AtomicFile.finish
    monkeypatch.setattr(AtomicFile, "finish", lambda new: (let_go.wait(30), finish(new)))
    qtbot.keyClick(page.rows.grid, Qt.Key.Key_Delete)
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    try:
        gui_loop.settle(lambda: said and said[-1] == "Saving…")
        box = page.row.conversation._cards[2].text
        box.setFocus()
        qtbot.keyClicks(box, "Meanwhile. ")
        page.row.commit()
        assert b"Meanwhile. " in _session(page).row(0)
        assert path.read_bytes() == before
    finally:
        let_go.set()
    gui_loop.settle(lambda: said[-1].startswith("Edited"))
    assert path.read_bytes() == before.partition(b"\n")[2]
    assert b"Meanwhile. " in _save(page, gui_loop, qtbot)[0]


def test_undo_gives_the_bytes_back_and_redo_the_edit(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    before = [_session(page).row(i) for i in range(54)]
    qtbot.keyClick(page.rows.grid, Qt.Key.Key_Delete)
    qtbot.keyClick(page.rows.grid, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(page.rows.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    after = [_session(page).row(i) for i in range(54)]
    assert after != before
    for _ in range(3):
        qtbot.keyClick(page.rows.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [_session(page).row(i) for i in range(54)] == before
    while page.undo.canRedo():
        page.undo.redo()
    assert [_session(page).row(i) for i in range(54)] == after


def test_a_row_without_reply_is_marked_with_the_reason_and_mended(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    page.row.row_edited.emit(_NO_REPLY, "test")
    assert page.rows.grid.rows.state(0).status == "error"
    assert page.row.chip.text() == "1 error"
    assert page.row.conversation.missing_reply.isVisible()
    qtbot.keyClicks(page.row.conversation.missing_reply.text, "Ask me nicely.")
    qtbot.mouseClick(page.row.conversation.missing_reply.add, Qt.MouseButton.LeftButton)
    assert page.rows.grid.rows.state(0).status == "ok"
    assert b'"content": "Ask me nicely."' in _session(page).row(0)


def test_f8_goes_from_problem_to_problem(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> None:
    for row in (9, 3):
        page.rows.grid.choose(row)
        page.row.row_edited.emit(_NO_REPLY[:-1], "break it")
    page.rows.grid.choose(0)
    gui_loop.settle(lambda: len(_session(page).issues()) >= 2)
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert page.rows.grid.chosen() == 3
    assert "JSON" in page.row.problem.text()
    assert page.row.as_json.isChecked() and not page.row.as_conversation.isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert page.rows.grid.chosen() == 9


def test_f8_goes_on_after_a_fix_and_passes_rows_that_were_set_aside(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    session, chosen = _session(page), page.rows.grid.chosen
    whole = session.row(6)
    for row in (3, 6, 9):
        page.push("break it", SetRow(row, b"{" + str(row).encode()))
    gui_loop.settle(lambda: {4, 7, 10} <= {issue.row for issue in session.issues()})
    qtbot.keyClick(page, Qt.Key.Key_F8)
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert chosen() == 6
    page.push("mend it", SetRow(6, whole))
    page._show_problems()
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert chosen() == 9
    page.hands.bulk.split([3], "aside")
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert chosen() == 9


def test_chips_and_search_filter_the_rows(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.rows._chips["test"], Qt.MouseButton.LeftButton)
    gui_loop.settle(lambda: page.rows.grid.rows.rowCount() == 10)
    qtbot.mouseClick(page.rows._chips["all"], Qt.MouseButton.LeftButton)
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(page.head.search, "PHOBOS")
    gui_loop.settle(lambda: page.rows.grid.rows.rowCount() == 1)
    assert page.rows.grid.rows.source_row(0) == 0


def test_a_click_on_the_split_moves_a_row_to_the_test_side(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    grid = page.rows.grid
    place = grid.visualRect(grid.rows.index(0, Column.SPLIT)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    gui_loop.settle(lambda: page.rows._chips["test"].text() == "Test 11")
    qtbot.keyClick(grid, Qt.Key.Key_T)
    gui_loop.settle(lambda: page.rows._chips["test"].text() == "Test 10")


def test_another_file_takes_the_place_of_the_one_before(
    page: DataPage, gui_loop: GuiLoop, tmp_path: Path
) -> None:
    other = tmp_path / "ไทย.jsonl"
    other.write_bytes(_NO_REPLY + b"\n")
    gui_loop.run(page._current.add(other))
    gui_loop.settle(lambda: page.head.name.text() == "ไทย.jsonl")
    gui_loop.settle(lambda: page.head.errors.text() != "")
    assert page.rows.grid.rows.rowCount() == 1
    assert other.read_bytes() == _NO_REPLY + b"\n"


def test_import_is_asked_for_by_key(page: DataPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.import_asked):
        qtbot.keyClick(page, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)


def test_a_drop_on_the_window_names_the_files(qtbot: QtBot, theme: Theme) -> None:
    window = MainWindow(theme)
    qtbot.addWidget(window)
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/tmp/a.jsonl"), QUrl("https://example.org/b.jsonl")])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(5, 5), action, files, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(5, 5), action, files, button, Qt.KeyboardModifier.NoModifier)
    with qtbot.waitSignal(window.files_dropped) as dropped:
        QApplication.sendEvent(window, drop)
    assert dropped.args == [["/tmp/a.jsonl"]]
