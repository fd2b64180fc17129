"""Changing what is open: files, the sample, an empty start, projects from the list."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.dropping import drop_files
from tests.support.projects import rows_of, write_rows
from tunedesk.core.errors import TunedeskError

_SAMPLE = "Marv, the sarcastic one"
_LEFT = Qt.MouseButton.LeftButton


def _to_welcome(app: RunningDesk, qtbot: QtBot) -> None:
    qtbot.mouseClick(app.window.rail.switch, _LEFT)
    app.until_idle()
    assert app.page == "welcome"


def test_a_file_dropped_on_the_window_becomes_a_dataset_of_the_project(
    desks: Desks, tmp_path: Path
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    app.window.show_page("results")
    mine = write_rows(tmp_path / "ของฉัน.jsonl", rows_of(3))
    assert drop_files(app.window, mine)
    app.until_open(_SAMPLE, "ของฉัน.jsonl")
    assert app.page == "data"
    assert app.data.head.name.text() == "ของฉัน.jsonl"
    assert app.window.rail._summary.text() == "2 datasets"


def test_a_file_that_is_open_already_stays_open_as_it_is(desks: Desks, tmp_path: Path) -> None:
    mine = write_rows(tmp_path / "mine.jsonl", rows_of(3))
    app = desks.start(mine)
    app.until_open("mine", "mine.jsonl")
    session = app.session
    app.data.rows.grid.choose(2)
    drop_files(app.window, mine)
    app.until_idle()
    assert app.session is session
    assert app.data.rows.grid.chosen() == 2
    assert app.window.rail._summary.text() == "1 dataset"


def test_two_files_dropped_one_after_the_other_are_both_there(desks: Desks, tmp_path: Path) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    for name in ("one", "two", "one"):
        drop_files(app.window, write_rows(tmp_path / f"{name}.jsonl", rows_of(3)))
    app.until_idle()
    app.until_open(_SAMPLE, "one.jsonl")
    assert app.window.rail._summary.text() == "3 datasets"


def test_a_file_dropped_while_the_app_starts_goes_into_the_project_that_opens(
    desks: Desks, tmp_path: Path
) -> None:
    app = desks.start()
    app.loop.turn(2)
    drop_files(app.window, write_rows(tmp_path / "early.jsonl", rows_of(3)))
    app.until_open(dataset="early.jsonl")
    assert app.project == _SAMPLE
    assert app.page == "data"


def test_a_file_that_cannot_be_read_is_told_and_the_dataset_stays(
    desks: Desks, tmp_path: Path
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    drop_files(app.window, tmp_path / "gone.jsonl")
    assert isinstance(app.until_told(), TunedeskError)
    assert app.session.info.name == "marv.jsonl"


def test_a_file_dropped_on_welcome_starts_a_project_of_its_name(
    desks: Desks, tmp_path: Path, qtbot: QtBot
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    _to_welcome(app, qtbot)
    drop_files(app.window, write_rows(tmp_path / "tone.jsonl", rows_of(3)))
    app.until_open("tone", "tone.jsonl")
    assert app.page == "data"
    assert app.window.windowTitle() == "tone – Tunedesk"


def test_start_empty_makes_a_project_with_an_empty_dataset(desks: Desks, qtbot: QtBot) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    _to_welcome(app, qtbot)
    qtbot.mouseDClick(control(app.window, "Start empty"), _LEFT)
    qtbot.mouseClick(app.desk.welcome.empty, _LEFT)
    app.until_open("New project")
    assert app.page == "data"
    assert len(app.session) == 0
    names = {p.name for p in (desks.folders.data / "projects").iterdir()}
    assert names == {_SAMPLE, "New project"}  # a nervous hand makes one


def test_the_sample_card_opens_the_sample_again_and_not_twice(desks: Desks, qtbot: QtBot) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    _to_welcome(app, qtbot)
    qtbot.mouseClick(control(app.window, f"Sample: {_SAMPLE}"), _LEFT)
    app.loop.settle(lambda: app.page == "data")
    app.until_open(_SAMPLE, "marv.jsonl")
    assert app.data.rows.grid.rows.rowCount() == 54
    assert app.window.rail._summary.text() == "1 dataset"


def test_a_recent_project_opens_with_its_own_pages(
    desks: Desks, tmp_path: Path, qtbot: QtBot
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    _to_welcome(app, qtbot)
    drop_files(app.window, write_rows(tmp_path / "mine.jsonl", rows_of(3)))
    app.until_open("mine", "mine.jsonl")
    _to_welcome(app, qtbot)
    qtbot.mouseClick(control(app.window, f"Open {_SAMPLE}"), _LEFT)
    app.until_open(_SAMPLE, "marv.jsonl")
    assert app.page == "data"
    assert app.data.rows.grid.rows.rowCount() == 54
    assert app.data.head.name.text() == "marv.jsonl"
    assert app.window.rail._buttons["data"].note.text() == "54"


def test_the_open_project_chosen_from_the_list_stays_as_it_is(desks: Desks, qtbot: QtBot) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    session = app.session
    _to_welcome(app, qtbot)
    qtbot.mouseClick(control(app.window, f"Open {_SAMPLE}"), _LEFT)
    app.loop.settle(lambda: app.page == "data")
    app.until_idle()
    assert app.session is session


def test_a_project_without_a_dataset_shows_nothing_of_the_one_before(
    desks: Desks, tmp_path: Path
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    bare = app.loop.run(app.desk.workspace.create("Bare"))
    app.loop.run(bare.close())
    app.desk.welcome.project_chosen.emit(desks.folders.data / "projects" / "Bare")
    app.loop.settle(lambda: app.project == "Bare")
    app.until_idle()
    assert app.window.rail._buttons["data"].note.text() == ""
    assert app.window.status.saved.text() == ""
    assert app.window.status.page.text() == ""


def test_a_recent_project_that_is_gone_is_told_and_the_open_one_stays(
    desks: Desks, tmp_path: Path, qtbot: QtBot
) -> None:
    first = desks.start(write_rows(tmp_path / "mine.jsonl", rows_of(3)))
    first.until_open("mine", "mine.jsonl")
    first.desk.welcome.sample_chosen.emit("marv")
    first.until_open(_SAMPLE, "marv.jsonl")
    shutil.rmtree(desks.folders.data / "projects" / "mine")
    _to_welcome(first, qtbot)
    qtbot.mouseClick(control(first.window, "Open mine"), _LEFT)
    error = first.until_told()
    assert isinstance(error, TunedeskError)
    assert error.code == "project.missing"
    assert first.page == "welcome"
    assert first.project == _SAMPLE
    first.activate()
    qtbot.keyClick(first.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert first.page == "data"
    assert first.data.rows.grid.rows.rowCount() == 54
