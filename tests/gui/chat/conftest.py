"""A Chat page in a window on a real project, with models that say what the test lets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported, theme
from tests.support.open_project import OpenProject, open_sample
from tests.support.scripted_ask import ScriptedAsk
from tests.support.scripted_models import Models
from tunedesk.services.chat.room import ChatRoom
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.chat.page import ChatPage
from tunedesk.ui.pages.chat.turn_views import AnswerTurn, PromptTurn
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme

__all__ = ["gui_loop", "operations", "reported", "theme"]


class Bench:
    """The page, its window, and hands to use it."""

    def __init__(
        self,
        made: OpenProject,
        operations: Operations,
        theme: Theme,
        loop: GuiLoop,
        bot: QtBot,
        size: tuple[int, int] = (1440, 900),
    ) -> None:
        self.models, self.ask, self.loop, self.bot = Models(), ScriptedAsk(), loop, bot
        self.rows: list[bytes] = []
        self.page = ChatPage(
            room=ChatRoom(made.project, self.models, {}),  # type: ignore[arg-type]
            comparison=self.models,  # type: ignore[arg-type]
            operations=operations,
            ask=self.ask,  # type: ignore[arg-type]
            theme=theme,
            memory=Memory(),
        )
        self.page.row_wanted.connect(self.rows.append)
        self.window = MainWindow(theme)
        self.window.allow_close()
        self.window.resize(*size)
        self.window.set_page("chat", self.page)
        bot.addWidget(self.window)
        self.window.show()
        self.activate()

    def activate(self) -> None:
        """The window has the keyboard, and its prompt box in it."""
        self.window.activateWindow()
        with self.bot.waitActive(self.window):
            pass
        self.page.box.text.setFocus()

    def enter(self, payload: object = None) -> None:
        self.window.show_page("chat", payload)
        self.loop.settle(lambda: self.page.panes)

    def say(self, text: str) -> None:
        """Type a prompt and send it by Enter."""
        self.page.box.text.setFocus()
        self.bot.keyClicks(self.page.box.text, text)
        self.bot.keyClick(self.page.box.text, Qt.Key.Key_Return)

    def until_said(self, n_turns: int) -> None:
        """Every pane with a model shows so many turns, and none is being written."""
        self.loop.settle(lambda: all(len(self.turns(n)) == n_turns for n in range(2)))
        self.loop.settle(lambda: not self.page.box.stop.isVisible())

    def turns(self, pane: int) -> list[PromptTurn | AnswerTurn]:
        """What is shown in a pane, from the top."""
        lines = self.page.panes[pane].transcript._lines
        found = [lines.itemAt(n).widget() for n in range(lines.count())]
        return [one for one in found if isinstance(one, PromptTurn | AnswerTurn)]

    def answer(self, pane: int) -> AnswerTurn:
        """The last answer in a pane."""
        found = self.turns(pane)[-1]
        assert isinstance(found, AnswerTurn)
        return found

    def says(self, pane: int, text: str) -> bool:
        """The last turn of a pane is an answer, and says this of itself."""
        turns = self.turns(pane)
        return (
            bool(turns)
            and isinstance(turns[-1], AnswerTurn)
            and text in (f"{turns[-1].answer.text()} {turns[-1].figures.text()}")
        )

    def click(self, made: QPushButton) -> None:
        self.loop.settle(made.isVisible)
        self.bot.mouseClick(made, Qt.MouseButton.LeftButton)


@pytest.fixture
def project(gui_loop: GuiLoop, tmp_path: Path) -> Iterator[OpenProject]:
    made = gui_loop.run(open_sample(tmp_path / "home"))
    yield made
    gui_loop.run(made.close())


@pytest.fixture
def bench(
    project: OpenProject, operations: Operations, theme: Theme, gui_loop: GuiLoop, qtbot: QtBot
) -> Bench:
    return Bench(project, operations, theme, gui_loop, qtbot)
