"""What a search for alike rows has found, in a file for the next search."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tunedesk.core.alike.earlier import Earlier

_ROW = np.dtype(
    [("records", np.int32), ("stage", np.uint8), ("partner", np.int32), ("repeats", np.bool_)]
)


def write_found(path: Path, found: Earlier) -> None:
    """Whole or not at all. Raises OSError."""
    rows = np.empty(len(found.records), _ROW)
    for name, column in found._asdict().items():
        rows[name] = column
    beside = path.with_suffix(".new")
    rows.tofile(beside)
    beside.replace(path)


def read_found(path: Path) -> Earlier | None:
    """None if there is none yet."""
    if not path.exists():
        return None
    rows = np.fromfile(path, _ROW)
    return Earlier(*(np.ascontiguousarray(rows[name]) for name in Earlier._fields))
