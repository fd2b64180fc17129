"""Fixtures of the Data page's tests."""

import pytest
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import desks
from tests.support.gui_loop import gui_loop, operations, reported, theme
from tests.support.row_bench import RowBench
from tunedesk.ui.theme import Theme

__all__ = ["desks", "gui_loop", "operations", "reported", "row", "theme"]


@pytest.fixture
def row(theme: Theme, qtbot: QtBot) -> RowBench:
    """A panel for one row, with somebody who applies its edits."""
    return RowBench(theme, qtbot)
