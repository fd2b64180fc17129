"""The desktop is told when a fine-tune ends, if nobody looks and nobody switched it off."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedTraining, falling, job
from tunedesk.ui.desktop_teller import DesktopTeller
from tunedesk.ui.job_notices import NOTICES, JobNotices
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.notices_card import NoticesCard


class Told:
    """A desktop that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.clicked: Callable[[], None] = lambda: None

    def tell(self, title: str, text: str, clicked: Callable[[], None]) -> None:
        self.said.append((title, text))
        self.clicked = clicked


class Desk:
    """Notices over two running jobs; `is_looked_at` is the window in front."""

    def __init__(self, gui_loop: GuiLoop, operations: Operations, owner: QObject) -> None:
        self.gui_loop, self.told, self.memory = gui_loop, Told(), Memory()
        self.owner = owner
        self.is_looked_at = False
        self.training = ScriptedTraining(
            job("a", "running", falling(3), name="marv"), job("b", "running", name="tone")
        )
        self.notices = JobNotices(
            self.training,
            operations,
            self.memory,
            self.told,
            owner,
            is_looked_at=lambda: self.is_looked_at,
        )
        gui_loop.turn()

    def end(self, local_id: str, status: str, name: str, error: str | None = None) -> None:
        self.training.put(job(local_id, status, falling(33), name=name, error=error))
        self.gui_loop.turn()


@pytest.fixture
def desk(qtbot: QtBot, gui_loop: GuiLoop, operations: Operations) -> Desk:
    return Desk(gui_loop, operations, QObject())


def test_an_end_and_a_failure_are_told_once(desk: Desk) -> None:
    desk.end("a", "succeeded", "marv")
    desk.end("a", "succeeded", "marv")
    desk.end("b", "failed", "tone", "The loss is no number.")
    assert desk.told.said == [
        ("marv is ready", "The fine-tune succeeded: compare it with its base."),
        ("tone failed", "The loss is no number."),
    ]


def test_a_click_leads_to_the_job(desk: Desk) -> None:
    wanted: list[str] = []
    desk.notices.wanted.connect(wanted.append)
    desk.end("a", "succeeded", "marv")
    desk.told.clicked()
    assert wanted == ["a"]


def test_who_looks_at_the_window_or_cancelled_is_not_told(desk: Desk) -> None:
    desk.is_looked_at = True
    ended: list[bool] = []
    desk.notices.ended.connect(lambda: ended.append(True))
    in_window: list[str] = []
    desk.notices.told.connect(in_window.append)
    desk.end("a", "succeeded", "marv")
    assert in_window == ["marv is ready. The fine-tune succeeded: compare it with its base."]
    assert ended == [True]  # what rests on measured runs is told all the same
    desk.is_looked_at = False
    desk.end("b", "cancelled", "tone")
    assert desk.told.said == []


def test_it_is_switched_off_in_settings(qtbot: QtBot, desk: Desk) -> None:
    card = NoticesCard(desk.memory)
    qtbot.addWidget(card)
    assert card.box.isChecked()
    card.box.click()
    assert desk.memory.get(NOTICES) == "off"
    desk.end("a", "succeeded", "marv")
    assert desk.told.said == []
    card.box.click()
    desk.end("b", "failed", "tone")
    assert [title for title, _ in desk.told.said] == ["tone failed"]


_NOTIFY_SEND = """#!/bin/sh
for word; do printf '%s\\n' "$word"; done >> "$0.told"
case "$*" in
*--action*old*) echo "Unknown option --action" >&2; exit 1 ;;
*clicked*) echo default ;;
*) exec sleep 60 ;;
esac
"""


@pytest.mark.skipif(os.name != "posix", reason="the program of Linux desktops")
def test_a_notification_without_a_tray_is_shown_as_text_and_leads_somewhere(
    qtbot: QtBot, gui_loop: GuiLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(_NOTIFY_SEND)
    program.chmod(0o755)
    told = tmp_path / "notify-send.told"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    window = QWidget()
    qtbot.addWidget(window)
    taken_up: list[str] = []
    teller = DesktopTeller(window, partial(taken_up.append, "to the front"))
    for title, text in (("clicked", "<b>a</b> & b"), ("left", "c"), ("old", "d")):
        teller.tell(title, text, partial(taken_up.append, title))
    gui_loop.settle(lambda: taken_up and told.read_text().split("\n").count("old") == 2)
    gui_loop.settle(lambda: "left" in told.read_text())
    assert "&lt;b&gt;a&lt;/b&gt; &amp; b" in told.read_text()
    teller.close()  # ends what waits for a click that nobody can make
    gui_loop.turn()
    assert taken_up == ["to the front", "clicked"]
