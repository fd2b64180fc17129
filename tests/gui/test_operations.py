"""What a page has begun ends with it, and may write down what came of it."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported
from tunedesk.ui.operations import Operations

__all__ = ["gui_loop", "operations", "reported"]


def test_what_lies_in_a_page_ends_with_it_and_is_waited_for(
    operations: Operations, gui_loop: GuiLoop, qtbot: QtBot
) -> None:
    page, other = QObject(), QObject()
    written: list[str] = []

    async def answering(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(20):  # a ledger takes its time
                await asyncio.sleep(0)
            written.append(name)

    for owner, name in ((page, "page"), (QObject(QObject(page)), "within"), (other, "other")):
        operations.run(answering(name), owner=owner)
    gui_loop.turn()
    gui_loop.run(operations.end_of([page]))
    assert written == ["page", "within"]
    gui_loop.run(operations.close())
    assert written == ["page", "within", "other"]
