"""The page that saves a provider's fine-tuning, over a real service and a real HTTP server."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.service.test_rescue import bench
from tests.support.fake_provider import refusal
from tests.support.gui_loop import GuiLoop
from tunedesk.ui.pages.rescue.page import RescuePage
from tunedesk.ui.theme import Theme


def test_all_is_saved_and_said_and_what_could_not_be_had_is_copied(
    theme: Theme, gui_loop: GuiLoop, qtbot: QtBot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.provider.refused["files/file-test/content"] = refusal(404, "No such File object")
            page = RescuePage(rescue=b.rescue, theme=theme)
            qtbot.addWidget(page)
            page.show()
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
            assert "1 datasets and 2 jobs" in page.became.text()

    gui_loop.run(work())


def test_without_a_provider_it_says_where_to_add_one(
    theme: Theme, gui_loop: GuiLoop, qtbot: QtBot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.rescue.candidates = list  # type: ignore[method-assign,assignment]
            page = RescuePage(rescue=b.rescue, theme=theme)
            qtbot.addWidget(page)
            page.show()
            page.on_enter()
            assert not page.start.isEnabled()
            assert "Add one with its key" in page.problem.text.text()

    gui_loop.run(work())
