"""A Compare page in a window, and hands to use it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.link_ask import LinkAsk
from tunedesk.ui.pages.compare.page import ComparePage
from tunedesk.ui.shell.window import MainWindow

PROMPTS = ("How far is the Moon?", "Is water wet?", "When did it end?")


class Bench:
    """The page, its window, and hands to use it."""

    def __init__(
        self, page: ComparePage, window: MainWindow, loop: GuiLoop, bot: QtBot, ask: LinkAsk
    ) -> None:
        self.page = page
        self.window = window
        self.loop = loop
        self.bot = bot
        self.ask = ask
        self.went: list[str] = []
        page.navigate.connect(lambda page_id, _payload: self.went.append(page_id))

    def enter(self, payload: object = None) -> None:
        self.window.show_page("compare", payload)

    def until_votable(self) -> None:
        self.loop.settle(lambda: self.page.judging.votes.can_vote("tie"))
        self.loop.settle(lambda: all(p.answer.is_settled for p in self.page.judging.panes.values()))

    def until_revealed(self) -> None:
        self.loop.settle(lambda: self.page.judging.votes.can_go_on)

    def press(self, key: Qt.Key) -> None:
        """A key, wherever the keyboard is."""
        self.bot.keyClick(self.window.focusWidget() or self.window, key)

    def click(self, text: str) -> None:
        """The visible button with this accessible name."""
        buttons = [b for b in self.page.findChildren(QPushButton) if b.accessibleName() == text]
        shown = [b for b in buttons if b.isVisible()]
        assert len(shown) == 1, f"{len(shown)} visible buttons called {text!r}"
        self.bot.mouseClick(shown[0], Qt.MouseButton.LeftButton)

    def header_of(self, seat: str) -> str:
        """What a pane says of who sits there."""
        pane = self.page.judging.panes["A" if seat == "A" else "B"]
        shown = (pane._identity, pane._who, pane._chosen)
        return " ".join(label.text() for label in shown if label.isVisible())

    def figures_of(self, seat: str) -> str:
        return self.page.judging.panes["A" if seat == "A" else "B"]._figures.text()


MakeBench = Callable[..., Bench]
