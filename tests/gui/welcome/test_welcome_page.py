"""The Welcome page by mouse, by keyboard and by drop, over real projects."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import control, visible
from tests.support.dropping import drop_files, drop_urls
from tests.support.gui_loop import GuiLoop
from tests.support.projects import Home, project
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.project.workspace import ProjectSummary
from tunedesk.services.work.background import Background
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.welcome.page import WelcomePage, summary_words
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.card_button import CardButton
from tunedesk.ui.widgets.drop_area import DropArea

_SAMPLE = "Sample: Marv, the sarcastic one"
_MORE_SAMPLES = [
    "Sample: Answers as JSON",
    "Sample: Shop assistant",
    "Sample: Thai shop assistant",
]
_GUIDE = "Should I fine-tune at all?"
_DAY_MS = 86_400_000


@pytest.fixture
def place(tmp_path: Path, gui_loop: GuiLoop) -> Iterator[Home]:
    background = Background()
    yield Home(tmp_path, background)
    gui_loop.run(background.close())


@pytest.fixture
def ask() -> ScriptedAsk:
    return ScriptedAsk()


@pytest.fixture
def show(
    place: Home,
    ask: ScriptedAsk,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    qtbot: QtBot,
) -> Callable[[], WelcomePage]:
    """Shows the page once what it lists is known."""

    def make() -> WelcomePage:
        page = WelcomePage(
            workspace=place.workspace, operations=operations, ask=ask, now_ms=place.clock
        )
        window = MainWindow(theme)
        window.allow_close()
        window.set_page("welcome", page)
        qtbot.addWidget(window)
        with qtbot.waitActive(window):
            window.resize(1000, 760)
            window.show()
            window.activateWindow()
        window.show_page("welcome")
        gui_loop.settle(lambda: not operations.is_busy)
        return page

    return make


def _make(place: Home, gui_loop: GuiLoop, name: str) -> Path:
    async def steps() -> Path:
        async with project(place, name) as made:
            await made.new_dataset("rows")
            return made.folder

    return gui_loop.run(steps())


def _rows(page: WelcomePage) -> list[CardButton]:
    found = page._recent_frame.findChildren(CardButton)
    return sorted((row for row in found if row.isVisible()), key=lambda row: row.y())


def _words(row: CardButton) -> list[str]:
    return [label.text() for label in row.findChildren(QLabel)]


def test_projects_are_listed_newest_first_with_what_is_in_them_and_when(
    place: Home, gui_loop: GuiLoop, show: Callable[[], WelcomePage]
) -> None:
    _make(place, gui_loop, "Old")
    place.now_ms += _DAY_MS
    _make(place, gui_loop, "<b>New</b> & ไทย")
    page = show()
    assert [_words(row) for row in _rows(page)] == [
        ["<b>New</b> & ไทย", "1 dataset", "today"],
        ["Old", "1 dataset", "yesterday"],
    ]
    assert [row.accessibleName() for row in _rows(page)] == ["Open <b>New</b> & ไทย", "Open Old"]
    assert [row.accessibleDescription() for row in _rows(page)] == [
        "1 dataset · today",
        "1 dataset · yesterday",
    ]


def test_a_project_that_is_gone_or_damaged_says_so_in_its_row(
    place: Home, gui_loop: GuiLoop, show: Callable[[], WelcomePage]
) -> None:
    shutil.rmtree(_make(place, gui_loop, "Gone"))
    (_make(place, gui_loop, "Damaged") / "project.tunedesk").write_bytes(b"no database" * 100)
    damaged, gone = (_words(row)[1] for row in _rows(show()))
    assert gone == "Its folder is not there any more."
    assert damaged.endswith(".")
    assert damaged != gone


def test_without_projects_the_list_is_hidden(show: Callable[[], WelcomePage]) -> None:
    page = show()
    assert not page._recent_heading.isVisible()
    assert not page._recent_frame.isVisible()
    names = [b.accessibleName() for b in visible(page)]
    assert names == ["Choose a file", "Start empty", _SAMPLE, *_MORE_SAMPLES, _GUIDE]


def test_coming_back_shows_the_list_as_it_is_now(
    place: Home, gui_loop: GuiLoop, operations: Operations, show: Callable[[], WelcomePage]
) -> None:
    page = show()
    _make(place, gui_loop, "One")
    for _ in range(2):
        page.on_enter()
        gui_loop.settle(lambda: not operations.is_busy)
        assert [row.accessibleName() for row in _rows(page)] == ["Open One"]
    assert page._recent_heading.isVisible()


def test_a_click_on_a_row_opens_that_project(
    place: Home, gui_loop: GuiLoop, show: Callable[[], WelcomePage], qtbot: QtBot
) -> None:
    folder = _make(place, gui_loop, "One")
    _make(place, gui_loop, "Two")
    page = show()
    with qtbot.waitSignal(page.project_chosen) as chosen:
        qtbot.mouseClick(control(page, "Open One"), Qt.MouseButton.LeftButton)
    assert chosen.args == [folder]


def test_everything_is_reached_by_tab_and_pressed_by_space_or_enter(
    place: Home,
    gui_loop: GuiLoop,
    ask: ScriptedAsk,
    show: Callable[[], WelcomePage],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    folder = _make(place, gui_loop, "One")
    ask.files = [tmp_path / "mine.jsonl"]
    page = show()
    happened: list[object] = []
    page.files_chosen.connect(happened.append)
    page.start_empty.connect(lambda: happened.append("empty"))
    page.sample_chosen.connect(happened.append)
    page.project_chosen.connect(happened.append)
    page.guide_wanted.connect(lambda: happened.append("guide"))
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        page.choose.setFocus()
        happened.clear()
        names = []
        for _ in range(8):
            focus = QApplication.focusWidget()
            names.append(focus.accessibleName())
            qtbot.keyClick(focus, key)
            gui_loop.turn()
            qtbot.keyClick(focus, Qt.Key.Key_Tab)
        samples = [_SAMPLE, *_MORE_SAMPLES]
        assert names == ["Choose a file", "Start empty", *samples, _GUIDE, "Open One"]
        ids = ["marv", "orders", "shop", "thai-service"]
        assert happened == [[tmp_path / "mine.jsonl"], "empty", *ids, "guide", folder]


def test_no_file_chosen_is_no_wish(
    gui_loop: GuiLoop, show: Callable[[], WelcomePage], qtbot: QtBot, operations: Operations
) -> None:
    page = show()
    with qtbot.assertNotEmitted(page.files_chosen):
        page.choose.click()
        gui_loop.settle(lambda: not operations.is_busy)


def test_files_dropped_on_the_field_are_chosen_and_addresses_are_not(
    show: Callable[[], WelcomePage], qtbot: QtBot, tmp_path: Path
) -> None:
    page = show()
    (area,) = page.findChildren(DropArea)
    one, two = tmp_path / "a b%20.jsonl", tmp_path / "ไทย.jsonl"
    with qtbot.waitSignal(page.files_chosen) as chosen:
        assert drop_files(area, one, two)
    assert chosen.args == [[one, two]]
    assert area.property("look") == "drop"
    with qtbot.assertNotEmitted(page.files_chosen):
        assert not drop_urls(area, QUrl("https://example.org/rows.jsonl"))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((1, 1, 1), "1 dataset · 1 tuned model · 1 vote"),
        ((2, 3, 38), "2 datasets · 3 tuned models · 38 votes"),
        ((0, 0, 0), ""),
        ((1, 0, 0), "1 dataset"),
    ],
)
def test_a_summary_counts_what_there_is(counts: tuple[int, int, int], words: str) -> None:
    n_datasets, n_models, n_votes = counts
    summary = ProjectSummary(n_datasets=n_datasets, n_tuned_models=n_models, n_votes=n_votes)
    assert summary_words(summary) == words
    assert summary_words(None) == ""
