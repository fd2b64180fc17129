"""Rows of a dataset that another page wants to be seen."""

from __future__ import annotations

from typing import NamedTuple


class RowsOf(NamedTuple):
    """What Data is shown with: the rows that ask these prompts (by digest), called `words`."""

    words: str
    digests: tuple[str, ...]
