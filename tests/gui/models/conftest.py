"""Fixtures of the Models tests."""

from tests.support.gui_loop import gui_loop, operations, reported, theme

__all__ = ["gui_loop", "operations", "reported", "theme"]
