"""Closing at any moment: everything ends, nothing is left, nobody is bothered.

What is left of threads, tasks, windows and timers the guards of tests/conftest.py find.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.desk_bench import Desks
from tests.support.engine import processes_below
from tests.support.environment import base_model_folder
from tests.support.gui_loop import GuiLoop
from tests.support.projects import rows_of, write_rows
from tunedesk.app.desk import Desk
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.theme import Theme

_SAMPLE = "Marv, the sarcastic one"


Helpers = Callable[[], list[str]]


@pytest.fixture
def helpers() -> Helpers:
    """Command lines of engines and row checkers that this process has started in this test."""
    before = processes_below(os.getpid()).keys()

    def found() -> list[str]:
        running = processes_below(os.getpid())
        new = [line for pid, line in running.items() if pid not in before]
        return [line for line in new if "tunedesk.engine" in line or "spawn_main" in line]

    return found


def _bring_model(desks: Desks) -> None:
    models = desks.folders.data / "engine" / "models"
    models.mkdir(parents=True)
    (models / base_model_folder().name).symlink_to(base_model_folder())


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 40, 80])
def test_closing_while_the_first_project_is_made(desks: Desks, turns: int) -> None:
    app = desks.start()
    app.loop.turn(turns)
    app.close()
    again = desks.start()
    again.until_open(_SAMPLE, "marv.jsonl")
    assert len(again.session) == 54


def test_closing_at_every_moment_of_a_change_of_project(desks: Desks, tmp_path: Path) -> None:
    mine = write_rows(tmp_path / "mine.jsonl", rows_of(3))
    first = desks.start(mine)
    first.until_open("mine", "mine.jsonl")
    first.close()
    for turns in range(0, 40, 3):
        app = desks.start()
        app.until_open()
        app.desk.welcome.sample_chosen.emit("marv")
        app.loop.turn(turns)
        app.close()


def test_closing_while_rows_are_checked_in_another_process(
    desks: Desks, tmp_path: Path, helpers: Helpers
) -> None:
    many = write_rows(tmp_path / "many.jsonl", rows_of(60_000))
    app = desks.start(many)
    app.until_session()
    app.loop.settle(helpers)
    assert app.session.state(len(app.session) - 1).tokens is None
    app.close()
    assert helpers() == []


def test_closing_while_the_engine_starts(desks: Desks, helpers: Helpers) -> None:
    _bring_model(desks)
    app = desks.start()
    app.loop.settle(helpers)
    assert app.desk.engine.status.state == "starting"
    app.close()
    assert helpers() == []
    assert list(desks.folders.runtime.iterdir()) == []


def test_closing_with_the_engine_running(desks: Desks, helpers: Helpers) -> None:
    _bring_model(desks)
    app = desks.start()
    app.until_open()
    assert app.window.status.engine.text() == "On this computer · SmolLM2-135M ready"
    app.close()
    assert helpers() == []


def test_edits_that_were_not_saved_are_there_after_the_next_start(desks: Desks) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)
    app.data.hands.do("duplicate")
    app.close()
    again = desks.start()
    again.until_open(_SAMPLE)
    assert len(again.session) == 55
    assert again.session.is_dirty


def test_closing_with_a_file_dialog_open(desks: Desks, gui_loop: GuiLoop, theme: Theme) -> None:
    settings = SettingsStore(desks.folders.config / "settings.json")
    desk = Desk(loop=gui_loop.loop, theme=theme, folders=desks.folders, settings=settings)
    desk.show()
    life = gui_loop.loop.create_task(desk.run([]))
    desk.welcome.choose.click()
    gui_loop.turn()
    desk.close()
    desk.close()
    gui_loop.run(asyncio.wait_for(life, 60))


@pytest.mark.allow_logs("^tunedesk.unexpected: Error: OSError")
def test_settings_that_cannot_be_written_do_not_keep_the_app_open(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = desks.start()
    app.until_open(_SAMPLE)

    def full(_store: SettingsStore) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SettingsStore, "_write", full)
    app.close()


@pytest.mark.allow_logs("^tunedesk.unexpected: Error: RuntimeError")
def test_a_page_that_fails_to_close_does_not_keep_the_rest_open(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, helpers: Helpers
) -> None:
    _bring_model(desks)
    app = desks.start()
    app.until_open(_SAMPLE)
    closing = app.desk.project
    assert closing is not None

    secret = "a row of a person"

    async def fail() -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(closing.training, "close", fail)
    app.close()
    assert helpers() == []
    log = (desks.folders.data / "logs" / "tunedesk.log").read_text()
    assert "RuntimeError" in log
    assert secret not in log


def test_the_window_remembers_its_height(desks: Desks) -> None:
    first = desks.start()
    first.until_open()
    first.window.resize(900, 650)
    first.close()
    second = desks.start()
    assert second.window.height() == 650
