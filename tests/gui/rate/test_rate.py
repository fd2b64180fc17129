"""One model rated alone: by keys, one answer after another, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.open_project import open_sample
from tests.support.scripted_ask import ScriptedAsk
from tests.support.scripted_comparison import BASE, TUNED
from tests.support.scripted_models import Models
from tests.support.widget_audit import nameless, rich_labels
from tunedesk.services.compare.rating import Ratings
from tunedesk.services.dataset.session import open_session
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.rate.page import RatePage
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme


class Bench:
    def __init__(self, page: RatePage, models: Models, loop: GuiLoop, bot: QtBot) -> None:
        self.page, self.models, self.loop, self.bot = page, models, loop, bot

    def press(self, key: Qt.Key) -> None:
        self.bot.keyClick(self.page.answer, key)

    def until_rateable(self, progress: str) -> None:
        bar = self.page.bar
        self.loop.settle(lambda: bar.stars[0].isEnabled() and progress in self.page.progress.text())


@pytest.fixture
def bench(
    gui_loop: GuiLoop, operations: Operations, theme: Theme, qtbot: QtBot, tmp_path: Path
) -> Iterator[Bench]:
    made = gui_loop.run(open_sample(tmp_path / "home"))
    session = gui_loop.run(open_session(made.project, made.dataset))
    models = Models()
    page = RatePage(
        ratings=Ratings(made.project, models, {}),  # type: ignore[arg-type]
        comparison=models,  # type: ignore[arg-type]
        session=lambda: session,
        operations=operations,
        ask=ScriptedAsk(),  # type: ignore[arg-type]
        theme=theme,
        memory=Memory(),
    )
    window = MainWindow(theme)
    window.allow_close()
    window.resize(1024, 700)
    window.set_page("rate", page)
    qtbot.addWidget(window)
    window.show()
    window.show_page("rate", TUNED)
    yield Bench(page, models, gui_loop, qtbot)
    gui_loop.settle(lambda: not operations.is_busy)
    gui_loop.run(session.close())
    gui_loop.run(made.close())


def test_answers_are_rated_by_keys_and_summed_up(bench: Bench) -> None:
    bench.until_rateable("Test set 1 of")
    assert bench.page.model.currentText() == TUNED.label
    assert bench.page.answer.text().strip() == "Rome, if you **insist**."
    assert nameless(bench.page) == []
    assert rich_labels(bench.page) == []
    bench.press(Qt.Key.Key_R)
    assert bench.page.reference.isVisible()
    bench.press(Qt.Key.Key_4)
    bench.until_rateable("Test set 2 of")
    assert bench.page.reference.isHidden()
    bench.press(Qt.Key.Key_Right)  # passed over: no rating of it
    bench.until_rateable("Test set 3 of")
    bench.press(Qt.Key.Key_2)
    bench.until_rateable("Test set 4 of")
    bench.loop.settle(lambda: bench.page.summary.lines)
    (line,) = bench.page.summary.lines
    assert line.startswith(f"{TUNED.label}: 3.0 of 5 on average (1.9 to 4.0), 2 rated")
    bench.press(Qt.Key.Key_U)
    bench.until_rateable("Test set 3 of")
    bench.loop.settle(lambda: "1 rated" in bench.page.summary.lines[0])


def test_the_other_scale_and_another_model(bench: Bench) -> None:
    bench.until_rateable("Test set 1 of")
    bench.press(Qt.Key.Key_P)  # not of the scale that is shown
    assert "Test set 1 of" in bench.page.progress.text()
    bench.page.bar.scale.setCurrentIndex(1)
    bench.page.bar.scale.activated.emit(1)
    assert bench.page.bar.passes[0].isVisible()
    bench.press(Qt.Key.Key_P)
    bench.until_rateable("Test set 2 of")
    bench.press(Qt.Key.Key_F)
    bench.until_rateable("Test set 3 of")
    bench.loop.settle(lambda: "50 % pass" in "".join(bench.page.summary.lines))
    n_asked = len(bench.models.asked)
    bench.page.model.setCurrentIndex(0)
    bench.page.model.activated.emit(0)
    bench.loop.settle(lambda: len(bench.models.asked) > n_asked)
    bench.until_rateable("Test set 1 of")
    assert bench.models.asked[-1].model == BASE.model


def test_an_answer_that_was_cut_off_cannot_be_rated(bench: Bench) -> None:
    bench.until_rateable("Test set 1 of")
    bench.models.may_end.clear()
    bench.press(Qt.Key.Key_3)
    bench.loop.settle(lambda: "Test set 2 of" in bench.page.progress.text())
    bench.loop.settle(lambda: "insist" in bench.page.answer.text())
    bench.press(Qt.Key.Key_3)  # it is not whole yet
    assert "Test set 2 of" in bench.page.progress.text()
    bench.models.may_end.set()
    bench.until_rateable("Test set 2 of")
    bench.models.tokens_needed = 500
    bench.press(Qt.Key.Key_2)
    notice = bench.page.notice
    bench.loop.settle(lambda: "cut at 256 tokens" in notice.text.text() and notice.isVisible())
    bench.press(Qt.Key.Key_3)
    bench.loop.turn(20)
    assert "Test set 3 of" in bench.page.progress.text() and not bench.page.bar.stars[0].isEnabled()
    (more,) = notice.findChildren(QPushButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert more.text() == "Ask again with up to 512 tokens"
    more.click()
    bench.until_rateable("Test set 3 of")
    assert bench.models.asked[-1].settings.max_tokens == bench.models.kept.chat.max_tokens == 512
