"""Where the shipped resources are: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder.

    Raises FileNotFoundError, naming both places looked at, if it is in neither.
    """
    inside = _PACKAGE.joinpath("resources", *parts)
    beside = _PACKAGE.parents[1].joinpath("resources", *parts)
    for path in (inside, beside):
        if path.exists():
            return path
    raise FileNotFoundError(f"resource {'/'.join(parts)} is neither at {inside} nor at {beside}")
