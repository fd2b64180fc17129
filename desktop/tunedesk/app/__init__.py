"""The composition root: builds everything, hands it over by constructor, takes it down again."""

from __future__ import annotations

from pathlib import Path


def run_app(files: list[Path]) -> int:
    """Open the window, with `files` as datasets if any are given; returns the exit code."""
    from tunedesk.app.start import start

    return start(files)
