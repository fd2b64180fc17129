"""What a person sees after starting the app: first, again, with files, and with what is gone."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from tests.support.desk_bench import Desks
from tests.support.gui_loop import GuiLoop
from tests.support.projects import rows_of, write_rows
from tests.support.released import VERSIONS, lay_ledger_of_format, lay_settings
from tunedesk.app.start import appearance_of, language_of
from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger import LEDGER_NAME
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.pages.data.columns import Column
from tunedesk.ui.pages.data.grid import RowsGrid

_SAMPLE = "Marv, the sarcastic one"


def _make_newer(folder: Path) -> None:
    ledger = sqlite3.connect(folder / LEDGER_NAME)
    ledger.execute("PRAGMA user_version = 1000")
    ledger.close()


def test_the_first_start_opens_the_sample_on_data(desks: Desks) -> None:
    app = desks.start()
    assert app.page == "welcome"
    app.until_open(_SAMPLE, "marv.jsonl")
    assert app.page == "data"
    assert app.data.rows.grid.rows.rowCount() == 54
    assert app.window.windowTitle() == f"{_SAMPLE} – Tunedesk"
    assert app.window.rail._project.text() == _SAMPLE
    assert app.window.rail._summary.text() == "1 dataset"
    assert app.window.status.engine.text() == "The local engine has no model yet · see Settings"
    assert app.window.rail.isVisible()


def test_the_second_start_is_where_the_first_one_ended(
    desks: Desks, tmp_path: Path, gui_loop: GuiLoop
) -> None:
    mine = write_rows(tmp_path / "support.jsonl", rows_of(3))
    first = desks.start(mine)
    first.until_open("support", "support.jsonl")
    splitter = first.data.splitter
    first.window.resize(1240, 700)  # in a small one the border has no room to move
    gui_loop.settle(lambda: splitter.width() > 900)
    before = splitter.sizes()[0]
    splitter.moveSplitter(before - 60, 1)
    gui_loop.settle(lambda: "splitter.row" in desks.settings_text())
    left = splitter.sizes()[0]
    first.window.show_page("compare")
    first.until_idle()
    first.close()
    second = desks.start()
    second.until_open("support", "support.jsonl")
    assert second.page == "compare"
    second.window.show_page("data")

    def is_there() -> bool:
        """As near as the page's own width, which may be another by then, lets it be."""
        now = second.data.splitter.sizes()[0]
        return abs(now - left) < abs(now - before)

    gui_loop.settle(is_there)


def test_each_dataset_is_sorted_selected_and_scrolled_as_it_was_left(
    desks: Desks, tmp_path: Path, gui_loop: GuiLoop
) -> None:
    mine = write_rows(tmp_path / "support.jsonl", rows_of(200))
    first = desks.start()
    first.until_open(_SAMPLE, "marv.jsonl")
    first.data.rows.grid.choose(40)
    assert first.desk.project is not None
    first.desk.project.files.take([mine])
    first.until_open(dataset="support.jsonl")
    grid = first.data.rows.grid
    grid.columns.sort(Column.TOKENS, True)
    gui_loop.settle(lambda: not grid.rows.is_whole)
    rows = sorted(grid.rows.source_row(at) for at in (90, 91, 93))
    grid.choose(rows[1])
    grid.choose_ranges([(row, row) for row in rows])
    grid.verticalScrollBar().setValue(2_903)
    shown = _rows_in_view(grid)
    first.close()

    second = desks.start()
    second.until_open(_SAMPLE, "support.jsonl")
    grid = second.data.rows.grid
    gui_loop.settle(lambda: not second.data.viewing.is_on_the_way)
    assert grid.columns.sorting == (Column.TOKENS, True)
    assert grid.chosen_rows() == rows
    assert grid.chosen() == rows[1] == second.data.row.shown_row
    assert _rows_in_view(grid) == shown
    (marv, _) = gui_loop.run(second.desk.project.current.datasets())  # type: ignore[union-attr]
    second.data.head.dataset_chosen.emit(marv)
    second.until_open(dataset="marv.jsonl")
    assert grid.columns.sorting == (None, False)
    assert grid.chosen_rows() == [40]


def _rows_in_view(grid: RowsGrid) -> list[int]:
    """Dataset rows from the top, with how far the first is cut."""
    first, height = grid.rowAt(0), grid.viewport().height()
    tops = range(0, height, grid.rowHeight(0))
    return [grid.rowViewportPosition(first), *(grid.rows.source_row(grid.rowAt(y)) for y in tops)]


def test_a_dataset_that_others_made_shorter_begins_at_its_top(
    desks: Desks, tmp_path: Path, gui_loop: GuiLoop
) -> None:
    mine = write_rows(tmp_path / "support.jsonl", rows_of(200))
    first = desks.start(mine)
    first.until_open("support", "support.jsonl")
    first.data.rows.grid.choose(150)
    first.close()
    write_rows(mine, rows_of(20))
    second = desks.start()
    second.until_open("support", "support.jsonl")
    assert second.data.rows.grid.chosen_rows() == [0]


def test_a_page_that_is_no_place_to_start_from_is_not_reopened(desks: Desks) -> None:
    first = desks.start()
    first.until_open()
    first.window.show_page("settings")
    first.close()
    second = desks.start()
    second.until_open(_SAMPLE)
    assert second.page == "data"


def test_files_of_the_command_line_are_opened_in_the_project_that_was_open(
    desks: Desks, tmp_path: Path
) -> None:
    first = desks.start()
    first.until_open(_SAMPLE)
    first.close()
    one = write_rows(tmp_path / "one.jsonl", rows_of(3))
    two = write_rows(tmp_path / "two.jsonl", rows_of(4))
    second = desks.start(one, two)
    second.until_open(_SAMPLE, "two.jsonl")
    assert second.page == "data"
    assert second.window.rail._summary.text() == "3 datasets"
    assert second.data.rows.grid.rows.rowCount() == 4


def test_a_file_of_the_command_line_that_is_not_there_is_told(desks: Desks, tmp_path: Path) -> None:
    there = write_rows(tmp_path / "there.jsonl", rows_of(3))
    app = desks.start(tmp_path / "gone.jsonl", there)
    error = app.until_told()
    assert isinstance(error, TunedeskError)
    assert "gone.jsonl" in error.what
    app.until_open(dataset="there.jsonl")
    assert app.page == "data"


def test_a_project_that_is_gone_is_told_and_welcome_stays(desks: Desks) -> None:
    first = desks.start()
    first.until_open(_SAMPLE)
    first.close()
    shutil.rmtree(desks.folders.data / "projects" / _SAMPLE)
    second = desks.start()
    error = second.until_told()
    assert isinstance(error, TunedeskError)
    assert error.code == "project.missing"
    assert second.page == "welcome"
    second.desk.welcome.sample_chosen.emit("marv")
    second.until_open(_SAMPLE, "marv.jsonl")
    assert second.page == "data"


@pytest.mark.parametrize("version", VERSIONS)
def test_project_and_settings_of_a_released_version_are_taken_over(
    desks: Desks, version: str
) -> None:
    folder = desks.folders.data / "projects" / "Marv"
    lay_settings(version, desks.folders.config / "settings.json", folder)
    lay_ledger_of_format(1, version, folder / LEDGER_NAME)  # the oldest of its formats
    write_rows(folder / "marv.jsonl", rows_of(3))
    app = desks.start()
    app.until_open("Marv ก", "marv.jsonl")
    assert app.page == "results"
    assert app.data.rows.grid.isColumnHidden(Column.TOKENS)
    assert [file.name for file in folder.glob("*.backup")] == [f"{LEDGER_NAME}.v1.backup"]
    app.close()
    kept = SettingsStore(desks.folders.config / "settings.json")
    assert (appearance_of(kept), language_of(kept)) == ("dark", "en")
    assert kept.get("size.changes", "") == "860x620"


def test_a_project_of_a_newer_version_is_told_and_welcome_stays(desks: Desks) -> None:
    first = desks.start()
    first.until_open(_SAMPLE)
    first.close()
    _make_newer(desks.folders.data / "projects" / _SAMPLE)
    second = desks.start()
    error = second.until_told()
    assert isinstance(error, TunedeskError)
    assert error.code == "ledger.newer"
    assert second.page == "welcome"
    assert second.project == ""
    second.desk.welcome.start_empty.emit()
    second.until_open("New project")
    assert second.page == "data"


def test_files_are_opened_although_the_last_project_cannot_be(desks: Desks, tmp_path: Path) -> None:
    first = desks.start()
    first.until_open(_SAMPLE)
    first.close()
    _make_newer(desks.folders.data / "projects" / _SAMPLE)
    second = desks.start(write_rows(tmp_path / "mine.jsonl", rows_of(3)))
    assert isinstance(second.until_told(), TunedeskError)
    second.until_open("mine", "mine.jsonl")
    assert second.page == "data"


def test_a_project_whose_dataset_is_gone_is_open_all_the_same(desks: Desks, tmp_path: Path) -> None:
    mine = write_rows(tmp_path / "mine.jsonl", rows_of(3))
    first = desks.start(mine)
    first.until_open("mine", "mine.jsonl")
    first.close()
    mine.unlink()
    second = desks.start()
    error = second.until_told()
    assert isinstance(error, TunedeskError)
    assert "mine.jsonl" in error.what
    assert second.project == "mine"
    assert second.page == "data"
    assert second.window.windowTitle() == "mine – Tunedesk"


def test_damaged_settings_do_not_stop_the_app(desks: Desks) -> None:
    desks.folders.config.mkdir(parents=True)
    (desks.folders.config / "settings.json").write_text(
        '{"window_geometry": "no base64 \\u0e44", "page": 7, "recent_projects": [1]}'
    )
    app = desks.start()
    app.until_open(_SAMPLE)
    assert app.page == "data"


def test_nothing_but_the_window_is_ever_shown_while_the_pages_are_made(desks: Desks) -> None:
    shown: list[str] = []

    class Windows(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            is_window = isinstance(watched, QWidget) and watched.isWindow()
            if is_window and event.type() == QEvent.Type.Show:
                shown.append(type(watched).__name__)
            return False

    watch = Windows()
    application = QApplication.instance()
    assert application is not None
    application.installEventFilter(watch)
    try:
        desks.start().until_open()
    finally:
        application.removeEventFilter(watch)
    assert shown == ["MainWindow"]
