"""The examples of a JSONL file, one in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tunedesk.core.json_text import BOM

# Some hundred times what a job takes of a row. As tokens such a line takes up to 1 GB for a moment.
MAX_LINE_BYTES = 2 * 2**20


class LineTooLongError(ValueError):
    """A line of more than MAX_LINE_BYTES; `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number} is longer than {MAX_LINE_BYTES // 2**20} MB")
        self.number = number


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Every line that is not blank, without its end, and its number from 1.

    A byte order mark at the start of the file is no part of the first line. Raises OSError or
    LineTooLongError.
    """
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 2):
            number += 1
            if len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
                raise LineTooLongError(number)
            text = (line.removeprefix(BOM) if number == 1 else line).strip(b" \t\r\n")
            if text:
                yield number, text
