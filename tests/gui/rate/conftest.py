"""What the fixtures of the folder stand on."""

from __future__ import annotations

from tests.support.gui_loop import gui_loop, operations, reported, theme

__all__ = ["gui_loop", "operations", "reported", "theme"]
