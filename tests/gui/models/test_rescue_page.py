"""The page that saves a provider's fine-tuning, over a real service and a real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.service.test_rescue import Bench, bench
from tests.support.fake_provider import refusal
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.rescue.again import Again
from tunedesk.services.rescue.keeping import Keeping
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.rescue.page import RescuePage
from tunedesk.ui.theme import Theme


def _page(
    b: Bench, theme: Theme, operations: Operations, ask: ScriptedAsk, qtbot: QtBot
) -> RescuePage:
    page = RescuePage(
        rescue=b.rescue,
        keeping=Keeping(b.project, b.providers),
        again=Again(b.project, b.providers),
        current=CurrentDataset(b.project),
        operations=operations,
        ask=ask,
        theme=theme,
        now_ms=b.project.clock,
    )
    qtbot.addWidget(page)
    page.resize(1232, 800)
    page.show()
    return page


async def _until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.005)


def test_all_is_saved_and_said_and_what_could_not_be_had_is_copied(
    theme: Theme, gui_loop: GuiLoop, operations: Operations, qtbot: QtBot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.provider.refused["files/file-test/content"] = refusal(404, "No such File object")
            page = _page(b, theme, operations, ScriptedAsk(), qtbot)
            page.on_enter()
            assert page.start.text() == "Save everything"
            page.start.click()
            assert page.start.text() == "Pause"
            while not b.rescue.state.is_complete:
                await asyncio.sleep(0)
            assert page.start.text() == "Look for more"
            assert page.missing_title.text() == "Could not be had: 1"
            page.copy.click()
            assert "No such File object" in QApplication.clipboard().text()
            assert "In this project now: 1 dataset, 2 jobs." in page.became.text()
            await _until(lambda: not operations.is_busy)

    gui_loop.run(work())


def test_without_a_provider_it_says_where_to_add_one(
    theme: Theme, gui_loop: GuiLoop, operations: Operations, qtbot: QtBot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.rescue.candidates = list  # type: ignore[method-assign,assignment]
            page = _page(b, theme, operations, ScriptedAsk(), qtbot)
            page.on_enter()
            assert not page.start.isEnabled()
            assert "Add one with its key" in page.problem.text.text()
            await _until(lambda: not operations.is_busy)

    gui_loop.run(work())


def test_answers_are_asked_for_only_after_the_price_was_agreed_to(
    theme: Theme, gui_loop: GuiLoop, operations: Operations, qtbot: QtBot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            last_day = date.today() + timedelta(days=10)
            b.provider.server.models[0]["shutdown_date"] = last_day.isoformat()
            ask = ScriptedAsk(says=False)
            page = _page(b, theme, operations, ask, qtbot)
            keep, asks = page.keep, "POST /chat/completions"
            page.on_enter()
            await _until(lambda: not operations.is_busy)
            assert "no dataset yet" in keep.said.text()
            page.start.click()
            await _until(lambda: b.rescue.state.is_complete and not operations.is_busy)
            assert keep.which.currentText() == "test"  # held out by the jobs themselves
            assert [one.label for one in keep.table.lines.ticked] == ["support", "tone"]
            assert keep.ends.text().startswith("4 of these stop answering on")
            assert keep.ends.text().endswith("in 10 days.")
            assert keep.start.text() == "Ask and keep the answers (price unknown)"

            keep.start.click()
            await _until(lambda: ask.questions and not operations.is_busy)
            ((title, text),) = ask.questions
            assert title == "Ask support, tone?"
            assert "To Fake: 2 requests" in text and "Cost: price unknown." in text
            assert b.provider.server.count(asks) == 0

            checkpoints = [one.label for one in keep.offers if one.is_extra]
            assert checkpoints == ["support · step 2", "tone · step 2"]

            keep.table.setCurrentIndex(keep.table.lines.index(2, 0))
            qtbot.keyClick(keep.table, Qt.Key.Key_Space)
            ask.says = True
            keep.start.click()
            await _until(lambda: keep.offers[0].n_kept and not operations.is_busy)
            assert b.provider.server.count(asks) == 1
            assert page.steps.words("answers") == "1 of 2"
            assert keep.compare.isVisible()
            await _until(lambda: not operations.is_busy)

    gui_loop.run(work())


def test_what_was_lost_is_asked_again_only_when_told_to(
    theme: Theme, gui_loop: GuiLoop, operations: Operations, qtbot: QtBot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            page = _page(b, theme, operations, ScriptedAsk(), qtbot)
            keep = page.keep
            page.on_enter()
            page.start.click()
            await _until(lambda: b.rescue.state.is_complete and not operations.is_busy)
            b.provider.refused["chat/completions"] = refusal(500, "Oops")
            keep.start.click()
            await _until(lambda: keep.again.isVisible() and not operations.is_busy)
            assert "2 sent, and no answer came" in keep.marked.text()
            assert not keep.start.isEnabled()
            b.provider.refused.clear()
            keep.again.click()
            await _until(lambda: not keep.again.isVisible() and keep.offers[2].n_kept)
            await _until(lambda: not operations.is_busy)
            assert not keep.marked.isVisible()

    gui_loop.run(work())
