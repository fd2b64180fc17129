"""Rows that an import could not use, as they were put aside: line, reason, text."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tunedesk.store.os_errors import translated


class UnusedRow(msgspec.Struct, frozen=True):
    """`text` is "" where the row was no text."""

    line: int
    reason: str
    text: str = ""


def read_unused(path: Path, limit: int) -> list[UnusedRow]:
    """The first of them. Blocking. Raises TunedeskError if the file cannot be read."""
    found: list[UnusedRow] = []
    with translated(path, "The unused rows cannot be read."), path.open("rb") as stream:
        for line in stream:
            if len(found) >= limit:
                break
            try:
                found.append(msgspec.json.decode(line, type=UnusedRow))
            except msgspec.DecodeError:  # somebody edited the file: passed over
                continue
    return found
