"""What a report of an unexpected error holds: kind and places, never what it was about (K4)."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import PurePath

_TOPS = ("tunedesk", "site-packages", "libraries", "_internal")


def report_of(error: BaseException, facts: Sequence[str] = ()) -> str:
    """`facts` (versions), the error's kind, and the places it came through, innermost last.

    Its text is left out, for it may quote a row or a key, and so are folders that name a person.
    """
    lines = [*facts, f"Error: {type(error).__qualname__}"]
    frames = traceback.extract_tb(error.__traceback__)
    lines += [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join(lines) + "\n"


def _short(filename: str) -> str:
    """A file from the folder of its library on; of any other file its name alone."""
    parts = PurePath(filename).parts
    for top in _TOPS:
        if top in parts[:-1]:
            last = len(parts) - 1 - parts[::-1].index(top)
            return "/".join(parts[last + (top != "tunedesk") :])
    return parts[-1] if parts else filename
