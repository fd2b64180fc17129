"""The grid under a person's hands: sorting, searching, replacing, many rows at once, drags."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.open_project import OpenProject
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.columns import Column
from tunedesk.ui.pages.data.grid import RowsGrid
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.pages.data.place_dialog import PlaceDialog
from tunedesk.ui.theme import Theme

_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_NONE = Qt.KeyboardModifier.NoModifier


def _row(prompt: str, reply: str, role: str = "user") -> str:
    messages = [{"role": role, "content": prompt}, {"role": "assistant", "content": reply}]
    return json.dumps({"messages": messages}, ensure_ascii=False)


_ROWS = [
    _row("banana", "yellow (a+b)"),
    _row("Apple", "red"),
    _row("น้ำเย็น", "ขอบคุณครับ"),
    _row("cherry", 'red \\ and "sour"\nsecond line'),
    _row("date", "brown", role="usr"),
    _row("elder", "black", role="usr"),
]


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def page(
    tmp_path: Path,
    opened: OpenProject,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    memory: Memory,
    qtbot: QtBot,
) -> Iterator[DataPage]:
    path = tmp_path / "fruit.jsonl"
    path.write_text("\n".join(_ROWS) + "\n", encoding="utf-8")
    current = CurrentDataset(opened.project)
    made = DataPage(
        current=current, operations=operations, ask=ScriptedAsk(), theme=theme, memory=memory
    )
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.resize(1200, 800)
        made.show()
    gui_loop.run(current.add(path))
    gui_loop.settle(lambda: _session(made).is_checked)
    made.rows.grid.setFocus()
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def _session(page: DataPage) -> DatasetSession:
    assert page._session is not None
    return page._session


def _prompts(page: DataPage) -> list[str]:
    """As the grid shows them, from the top."""
    model = page.rows.grid.rows
    return [str(model.index(i, Column.PROMPT).data()) for i in range(model.rowCount())]


def _file(page: DataPage) -> list[str]:
    return [_session(page).row(i).decode() for i in range(len(_session(page)))]


def _sides(page: DataPage) -> list[str]:
    return [_session(page).state(i).split for i in range(len(_session(page)))]


def _click_header(page: DataPage, column: Column, qtbot: QtBot) -> None:
    header = page.rows.grid.columns
    x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    place = QPoint(x, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _search(page: DataPage, text: str) -> None:
    page.viewing.begin()
    page.head.search.setText(text)


# -- sorting -----------------------------------------------------------------------------------


def test_header_clicks_sort_up_then_down_then_not(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    unsorted = _prompts(page)
    _click_header(page, Column.PROMPT, qtbot)
    gui_loop.settle(lambda: _prompts(page) == ["", "", "Apple", "banana", "cherry", "น้ำเย็น"])
    _click_header(page, Column.PROMPT, qtbot)
    gui_loop.settle(lambda: _prompts(page)[0] == "น้ำเย็น")
    _click_header(page, Column.PROMPT, qtbot)
    gui_loop.settle(lambda: _prompts(page) == unsorted)
    assert not _session(page).is_dirty


def test_a_kept_order_is_one_edit_of_the_file(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    before = _file(page)
    _click_header(page, Column.REPLY, qtbot)
    gui_loop.settle(lambda: not page.rows.grid.rows.is_whole)
    page.hands.keep_order()
    gui_loop.settle(lambda: _file(page) != before)
    gui_loop.settle(lambda: page.rows.grid.rows.is_whole)
    replies = [json.loads(row)["messages"][1]["content"] for row in _file(page)]
    assert replies == sorted(replies, key=str.casefold)
    assert page.undo.count() == 1
    page.undo.undo()
    assert _file(page) == before


def test_a_width_set_by_hand_and_a_hidden_column_are_remembered(
    page: DataPage, memory: Memory, gui_loop: GuiLoop, theme: Theme, qtbot: QtBot
) -> None:
    header = page.rows.grid.columns
    header.resizeSection(Column.PROMPT, 333)
    header._set_shown(Column.TOKENS, False)
    gui_loop.settle(lambda: memory.get("columns.widths"))
    again = RowsGrid(theme, memory=memory)
    qtbot.addWidget(again)
    assert again.columns.sectionSize(Column.PROMPT) == 333
    assert again.isColumnHidden(Column.TOKENS)


def test_columns_stay_where_they_were_put_by_hand_or_by_menu(
    page: DataPage, memory: Memory, theme: Theme, qtbot: QtBot
) -> None:
    header = page.rows.grid.columns
    x = {c: header.sectionViewportPosition(c) + 20 for c in (Column.TOKENS, Column.PROMPT)}
    y, left = header.height() // 2, Qt.MouseButton.LeftButton
    qtbot.mousePress(header.viewport(), left, pos=QPoint(x[Column.TOKENS], y))
    for at in (x[Column.TOKENS] - 30, x[Column.PROMPT], x[Column.PROMPT] - 5):
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at, y),
            header.viewport().mapToGlobal(QPointF(at, y)),
            Qt.MouseButton.NoButton,
            left,
            _NONE,
        )
        QApplication.sendEvent(header.viewport(), move)
    qtbot.mouseRelease(header.viewport(), left, pos=QPoint(x[Column.PROMPT] - 5, y))
    assert _heads(page.rows.grid)[:4] == ["#", "", "Tokens", "Prompt"]
    assert header.sorting[0] is None
    _choose(header.menu(), "Move a column", "Split", "To the left")
    wanted = ["#", "", "Tokens", "Prompt", "Split", "Reply"]
    assert _heads(page.rows.grid) == wanted
    again = RowsGrid(theme, memory=memory)
    qtbot.addWidget(again)
    again.rows.set_session(_session(page))
    assert _heads(again) == wanted
    _choose(header.menu(), "Columns as at first")
    assert _heads(page.rows.grid) == ["#", "", "Prompt", "Reply", "Tokens", "Split"]


def _heads(grid: RowsGrid) -> list[str]:
    """The names of the columns that are shown, from the left."""
    order = [grid.columns.logicalIndex(place) for place in range(grid.columns.count())]
    shown = [at for at in order if not grid.isColumnHidden(at)]
    return [str(grid.rows.headerData(at, Qt.Orientation.Horizontal)) for at in shown]


def _choose(menu: QMenu, *names: str) -> None:
    """An entry of a menu, by the names on the way to it."""
    found = next(act for act in menu.actions() if act.text() == names[0])
    assert found.isEnabled()
    inner = found.menu()
    if isinstance(inner, QMenu):
        _choose(inner, *names[1:])
    else:
        found.trigger()


# -- searching and replacing -------------------------------------------------------------------


def test_search_finds_decomposed_thai_and_says_how_many(page: DataPage, gui_loop: GuiLoop) -> None:
    _search(page, "น\u0e4d\u0e49าเย็น")
    gui_loop.settle(lambda: _prompts(page) == ["น้ำเย็น"])
    assert page.rows.find_bar.result.text() == "1 of 6 rows found · at 1"
    page.head.search.setText("nothing like it")
    gui_loop.settle(lambda: page.rows.find_bar.result.text() == "Nothing found")
    page.viewing.end()
    gui_loop.settle(lambda: len(_prompts(page)) == 6)


def test_text_is_taken_as_it_is_until_it_is_called_an_expression(
    page: DataPage, gui_loop: GuiLoop
) -> None:
    _search(page, "(a+b)")
    gui_loop.settle(lambda: _prompts(page) == ["banana"])
    page.head.search.setText("^(red|black)$")
    gui_loop.settle(lambda: _prompts(page) == [])
    page.rows.find_bar.options.regex.click()
    gui_loop.settle(lambda: len(_prompts(page)) == 2)
    page.head.search.setText("(red")
    gui_loop.settle(lambda: "cannot be used" in page.rows.find_bar.result.text())
    assert page.head.search.property("look") == "invalid"


def test_an_endless_expression_is_stopped_and_the_window_lives(
    page: DataPage, gui_loop: GuiLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunedesk.services.dataset.find_run.LONGEST_BATCH_S", 0.2)
    monkeypatch.setattr("tunedesk.services.dataset.find_run._COME_UP_S", 8.0)
    page.hands.paste(_row("a" * 40 + "!", "x"))
    gui_loop.settle(lambda: len(_session(page)) == 7)
    page.rows.find_bar.options.regex.setChecked(True)
    _search(page, r"(a+)+$")
    gui_loop.settle(lambda: "was stopped" in page.rows.find_bar.result.text(), 30)


def test_next_and_previous_go_around(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> None:
    _search(page, "red")
    gui_loop.settle(lambda: len(_prompts(page)) == 2)
    chosen = page.rows.grid.chosen
    assert chosen() == 1
    qtbot.keyClick(page.head.search, Qt.Key.Key_Return)
    assert chosen() == 3
    qtbot.keyClick(page, Qt.Key.Key_F3, _SHIFT)
    assert chosen() == 1


def test_replacing_shows_first_what_changes_and_is_one_undo_step(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    before = _file(page)
    qtbot.keyClick(page, Qt.Key.Key_H, _CTRL)
    dialog = page.replacing
    assert dialog is not None
    dialog.options.regex.setChecked(True)
    dialog.find_box.setText(r"^(re)d")
    dialog.replace_box.setText(r"\1\"d")
    gui_loop.settle(lambda: len(dialog.table.preview.lines) == 2)
    dialog.table.preview.turn([0])
    assert dialog.apply.text() == "Replace in 1 text"
    assert _file(page) == before
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    after = _file(page)
    assert after[1] == before[1] and after[3] == before[3].replace('"red ', '"re\\\\\\"d ')
    assert page.undo.count() == 1
    page.undo.undo()
    assert _file(page) == before


def test_a_group_that_is_not_there_is_said_in_place(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    page.replace()
    dialog = page.replacing
    assert dialog is not None
    dialog.options.regex.setChecked(True)
    dialog.find_box.setText("red")
    dialog.replace_box.setText(r"\2")
    gui_loop.settle(lambda: "Invalid group reference" in dialog.said.text())
    assert not dialog.apply.isEnabled()
    dialog.reject()


# -- many rows at once -------------------------------------------------------------------------


def test_keys_act_on_all_selected_rows_as_one_step(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    grid = page.rows.grid
    before = _file(page)
    grid.choose_all_of(1, 3)
    assert page.rows.selection.count.text() == "3 selected"
    qtbot.keyClick(grid, Qt.Key.Key_A)
    assert _sides(page)[1:4] == ["aside"] * 3
    assert page.undo.undoText() == "set 3 rows aside"
    gui_loop.settle(lambda: page.rows._chips["aside"].text() == "Set aside 3")
    qtbot.keyClick(grid, Qt.Key.Key_U)
    assert "aside" not in _sides(page)
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert _file(page) == [before[0], *before[4:]]
    assert page.head.undo.accessibleName() == "Undo delete 3 rows"
    qtbot.mouseClick(page.head.undo, Qt.MouseButton.LeftButton)
    assert _file(page) == before


def test_copied_rows_are_pasted_as_rows_and_words_as_questions(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    grid = page.rows.grid
    grid.choose_all_of(0, 2)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("")
    qtbot.keyClick(grid, Qt.Key.Key_C, _CTRL)
    gui_loop.settle(lambda: clipboard.text() == f"{_ROWS[0]}\n{_ROWS[1]}\n")
    grid.choose(5)
    qtbot.keyClick(grid, Qt.Key.Key_V, _CTRL)
    gui_loop.settle(lambda: _file(page)[6:] == _ROWS[:2])
    clipboard.setText("Why?\r\nWhy <b>not</b>?")
    grid.choose(0)
    qtbot.keyClick(grid, Qt.Key.Key_V, _CTRL)
    gui_loop.settle(lambda: _prompts(page)[1:3] == ["Why?", "Why <b>not</b>?"])


def test_tags_make_a_column_and_a_chip(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> None:
    page.hands.bulk.tag([0, 2], ["ไทย & more"], [])
    gui_loop.settle(lambda: "tag:ไทย & more" in page.rows._chips)
    chip = page.rows._chips["tag:ไทย & more"]
    assert chip.accessibleName() == "ไทย & more 2"
    assert not page.rows.grid.isColumnHidden(Column.TAGS)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    gui_loop.settle(lambda: _prompts(page) == ["banana", "น้ำเย็น"])
    page.undo.undo()
    gui_loop.settle(lambda: "tag:ไทย & more" not in page.rows._chips)
    gui_loop.settle(lambda: len(_prompts(page)) == 6)


def test_a_chip_follows_edits(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> None:
    page.hands.bulk.split([0, 1], "test")
    page.hands.bulk.split([2, 3, 4, 5], "train")
    gui_loop.settle(lambda: page.rows._chips["test"].text() == "Test 2")
    qtbot.mouseClick(page.rows._chips["test"], Qt.MouseButton.LeftButton)
    gui_loop.settle(lambda: _prompts(page) == ["banana", "Apple"])
    page.rows.grid.choose(1)
    qtbot.keyClick(page.rows.grid, Qt.Key.Key_T)
    gui_loop.settle(lambda: _prompts(page) == ["banana"])


# -- problems ----------------------------------------------------------------------------------


def test_a_fix_of_all_is_shown_and_then_one_step(page: DataPage, gui_loop: GuiLoop) -> None:
    from tunedesk.core.fixes import fixes_for

    before = _file(page)
    gui_loop.settle(lambda: page.rows.problems.issues_of("unknown_role"))
    page.rows.problems.fix_all_asked.emit("unknown_role", fixes_for("unknown_role")[0])
    dialog = page.mending.dialog
    assert dialog is not None
    gui_loop.settle(dialog.apply.isEnabled)
    assert dialog.apply.text() == "Fix 2 rows"
    assert _file(page) == before
    dialog.apply.click()
    assert all('"role": "usr"' not in row for row in _file(page))
    assert page.undo.undoText() == "Use the usual role in 2 rows"
    page.undo.undo()
    assert _file(page) == before


def test_a_link_in_the_problems_list_fixes_one_row(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    problems = page.rows.problems
    gui_loop.settle(lambda: problems.issues_of("unknown_role"))
    issue = problems.issues_of("unknown_role")[0]
    tree, index = problems.list, problems._model.place_of(issue)
    tree.scrollTo(index)
    rect, _, _ = tree.links.link_rects(tree.visualRect(index), index, tree.fontMetrics())[0]
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert '"role": "user"' in _file(page)[4]
    assert '"role": "usr"' in _file(page)[5]


# -- moving and dragging -----------------------------------------------------------------------


def test_rows_apart_move_together_by_key(page: DataPage, qtbot: QtBot) -> None:
    grid = page.rows.grid
    before = _file(page)
    grid.choose_all_of(2, 2)
    qtbot.keyClick(grid, Qt.Key.Key_Up, _CTRL)
    qtbot.keyClick(grid, Qt.Key.Key_Up, _CTRL)
    assert _file(page) == [*before[2:4], *before[:2], *before[4:]]
    assert grid.chosen_rows() == [0, 1]
    page.hands.bulk.move([0, 2, 5], 2)
    expected = [*before[2:4], *before[:2], *before[4:]]
    assert _file(page) == [expected[i] for i in (1, 0, 2, 5, 3, 4)]


def test_rows_are_moved_far_by_key(page: DataPage, gui_loop: GuiLoop, qtbot: QtBot) -> None:
    grid, before = page.rows.grid, _file(page)
    grid.choose_all_of(0, 2)
    qtbot.keyClick(grid, Qt.Key.Key_M, _CTRL)
    gui_loop.settle(lambda: page.window().findChildren(PlaceDialog))
    (dialog,) = page.window().findChildren(PlaceDialog)
    dialog.number.setValue(5)
    qtbot.keyClick(dialog.number, Qt.Key.Key_Return)
    gui_loop.settle(lambda: page.undo.count() == 1)
    assert _file(page) == [*before[2:4], *before[:2], *before[4:]]
    assert page.undo.undoText() == "move 2 rows"


def _drop(target: QWidget, place: QPoint, mime: QMimeData) -> bool:
    button, both = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    QApplication.sendEvent(target, QDragEnterEvent(place, both, mime, button, _NONE))
    move = QDragMoveEvent(place, both, mime, button, _NONE)
    QApplication.sendEvent(target, move)
    drop = QDropEvent(QPointF(place), both, mime, button, _NONE)
    QApplication.sendEvent(target, drop)
    return drop.isAccepted()


def test_rows_are_dropped_between_rows_and_on_chips(page: DataPage, gui_loop: GuiLoop) -> None:
    grid = page.rows.grid
    before = _file(page)
    grid.choose_all_of(0, 2)
    mime = grid.make_mime()
    assert mime is not None
    lower_half = grid.visualRect(grid.rows.index(3, Column.PROMPT)).center() + QPoint(0, 8)
    assert _drop(grid.viewport(), lower_half, mime)
    assert _file(page) == [*before[2:4], *before[:2], *before[4:]]
    assert grid.chosen_rows() == [2, 3]
    mime = grid.make_mime()
    assert mime is not None
    assert _drop(page.rows._chips["test"], QPoint(5, 5), mime)
    assert _sides(page)[2:4] == ["test", "test"]
    assert page.undo.undoText() == "put 2 rows in test"


def test_a_sorted_grid_takes_no_rows_and_says_why(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    grid = page.rows.grid
    _click_header(page, Column.PROMPT, qtbot)
    gui_loop.settle(lambda: not grid.rows.is_whole)
    before = _file(page)
    mime = grid.make_mime()
    assert mime is not None
    hints: list[str] = []
    page.hint.connect(hints.append)
    assert not _drop(grid.viewport(), QPoint(100, 100), mime)
    assert _file(page) == before
    assert "own order" in hints[-1]


def test_other_programs_get_the_rows_as_a_file_of_their_own_bytes(page: DataPage) -> None:
    page.rows.grid.choose_all_of(1, 2)
    mime = page.rows.grid.make_mime()
    assert mime is not None
    (url,) = mime.urls()
    assert Path(url.toLocalFile()).read_text(encoding="utf-8") == f"{_ROWS[1]}\n{_ROWS[2]}\n"
    assert mime.text() == f"{_ROWS[1]}\n{_ROWS[2]}\n"


# -- split -------------------------------------------------------------------------------------


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_split_bar_is_dragged_and_only_the_end_is_an_edit(
    page: DataPage, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    bar = page.rows.split
    middle = bar.height() // 2
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 4, middle))
    qtbot.mouseMove(bar, QPoint(bar.width() // 2, middle))
    assert bar.percent == (50, 50)
    assert page.undo.count() == 0
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, middle))
    assert _session(page).split_rule.test_share == pytest.approx(0.5, abs=0.02)
    assert page.undo.undoText() == "split 50 / 50"
    page.undo.undo()
    assert _session(page).split_rule.test_share != pytest.approx(0.5, abs=0.02)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_split_bar_is_stepped_by_keys_and_kept_by_enter(page: DataPage, qtbot: QtBot) -> None:
    bar = page.rows.split
    bar.setFocus()
    share = bar.percent[1]
    qtbot.keyClick(bar, Qt.Key.Key_Left)
    qtbot.keyClick(bar, Qt.Key.Key_Left)
    assert bar.percent[1] == share + 2 and page.undo.count() == 0
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    assert round(100 * _session(page).split_rule.test_share) == share + 2
    qtbot.mouseClick(page.rows.share, Qt.MouseButton.LeftButton)  # the figures beside the bar
    assert page.splitting.popup.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_choices_go_back_to_the_seed_from_the_split_settings(
    page: DataPage, gui_loop: GuiLoop
) -> None:
    before = _sides(page)
    page.hands.bulk.split([0, 1, 2], "aside")
    page.splitting._open()
    popup = page.splitting.popup
    for box in (popup.share, popup.seed):
        shown = box.lineEdit()
        assert shown.fontMetrics().horizontalAdvance(shown.text()) < shown.width()
    assert popup.give_back.text() == "Give my 3 choices back to the seed"
    popup.give_back.click()
    assert _sides(page) == before
    popup.seed.setValue(popup.seed.value() + 1)
    popup.seed.editingFinished.emit()
    assert _session(page).split_rule.seed == popup.seed.value()
    popup.hide()


def test_the_menu_names_what_undo_and_redo_would_do(page: DataPage) -> None:
    page.hands.bulk.delete([0])
    undo, redo = page.rows.row_actions.menu().actions()[:2]
    assert undo.text() == "Undo delete row\tCtrl+Z" and undo.isEnabled()
    assert redo.text() == "Redo\tCtrl+Shift+Z" and not redo.isEnabled()
    undo.trigger()
    assert len(_session(page)) == len(_ROWS)
    redo = page.rows.row_actions.menu().actions()[1]
    assert redo.text() == "Redo delete row\tCtrl+Shift+Z" and redo.isEnabled()


def test_home_and_end_go_to_the_first_and_the_last_row_and_show_it(
    page: DataPage, qtbot: QtBot
) -> None:
    grid = page.rows.grid
    last = grid.rows.rowCount() - 1
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.chosen() == last
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.chosen() == 0
    qtbot.keyClick(grid, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert grid.n_chosen() == last + 1
    grid.choose(0)
    grid.setFixedHeight(120)
    grid.scrollToBottom()
    assert grid.rowAt(0) > 0
    qtbot.keyClick(grid, Qt.Key.Key_Home)  # the first row is chosen already, but out of sight
    assert grid.rowAt(0) == 0


def test_the_numbers_of_a_million_rows_are_not_cut(page: DataPage) -> None:
    columns = page.rows.grid.columns
    narrow = columns.sectionSize(Column.NUMBER)
    columns.make_room_for(1_000_000)
    assert columns.sectionSize(Column.NUMBER) > narrow
    columns.resizeSection(Column.NUMBER, 40)  # by hand
    columns.make_room_for(2_000_000)
    assert columns.sectionSize(Column.NUMBER) == 40
