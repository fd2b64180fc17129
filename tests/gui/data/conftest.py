"""Fixtures of the Data page's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import desks
from tests.support.gui_loop import GuiLoop, gui_loop, operations, reported, theme
from tests.support.open_project import OpenProject, open_sample
from tests.support.row_bench import RowBench
from tunedesk.ui.theme import Theme

__all__ = ["desks", "gui_loop", "operations", "reported", "row", "theme"]


@pytest.fixture
def row(theme: Theme, qtbot: QtBot) -> RowBench:
    """A panel for one row, with somebody who applies its edits."""
    return RowBench(theme, qtbot)


@pytest.fixture
def opened(tmp_path: Path, gui_loop: GuiLoop) -> Iterator[OpenProject]:
    """The sample's project, with nothing of it on the screen."""
    project = gui_loop.run(open_sample(tmp_path))
    yield project
    gui_loop.run(project.close())
