"""Fixtures of the Welcome page's tests."""

from tests.support.gui_loop import gui_loop, operations, reported, theme

__all__ = ["gui_loop", "operations", "reported", "theme"]
