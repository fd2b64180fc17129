"""A Compare page in a window, with models that say what the test wrote down."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pytestqt.qtbot import QtBot

from tests.support.compare_bench import PROMPTS, Bench, MakeBench
from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported, theme
from tests.support.link_ask import LinkAsk
from tests.support.scripted_comparison import ScriptedComparison, held_out
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.compare.page import ComparePage
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme

__all__ = ["gui_loop", "operations", "reported", "theme"]


@pytest.fixture
def bench(gui_loop: GuiLoop, operations: Operations, theme: Theme, qtbot: QtBot) -> MakeBench:
    def make(
        comparison: ScriptedComparison,
        prompts: Sequence[str] = PROMPTS,
        *,
        ask: LinkAsk | None = None,
        size: tuple[int, int] = (1024, 700),
    ) -> Bench:
        comparison.held_out = held_out(prompts)
        asked = ask or LinkAsk(yes=True)
        page = ComparePage(
            comparison=comparison,  # type: ignore[arg-type]
            session=lambda: object(),  # type: ignore[arg-type,return-value]
            operations=operations,
            ask=asked,
            theme=theme,
        )
        window = MainWindow(theme)
        window.allow_close()
        window.resize(*size)
        window.add_rail_entry("compare", "Compare", "compare", "Ctrl+3")
        window.set_page("compare", page)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitActive(window)
        return Bench(page, window, gui_loop, qtbot, asked)

    return make
