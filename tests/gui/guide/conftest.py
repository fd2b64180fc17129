"""Fixtures of the tests of the whole app."""

from tests.support.desk_bench import desks
from tests.support.gui_loop import gui_loop, operations, reported, theme

__all__ = ["desks", "gui_loop", "operations", "reported", "theme"]
