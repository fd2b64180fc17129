"""Reading a fine-tune's result file: losses and accuracies by step, whatever columns there are.

Columns vary by method, so they are read by their header. Real downloads have come encoded in
base64 (openai-api.md §4): such a file is decoded first.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import math
from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "train_accuracy": "train_mean_token_accuracy",
    "valid_accuracy": "valid_mean_token_accuracy",
}
"""Columns under the names that events use for the same."""


def read_results(content: bytes) -> list[dict[str, float]]:
    """Numbers by column for each step, in the file's order; [] for what is no such file.

    Empty and unreadable cells are left out, rows without a step too.
    """
    text = _text(content)
    rows = []
    for found in csv.DictReader(io.StringIO(text)):
        numbers = {
            _NAMES.get(name, name): number
            for name, cell in found.items()
            if isinstance(name, str) and (number := _number(cell)) is not None
        }
        if "step" in numbers:
            rows.append(numbers)
    return rows


def _text(content: bytes) -> str:
    """The file as text; decoded from base64 where its first line has no comma and decodes."""
    first = content.split(b"\n", 1)[0]
    if b"," not in first:
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            return ""
    return content.decode("utf-8-sig", "replace")


def _number(cell: object) -> float | None:
    if not isinstance(cell, str):
        return None
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
