"""The Guide in the real app: the project's own figures, the six questions, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.projects import rows_of, write_rows
from tunedesk.core.edits import InsertRow, SetTags
from tunedesk.ui.pages.guide.page import GuidePage
from tunedesk.ui.pages.guide.question_view import QuestionView
from tunedesk.ui.widgets.advice_line import AdviceLine

_LEFT = Qt.MouseButton.LeftButton
_N_ROWS = 38


@pytest.fixture
def app(desks: Desks, tmp_path: Path) -> Iterator[RunningDesk]:
    made = desks.start(write_rows(tmp_path / "mine.jsonl", rows_of(_N_ROWS)))
    made.until_open("mine", "mine.jsonl")
    made.loop.settle(lambda: made.window.page("guide"))
    made.activate()
    yield made
    made.close()
    made.desk.language.choose("en")


def _advice(app: RunningDesk, page_id: str) -> AdviceLine:
    page = app.window.page(page_id)
    assert page is not None
    (line,) = page.findChildren(AdviceLine)
    return line


def _page(app: RunningDesk) -> GuidePage:
    page = app.window.page("guide")
    assert isinstance(page, GuidePage)
    return page


def _questions(page: GuidePage) -> QuestionView:
    (view,) = page.findChildren(QuestionView)
    return view


def _words(view: QuestionView) -> list[str]:
    labels = view.result.findChildren(QLabel)
    return [label.text() for label in labels if label.isVisible()]


def _answer(app: RunningDesk, qtbot: QtBot, downs: dict[str, int]) -> None:
    """Choose by keys: so many times Down in each question."""
    for key, times in downs.items():
        box = _questions(_page(app)).boxes[key]
        box.setFocus()
        for _ in range(times):
            qtbot.keyClick(box, Qt.Key.Key_Down)
    app.until_idle()


def test_the_way_has_the_projects_own_figures_and_leads_to_where_it_is_done(
    app: RunningDesk, qtbot: QtBot
) -> None:
    said = _advice(app, "data")
    app.loop.settle(lambda: said.isVisible())
    assert said.text.text().startswith("You have 38 rows. With fewer than 50")
    app.data.push("tag", SetTags(indices=(0,), tags=(("returns",),)))
    app.loop.settle(lambda: "“returns” is" in said.text.text())
    qtbot.mouseClick(said.deed, _LEFT)
    app.loop.settle(lambda: app.data.rows.grid.rows.rowCount() == 1)
    qtbot.mouseClick(said.never, _LEFT)
    app.until_idle()
    assert said.isHidden()
    app.data.push("tag", SetTags(indices=(0,), tags=((),)))
    app.loop.settle(lambda: said.isVisible())
    assert said.text.text().startswith("You have 38 rows.")
    qtbot.keyClick(app.window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    app.until_idle()
    page, line = _page(app), _page(app).path.lines["data"]
    assert "You have 38 rows; 50–100 is a good start." in line.sentence.text()
    assert line.mark.text() == "2"
    assert page.path.n_silenced.text().endswith(": 1")
    qtbot.mouseClick(control(page, "Say it again"), _LEFT)
    app.until_idle()
    assert not page.path.advice.isVisible()
    app.data.push("tag", SetTags(indices=(0,), tags=(("returns",),)))
    app.loop.settle(lambda: "“returns” is" in said.text.text())
    app.data.push("tag", SetTags(indices=(0,), tags=((),)))
    app.until_idle()
    app.data.push("add", InsertRow(index=0, raw=rows_of(39)[38]))
    app.loop.settle(lambda: "39 rows" in line.sentence.text())
    app.until_idle()
    page.on_enter("data")
    app.until_idle()
    here = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert any("In this project: You have 39 rows" in text for text in here)
    for name, where in (
        ("See the split: Train and test", "data"),
        ("Go to Data: How many", "data"),
    ):
        app.window.show_page("guide", "data")
        app.until_idle()
        qtbot.mouseClick(control(page, name), _LEFT)
        assert app.page == where
    app.window.show_page("guide", "data")
    app.until_idle()
    qtbot.mouseClick(control(page, "See the split: Train and test"), _LEFT)
    assert app.data.rows.split.hasFocus()


def test_six_answers_recommend_with_reasons_and_are_kept_with_the_project(
    app: RunningDesk, qtbot: QtBot
) -> None:
    app.window.show_page("welcome")
    app.until_idle()
    qtbot.mouseClick(control(app.window, "Should I fine-tune at all?"), _LEFT)
    app.until_idle()
    page = _page(app)
    assert _words(_questions(page))[0].startswith("Questions left: 6.")
    _answer(app, qtbot, {"wish": 1, "prompted": 1, "rows": 2, "steady": 1, "often": 2})
    assert _words(_questions(page))[0].startswith("Questions left: 1.")
    _answer(app, qtbot, {"judge": 2})
    words = _words(_questions(page))
    assert words[0] == "Try a better prompt first"
    assert any(word.startswith("− A prompt takes minutes") for word in words)
    assert "+ Style and tone are what fine-tuning does best." in words
    _answer(app, qtbot, {"prompted": 2})
    assert _words(_questions(page))[0] == "Fine-tuning fits. Examples come first"
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.findChildren(QuestionView) or not _questions(page).isVisible()
    assert page.path.lines["should"].sentence.text().endswith("it fits, and examples come first.")
    qtbot.mouseClick(page.languages["th"], _LEFT)
    app.loop.settle(lambda: app.desk.language.code == "th")
    app.until_open("mine", "mine.jsonl")
    app.loop.settle(lambda: app.page == "guide" and app.window.page("guide") is not None)
    sentence = _page(app).path.lines["should"].sentence
    app.loop.settle(lambda: "ต้องมีตัวอย่างก่อน" in sentence.text())
    assert _page(app).title_label.text() == "คู่มือ"
